import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileChange } from '../../src/plan/plan.ts';
import { lineCounts, patchOf } from '../../src/report/patch.ts';
import type { RepoPath } from '../../src/repository/path.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'dockmod-patch-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const GIT = ['git', 'apply', '-'] as const;
/** GNU patch is not everywhere; git is. */
const TOOLS = spawnSync('patch', ['--version']).status === 0 ? [GIT, ['patch', '-p1', '--silent'] as const] : [GIT];

/** What `tool` makes of the patch in an empty directory that only has the file before the change. */
function applied(change: FileChange, [tool, ...args]: readonly [string, ...string[]]): string {
  const root = mkdtempSync(join(directory, 'case-'));
  const file = join(root, change.path);
  mkdirSync(dirname(file), { recursive: true });
  if (change.before !== undefined) writeFileSync(file, change.before);
  execFileSync(tool, args, {
    cwd: root,
    stdio: ['pipe', 'pipe', 'pipe'],
    input: patchOf(change),
    env: { ...process.env, GIT_CEILING_DIRECTORIES: directory },
  });
  const result = readFileSync(file, 'utf8');
  rmSync(root, { recursive: true });
  return result;
}

function change(path: string, before: string | undefined, after: string): FileChange {
  return { path: path as RepoPath, before, after };
}

describe.each(TOOLS)('a patch applied by %s', (...tool) => {
  it.each([
    ['unix endings', 'FROM a\nRUN b\n', 'FROM a\nRUN c\n'],
    ['CRLF', 'FROM a\r\nRUN b\r\n', 'FROM a\r\nRUN c\r\n'],
    ['mixed endings', 'FROM a\r\nRUN b\nCMD c\r\n', 'FROM a\r\nRUN x\nCMD c\r\n'],
    ['no final newline', 'FROM a\nRUN b', 'FROM a\nRUN c'],
    ['final newline added', 'FROM a\nRUN b', 'FROM a\nRUN b\n'],
    ['final newline removed', 'FROM a\nRUN b\n', 'FROM a\nRUN b'],
    ['a byte order mark', '\ufeffFROM a\n', '\ufeffFROM b\n'],
    ['a lone carriage return and a line separator', 'FROM a\rRUN\u2028b\n', 'FROM a\rRUN\u2028c\n'],
    ['lines that look like a patch', '--- a/x\n+++ b/x\n@@ -1 +1 @@\n', '--- a/y\n+++ b/x\n@@ -1 +1 @@\nmore\n'],
    ['CJK and emoji', '# 日本語 🐳\nFROM a\n', '# 日本語 🐳\nFROM b\n'],
  ])('is exact with %s', (_, before, after) => {
    expect(applied(change('services/api/Dockerfile', before, after), tool)).toBe(after);
  });

  it('creates a file', () => {
    expect(applied(change('services/api/.dockerignore', undefined, 'target\n.git'), tool)).toBe('target\n.git');
  });

  it.each(['with blank/Docker file', 'ümlaut/Dockerfile', 'quo"te/Dockerfile', 'tab\there/Dockerfile', 'back\\slash/Dockerfile'])(
    'finds the file %j',
    (path) => {
      expect(applied(change(path, 'FROM a\n', 'FROM b\n'), tool)).toBe('FROM b\n');
    },
  );
});

it('a patch of any two texts turns the first into the second', () => {
  const text = fc
    .array(fc.constantFrom('FROM a', 'RUN b', 'CMD c', '', '\r', '-', '+', '\\', ' x'))
    .chain((lines) =>
      fc
        .array(fc.constantFrom('\n', '\r\n'), { minLength: lines.length, maxLength: lines.length })
        .chain((ends) =>
          fc
            .boolean()
            .map((final) => lines.map((line, index) => line + (index === lines.length - 1 && !final ? '' : ends[index])).join('')),
        ),
    );
  fc.assert(
    fc.property(text, text, (before, after) => {
      fc.pre(before !== after && before !== '' && after !== '');
      expect(applied(change('f', before, after), GIT)).toBe(after);
    }),
    { numRuns: 60 },
  );
});

it('a prefix leads from the top of the work tree', () => {
  expect(patchOf(change('Dockerfile', 'a\n', 'b\n'), 'examples/shop/')).toBe(
    'diff --git a/examples/shop/Dockerfile b/examples/shop/Dockerfile\n--- a/examples/shop/Dockerfile\n+++ b/examples/shop/Dockerfile\n@@ -1,1 +1,1 @@\n-a\n+b\n',
  );
});

it('counts lines', () => {
  expect(lineCounts(change('f', 'a\nb\n', 'a\nc\nd\n'))).toEqual({ added: 2, removed: 1 });
  expect(lineCounts(change('f', undefined, 'a\nb'))).toEqual({ added: 2, removed: 0 });
});
