import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalName, contentName, familiarName, formatReference, parseReference } from '../../src/images/reference.ts';
import { cpuTime } from '../support/cpu-time.ts';

const HEX = 'a'.repeat(64);
const name = (text: string): string | undefined => {
  const reference = parseReference(text);
  return reference === undefined ? undefined : familiarName(reference);
};

describe('parseReference', () => {
  test.each([
    ['golang', undefined, 'golang', undefined, undefined],
    ['golang:1.24-alpine', undefined, 'golang', '1.24-alpine', undefined],
    ['library/golang:1', undefined, 'library/golang', '1', undefined],
    ['docker.io/library/golang', 'docker.io', 'library/golang', undefined, undefined],
    ['localhost/a:b', 'localhost', 'a', 'b', undefined],
    ['localhost:5000/a/b', 'localhost:5000', 'a/b', undefined, undefined],
    ['[::1]:5000/a', '[::1]:5000', 'a', undefined, undefined],
    ['ghcr.io/astral-sh/uv:0.9.7', 'ghcr.io', 'astral-sh/uv', '0.9.7', undefined],
    [`alpine@sha256:${HEX}`, undefined, 'alpine', undefined, `sha256:${HEX}`],
    [`reg.example:443/x__y/z-----w.v:T_a.g@sha256:${HEX}`, 'reg.example:443', 'x__y/z-----w.v', 'T_a.g', `sha256:${HEX}`],
    ['localhost:5000', undefined, 'localhost', '5000', undefined],
    ['denoland/deno:alpine', undefined, 'denoland/deno', 'alpine', undefined],
  ])('reads %s', (text, domain, path, tag, digest) => {
    expect(parseReference(text)).toEqual({ domain, path, tag, digest });
  });

  test.each([
    '',
    ':',
    '@',
    'a:',
    'a@',
    'a//b',
    '/a',
    'a/',
    'A',
    'a/B',
    'a b',
    '$BASE',
    'golang:${V}',
    'a:b:c',
    'a:-x',
    '-a',
    'a-',
    'a___b',
    'a..b',
    'a/_b',
    'a@sha256:123',
    `a@md5:${HEX}`,
    `a@sha256:${HEX.toUpperCase()}`,
    HEX,
    `${'a'.repeat(256)}`,
    `a:${'b'.repeat(129)}`,
    '-a.b/c',
    'a\n',
    'a:b\n',
    'http://a.b/c',
  ])('does not read %j', (text) => {
    expect(parseReference(text)).toBeUndefined();
  });

  test('stays linear on hostile text', () => {
    const started = cpuTime();
    for (const text of ['a-'.repeat(1e6), 'a_'.repeat(1e6), 'a.'.repeat(1e6), `${'a-'.repeat(120)}/`.repeat(1e4), `x${':'.repeat(1e6)}`])
      expect(parseReference(text)).toBeUndefined();
    expect(cpuTime() - started).toBeLessThan(1000);
  });
});

const component = fc
  .array(fc.stringMatching(/^[a-z0-9]{1,6}$/), { minLength: 1, maxLength: 3 })
  .chain((parts) => fc.constantFrom('.', '_', '__', '-', '---').map((separator) => parts.join(separator)));
const reference = fc
  .record({
    domain: fc.option(
      fc.constantFrom('docker.io', 'ghcr.io', 'localhost', 'localhost:5000', 'Reg.example', '10.0.0.1:80', '[2001:db8::1]:5000', 'a-b.c'),
      { nil: undefined },
    ),
    path: fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')),
    tag: fc.option(fc.stringMatching(/^\w[\w.-]{0,20}$/), { nil: undefined }),
    digest: fc.option(fc.constantFrom(`sha256:${HEX}`, `sha512:${'0'.repeat(128)}`), { nil: undefined }),
  })
  .filter(
    ({ domain, path }) =>
      domain !== undefined || (path.split('/', 1)[0] !== 'localhost' && !/^[^/]*\.[^/]*\//.test(path) && path.length < 60),
  );

test('what is formatted is read back as it was', () => {
  fc.assert(
    fc.property(reference, (value) => {
      expect(parseReference(formatReference(value))).toEqual(value);
    }),
  );
});

test('what is read is formatted as it was written, whatever the text', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[a-zA-Z0-9._:@/-]{0,40}$/));
  fc.assert(
    fc.property(text, (value) => {
      const parsed = parseReference(value);
      if (parsed !== undefined) expect(formatReference(parsed)).toBe(value);
    }),
    { numRuns: 2000 },
  );
});

describe('names', () => {
  test('Docker Hub spellings of an official image are one name', () => {
    for (const text of [
      'golang',
      'library/golang',
      'docker.io/golang',
      'docker.io/library/golang',
      'index.docker.io/library/golang:1',
      `registry-1.docker.io/library/golang@sha256:${HEX}`,
    ])
      expect(name(text)).toBe('golang');
  });
  test('other hosts keep their host', () => {
    expect(name('ghcr.io/library/golang')).toBe('ghcr.io/library/golang');
    expect(name('library/a/b')).toBe('library/a/b');
  });
  test('public mirrors hold the same content under another name', () => {
    expect(contentName(parseReference('public.ecr.aws/docker/library/python:3.12')!)).toBe('python');
    expect(name('public.ecr.aws/docker/library/python:3.12')).toBe('public.ecr.aws/docker/library/python');
    expect(contentName(parseReference('registry.example/docker/library/python')!)).toBe('registry.example/docker/library/python');
  });
  test('the registry is asked for the full name', () => {
    expect(canonicalName(parseReference('golang')!)).toEqual({ domain: 'docker.io', path: 'library/golang' });
    expect(canonicalName(parseReference('denoland/deno')!)).toEqual({ domain: 'docker.io', path: 'denoland/deno' });
    expect(canonicalName(parseReference('localhost:5000/a')!)).toEqual({ domain: 'localhost:5000', path: 'a' });
  });
});
