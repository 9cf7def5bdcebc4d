import { describe, expect, it } from 'vitest';

import { expand, scopeAt, type Outside } from '../../src/dockerfile/variables.ts';
import { dockerfileOf, instructionAt } from '../support/dockerfile.ts';

/** Value of a text at the last instruction of a Dockerfile. */
const at = (lines: string, text: string, outside?: Outside): string | undefined => {
  const dockerfile = dockerfileOf(`${lines}\nUSER last\n`);
  return expand(text, scopeAt(dockerfile, instructionAt(dockerfile, -1), outside), dockerfile.escape);
};

describe('variables', () => {
  it.each([
    ['have the default of their ARG', 'FROM a\nARG V=1', '$V', '1'],
    ['have the value of ENV, also the old form', 'FROM a\nENV V x y', '${V}!', 'x y!'],
    ['go from one ARG to the next', 'FROM a\nARG A=1 B=${A}2', '$B', '12'],
    ['do not go from one value of ENV to the next', 'FROM scratch\nENV A=1\nENV A=2 B=$A', '$B', '1'],
    ['of global ARGs need to be declared again', 'ARG V=1\nFROM a\nARG V', '$V', '1'],
    ['of global ARGs are not seen otherwise', 'ARG V=1\nFROM a', '$V', undefined],
    ['take the last declaration', 'FROM a\nARG V=1\nENV V=2', '$V', '2'],
    ['keep ENV when a bare ARG follows', 'FROM a\nENV V=2\nARG V', '$V', '2'],
    ['are inherited through stages', 'FROM a AS b\nENV V=1\nARG W=2\nFROM b AS c\nFROM c', '$V$W', '12'],
    ['are not shared between unrelated stages', 'FROM a\nENV V=1\nFROM b', '$V', undefined],
    ['of the platform are not known', 'FROM a\nARG TARGETARCH', '$TARGETARCH', undefined],
    ['may have a default where they are used', 'FROM a\nARG V', '${V:-x}', 'x'],
    ['that the base image may bring are not known', 'FROM a', '${PATH:-x}', undefined],
    ['have quotes removed', 'FROM a\nENV V="a \\"b\\""', '$V', 'a "b"'],
    ['depend on what is not known', 'FROM a\nENV PATH=/x:$PATH', '$PATH', undefined],
  ])('%s', (_title, lines, text, expected) => {
    expect(at(lines, text)).toBe(expected);
  });

  it('of an instruction are those above it', () => {
    const dockerfile = dockerfileOf('FROM a\nENV V=1\nUSER $V\nENV V=2\n');
    expect(expand('$V', scopeAt(dockerfile, instructionAt(dockerfile, 2)))).toBe('1');
    expect(expand('$V', scopeAt(dockerfile, instructionAt(dockerfile, 1)))).toBeUndefined();
  });

  it('take build arguments from outside, known or not', () => {
    expect(at('ARG V=1\nFROM a\nARG V\nARG W=2', '$V$W', { args: { V: 'x', W: 'y' } })).toBe('xy');
    expect(at('FROM a\nARG V=1', '$V', { args: { V: undefined } })).toBeUndefined();
    expect(at('FROM a', '$V', { args: { V: 'x' } })).toBeUndefined();
  });

  it('start from a known environment of the base image', () => {
    const outside: Outside = { env: ({ base }) => (base === 'a' ? { PATH: '/bin' } : undefined) };
    expect(at('FROM a AS b\nFROM b\nENV PATH=/x:$PATH', '$PATH', outside)).toBe('/x:/bin');
    expect(at('FROM a', '${U:-none}', outside)).toBe('none');
    expect(at('FROM c', '${U:-none}', outside)).toBeUndefined();
    expect(at('FROM scratch', '${U:-none}')).toBe('none');
  });

  it('say what the file declares', () => {
    const dockerfile = dockerfileOf('FROM a\nARG V\nENV W=$X\nUSER x\n');
    const scope = scopeAt(dockerfile, instructionAt(dockerfile, -1));
    expect(['V', 'W', 'X'].map((name) => [scope.has(name), scope.get(name)])).toEqual([
      [true, undefined],
      [true, undefined],
      [false, undefined],
    ]);
  });

  it('before the first FROM are the global ones so far', () => {
    const dockerfile = dockerfileOf('ARG A=1\nARG B=2\nFROM a\n');
    expect(expand('${A}${B:-x}', scopeAt(dockerfile, instructionAt(dockerfile, 1)))).toBe('1x');
  });
});

describe('expansion', () => {
  const scope = { get: (name: string) => ({ V: 'a/b/c.tar.gz', E: '', S: 'x*y' })[name], has: () => true };
  it.each([
    ['${V##*/}', 'c.tar.gz'],
    ['${V#*/}', 'b/c.tar.gz'],
    ['${V%.*}', 'a/b/c.tar'],
    ['${V%%.*}', 'a/b/c'],
    ['${V/b/x}', 'a/x/c.tar.gz'],
    ['${V//./_}', 'a/b/c_tar_gz'],
    ['${S/\\*/-}', 'x-y'],
    ['${E:-d}', 'd'],
    ['${E-d}', ''],
    ['${E:+d}', ''],
    ['${V:+${E:-n}}', 'n'],
    ['${V:?no}', 'a/b/c.tar.gz'],
    ['"$E"\'$V\'', '$V'],
    ['\\$V', '$V'],
    ['$', '$'],
    ['$(x)', '$(x)'],
    ['${V^^}', undefined],
    ['${V', undefined],
    ['"open', undefined],
    ['${U}', undefined],
  ])('of %s is %s', (text, expected) => {
    expect(expand(text, scope)).toBe(expected);
  });

  it('uses the escape character of the file', () => {
    expect(expand('`$V\\', scope, '`')).toBe('$V\\');
  });
});
