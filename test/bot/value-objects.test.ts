import { execFileSync } from 'node:child_process';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { branchFor, isBranchPrefix, parseBranch, renderBranch } from '../../src/bot/branch-name.ts';
import { parseCommit, renderCommit } from '../../src/bot/commit-message.ts';
import { CLOSE_REASONS, parseState, renderState, type HiddenState } from '../../src/bot/hidden-state.ts';
import { parseTitle, renderTitle, titleFor } from '../../src/bot/title.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc
    .array(fc.constantFrom('--', '-->', '--!>', '>', '<!--', '\n', '\u2028', 'a', '"', '\\'), { maxLength: 8 })
    .map((parts) => parts.join('')),
);
const sha = fc.stringMatching(/^[0-9a-f]{40}$/);
const hash = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex) => `sha256:${hex}`);
const id = fc.stringMatching(/^[a-z]+(-[a-z]+)?$/);

describe('branch names', () => {
  it('are kept as they are where nothing has to be cleaned', () => {
    for (const service of ['api', 'order-service', 'web.v2', 'a_b', '7'])
      expect(renderBranch(branchFor('dockmod/', service))).toBe(`dockmod/${service}`);
  });

  it('carry six hex digits exactly when cleaning lost something', () => {
    for (const service of ['services/api', 'API', 'a b', 'a--b', 'a..b', 'x.lock', '-x', 'x-', '.x', 'é', '@', 'a@{b', 'x'.repeat(200)]) {
      expect(branchFor('dockmod/', service).slug).toMatch(/^[a-z0-9][a-z0-9-]*-[0-9a-f]{6}$/);
    }
    expect(branchFor('', 'a/b').slug).not.toBe(branchFor('', 'a-b').slug);
    expect(branchFor('', '日本').slug).toMatch(/^service-[0-9a-f]{6}$/);
  });

  it('come back from their text, and never contain what git or an HTML comment refuses', () => {
    fc.assert(
      fc.property(anyText, (service) => {
        const branch = branchFor('dockmod/', service);
        const text = renderBranch(branch);
        expect(parseBranch('dockmod/', text)).toEqual(branch);
        expect(text).not.toMatch(/--|\.\.|[\s~^:?*[\\\u0000-\u001f]|\.lock$|[./]$/);
        expect(text.length).toBeLessThan(100);
      }),
    );
  });

  it('are accepted by git', () => {
    const services = ['a/b', 'x.lock', 'ünïcode', '..', '@', '{', 'HEAD', 'a'.repeat(300), 'b\u0007'];
    for (const service of services) execFileSync('git', ['check-ref-format', `refs/heads/${renderBranch(branchFor('dockmod/', service))}`]);
  });

  it('are not recognised when they cannot be ours', () => {
    for (const name of ['main', 'dockmod/', 'dockmod/A', 'dockmod/a/b', 'dockmod/a--b', 'dockmod/a.lock', 'dockmodx/a'])
      expect(parseBranch('dockmod/', name)).toBeUndefined();
  });

  it('take only a prefix that git and the comment accept', () => {
    for (const prefix of ['dockmod/', 'bots/dockmod/', 'dm-', 'x_']) expect(isBranchPrefix(prefix)).toBe(true);
    for (const prefix of [
      '',
      '/',
      'dockmod',
      '-x/',
      'a..b/',
      'a//',
      'a--b/',
      'a b/',
      '.a/',
      'a/.b/',
      'a.lock/',
      'é/',
      'a./',
      `${'x'.repeat(80)}/`,
    ])
      expect(isBranchPrefix(prefix)).toBe(false);
  });
});

describe('the hidden state line', () => {
  const state: fc.Arbitrary<HiddenState> = fc.record({
    service: anyText,
    plan: hash,
    changes: hash,
    base: sha,
    head: sha,
    transforms: fc.array(id),
    title: anyText,
    tool: fc.constant('1.2.3'),
  });

  it('comes back from any body that holds it, and ends its comment only at its end', () => {
    fc.assert(
      fc.property(
        state,
        fc.option(fc.constantFrom(...CLOSE_REASONS), { nil: undefined }),
        fc.constantFrom('\n', '\r\n'),
        (fields, closed, newline) => {
          const value: HiddenState = closed === undefined ? fields : { ...fields, closed };
          const line = renderState(value);
          expect(line).not.toMatch(/[\r\n\u2028]/);
          expect(line.slice('<!--'.length, -'-->'.length)).not.toMatch(/--|>|</);
          expect(parseState(`${line}${newline}# text${newline}`)).toEqual(value);
        },
      ),
    );
  });

  it('is absent when a person removed or damaged it', () => {
    for (const body of [
      '',
      'text',
      '<!-- dockmod:v1 -->',
      '<!-- dockmod:v1 {} -->',
      '<!-- dockmod:v1 {"service":1} -->',
      '<!-- dockmod:v1 [] -->',
      '<!-- dockmod:v2 {} -->',
      '<!-- dockmod:v1 {"a" -->',
    ])
      expect(parseState(body)).toBeUndefined();
  });
});

describe('commit messages', () => {
  const line = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 :,.()]{0,60}$/);

  it('come back from their text', () => {
    fc.assert(
      fc.property(line, fc.array(line, { maxLength: 3 }), hash, sha, (title, paragraphs, plan, tree) => {
        const message = { title, text: paragraphs.join('\n\n'), plan, tree };
        expect(parseCommit(renderCommit(message))).toEqual(message);
      }),
    );
  });

  it('of other people are not ours', () => {
    for (const text of ['', 'Fix', 'Fix\n\nDockmod-Plan: sha256:00', 'Fix\n\nDockmod-Plan: x\nDockmod-Tree: y\n'])
      expect(parseCommit(text)).toBeUndefined();
  });
});

describe('titles', () => {
  it('come back from their text', () => {
    fc.assert(
      fc.property(anyText, fc.uniqueArray(id, { minLength: 1, maxLength: 6 }), fc.boolean(), (service, transforms, sized) => {
        const title = titleFor(service, transforms, sized ? { before: '893 MB', after: '7.7 MB' } : undefined);
        const text = renderTitle(title);
        expect(parseTitle(text)).toEqual(title);
        expect(text.length).toBeLessThan(256);
        expect(text).not.toMatch(/@\w|[\r\n]/);
      }),
    );
  });
});
