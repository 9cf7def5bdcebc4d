import { describe, expect, it } from 'vitest';

import { parseDockerfile, parseDraft } from '../../src/dockerfile/parse.ts';
import { DOCKERFILE, dockerfileOf, instructionAt, path, slice, stageOf } from '../support/dockerfile.ts';

function unusable(text: string, name = DOCKERFILE): string {
  const result = parseDockerfile(name, text);
  return result.kind === 'parsed' ? 'parsed' : `${result.reason}:${result.at.line}`;
}

describe('lines', () => {
  it('drops comment and empty lines inside of a continued instruction', () => {
    const { instructions, comments } = stageOf('RUN a \\', '  # one', '', '\t&& b \\  ', '# two', '  && c');
    expect(instructions).toHaveLength(2);
    expect(instructions[1]?.args.text).toBe('a \t&& b   && c');
    expect(comments.map(({ text, inside }) => [text, inside])).toEqual([
      ['# one', 1],
      ['# two', 1],
    ]);
  });

  it('does not take a doubled escape character for a continuation', () => {
    const text = 'FROM a\nRUN b \\\\\nRUN c\n';
    const draft = parseDraft(DOCKERFILE, text);
    expect(draft.kind === 'parsed' && draft.dockerfile.instructions.map(({ args }) => args.text)).toEqual(['a', 'b \\\\', 'c']);
    expect(unusable(text)).toBe('disagreement:3'); // dockerfile-ast does
  });

  it('honours the escape directive only in the leading lines', () => {
    expect(dockerfileOf('# escape=`\nFROM a\nRUN x `\n  y\n').instructions[1]?.args.text).toBe('x   y');
    expect(dockerfileOf('FROM a\n# escape=`\nRUN x \\\n  y\n').escape).toBe('\\');
    expect(dockerfileOf('\n# escape=`\nFROM a\n').escape).toBe('\\');
    expect(dockerfileOf('# a comment\n# escape=`\nFROM a\n').escape).toBe('\\');
  });

  it('reads a file with byte-order mark, CRLF and no final newline', () => {
    const dockerfile = dockerfileOf('\uFEFF# syntax=docker/dockerfile:1\r\nFROM a\r\nRUN x \\\r\n  y');
    expect(dockerfile.eol).toBe('\r\n');
    expect(dockerfile.syntax).toBe('docker/dockerfile:1');
    expect(dockerfile.instructions.map(({ args }) => args.text)).toEqual(['a', 'x   y']);
    expect(slice(dockerfile, instructionAt(dockerfile, 1).span)).toBe('RUN x \\\r\n  y');
  });

  it('finds the frontend below a #! line, as BuildKit does', () => {
    expect(dockerfileOf('#!/usr/bin/env -S docker build -f\n# syntax=docker/dockerfile:1.7\nFROM a\n').syntax).toBe(
      'docker/dockerfile:1.7',
    );
  });

  it('ends an instruction that continues into the end of the file', () => {
    const dockerfile = dockerfileOf('FROM a\nRUN x \\\n# last\n');
    expect(dockerfile.instructions[1]?.args.text).toBe('x');
    expect(dockerfile.comments[0]?.inside).toBe(1);
  });
});

describe('arguments', () => {
  it('unquotes flags and says where their values stand', () => {
    const dockerfile = stageOf('COPY --from="build" --chown=1:1 --link a b');
    const { flags, words } = instructionAt(dockerfile, 1);
    expect(flags.map(({ name, value }) => [name, value])).toEqual([
      ['from', 'build'],
      ['chown', '1:1'],
      ['link', undefined],
    ]);
    expect(flags.map(({ valueSpan }) => valueSpan && slice(dockerfile, valueSpan))).toEqual(['"build"', '1:1', undefined]);
    expect(words.map(({ value }) => value)).toEqual(['a', 'b']);
  });

  it.each([
    ['CMD ["a", "b c"]', ['a', 'b c']],
    ['CMD [ "a" , "\\u0041\\n\\"" ]', ['a', 'A\n"']],
    ['CMD ["a",\\\n  "b"]', ['a', 'b']],
    ['HEALTHCHECK --interval=1s CMD ["a"]', ['a']],
    ['CMD []', []],
  ])('accepts the JSON form %j', (line, argv) => {
    const { form } = instructionAt(stageOf(line), 1);
    expect(form?.kind === 'exec' && form.argv).toEqual(argv);
  });

  it.each(["CMD ['a']", 'CMD ["a"', 'CMD ["a"] # comment', 'CMD [a]', 'CMD ["a",]', 'CMD "a"', 'RUN [uv sync --no-dev]', 'CMD ["a\tb"]'])(
    'takes %j for the shell form, as BuildKit does',
    (line) => {
      expect(instructionAt(stageOf(line), 1).form?.kind).toBe('shell');
    },
  );

  it('reads both forms of ENV', () => {
    const pairs = (line: string) => instructionAt(stageOf(line), 1).pairs.map(({ name, raw, legacy }) => [name, raw, legacy]);
    expect(pairs('ENV A=1 B="x y" C=a\\ b')).toEqual([
      ['A', '1', false],
      ['B', '"x y"', false],
      ['C', 'a\\ b', false],
    ]);
    expect(pairs('ENV A the rest = all')).toEqual([['A', 'the rest = all', true]]);
    expect(pairs('ARG A B=2')).toEqual([
      ['A', undefined, false],
      ['B', '2', false],
    ]);
  });

  it('takes the elements of a JSON COPY as its words', () => {
    expect(instructionAt(stageOf('COPY ["a b", "/c/"]'), 1).words.map(({ value, raw }) => [value, raw])).toEqual([
      ['a b', '"a b"'],
      ['/c/', '"/c/"'],
    ]);
  });

  it('gives ONBUILD its inner instruction with exact places', () => {
    const dockerfile = stageOf('ONBUILD COPY --chown=1 a b');
    const inner = instructionAt(dockerfile, 1).onbuild;
    expect(inner?.keyword).toBe('COPY');
    expect(inner && slice(dockerfile, inner.keywordSpan)).toBe('COPY');
    expect(inner?.words.map(({ value }) => value)).toEqual(['a', 'b']);
  });
});

describe('heredocs', () => {
  const heredocs = (text: string) =>
    dockerfileOf(text).instructions.flatMap(({ heredocs: found }) =>
      found.map(({ name, body, quoted, dash }) => ({ name, body, quoted, dash })),
    );

  it.each([
    ['RUN <<EOF\na\nEOF\n', { name: 'EOF', body: 'a\n', quoted: false, dash: false }],
    ['RUN << EOF\na\nEOF\n', { name: 'EOF', body: 'a\n', quoted: false, dash: false }],
    ['RUN 3<<EOF\na\nEOF\n', { name: 'EOF', body: 'a\n', quoted: false, dash: false }],
    ["RUN <<-'E F'\n\ta\n\tE F\n", { name: 'E F', body: '\ta\n', quoted: true, dash: true }],
    ['COPY <<"x.txt" /etc/\n$a\nx.txt\n', { name: 'x.txt', body: '$a\n', quoted: true, dash: false }],
    ['ONBUILD RUN <<E\na\nE\n', { name: 'E', body: 'a\n', quoted: false, dash: false }],
  ])('reads %j', (line, expected) => {
    expect(heredocs(`FROM a\n${line}`)).toEqual([expected]);
  });

  it('reads several bodies in the order of their words', () => {
    expect(heredocs('FROM a\nCOPY <<A <<B /x/\n1\nA\n2\nB\n').map(({ name, body }) => [name, body])).toEqual([
      ['A', '1\n'],
      ['B', '2\n'],
    ]);
  });

  it.each([
    'RUN echo "x <<EOF y"',
    'RUN echo $((1<<2))',
    'RUN cat <<<word',
    'CMD cat <<EOF',
    'RUN ["cat", "<<EOF"]',
    "RUN echo it's <<EOF",
  ])('finds none in %j', (line) => {
    expect(heredocs(`FROM a\n${line}\nRUN b\n`)).toEqual([]);
  });

  it('takes no line of a body for an instruction or comment', () => {
    const dockerfile = dockerfileOf('FROM a\nRUN <<EOF\nFROM b\n# c \\\nRUN d\nEOF\nUSER e\n');
    expect(dockerfile.instructions.map(({ keyword }) => keyword)).toEqual(['FROM', 'RUN', 'USER']);
    expect(dockerfile.comments).toEqual([]);
    expect(instructionAt(dockerfile, 1).at).toEqual({ path: DOCKERFILE, line: 2, endLine: 6 });
  });
});

describe('stages', () => {
  it('inherit by name, and a stage name shadows an image', () => {
    const { stages } = dockerfileOf('FROM golang AS alpine\nFROM alpine AS Final\nFROM final\n');
    expect(stages.map(({ name, parent, base }) => [name, parent, base])).toEqual([
      ['alpine', undefined, 'golang'],
      ['final', 0, 'alpine'],
      [undefined, 1, 'final'],
    ]);
  });

  it('take a name that only comes later, or is their own, for an image', () => {
    expect(dockerfileOf('FROM b AS a\nFROM a AS a\nFROM c AS b\n').stages.map(({ parent }) => parent)).toEqual([undefined, 0, undefined]);
  });

  it.each([
    ['ARG V=1.2\nFROM golang:${V}-alpine\n', 'golang:1.2-alpine'],
    ['ARG V=1\nARG I=golang:$V\nFROM $I\n', 'golang:1'],
    ['FROM golang:${V:-1.3}\n', 'golang:1.3'],
    ['ARG V\nFROM golang:$V\n', undefined],
    ['FROM golang:$V\n', undefined],
    ['ARG V=1.22.3\nFROM golang:${V%.*}\n', 'golang:1.22'],
    ['ARG V="1"\nFROM "golang:$V"\n', 'golang:1'],
    ['FROM $TARGETARCH/x\n', undefined],
  ])('resolve the base of %j', (text, base) => {
    expect(dockerfileOf(text).stages[0]?.base).toBe(base);
  });
});

describe('files that cannot be used', () => {
  it.each([
    ['', 'empty:1'],
    ['# only a comment\n', 'empty:1'],
    ['FROM a\0\n', 'unparsable:1'],
    ['RUN x\n', 'unparsable:1'],
    ['ARG A\n', 'unparsable:1'],
    ['FROM a\nRUNN x\n', 'unparsable:2'],
    ['FROM a b\n', 'unparsable:1'],
    ['FROM a AS 1x\n', 'unparsable:1'],
    ['FROM a\nENV A\n', 'unparsable:2'],
    ['FROM a\nCOPY a\n', 'unparsable:2'],
    ['FROM a\nCMD [1]\n', 'unparsable:2'],
    ['FROM a\nCOPY --user=x a b\n', 'unparsable:2'],
    ['FROM a\nRUN <<EOF\nx\n', 'unparsable:2'],
    ['FROM a\nONBUILD ONBUILD RUN x\n', 'unparsable:2'],
    ['# escape=x\nFROM a\n', 'unparsable:1'],
    ['FROM a\n\n{% if x %}\nRUN a\n{% endif %}\n', 'template:3'],
    ['FROM {{ base }}\n', 'template:1'],
    ['FROM a\nENV V={{ version }}\n', 'template:2'],
    ['FROM a\nRUN pip install uv=={{ version }}\n', 'template:2'],
    ['FROM <%= base %>\n', 'template:1'],
    ['FROM @BASE@\nRUN x\n', 'template:1'],
    ['FROM a\n@@PACKAGES@@\n', 'template:2'],
    ['FROM a\n#include "common"\nINSTALL(x)\n', 'template:2'],
    ['FROM a\n${EXTRA_STEPS}\n', 'template:2'],
    ['FROM mcr.microsoft.com/windows/servercore:ltsc2022\n', 'windows:1'],
    ['FROM golang:1.22-nanoserver\n', 'windows:1'],
    ['ARG B=mcr.microsoft.com/windows/nanoserver\nFROM ${B}:x\n', 'windows:2'],
    ['# escape=`\nFROM $B\nCOPY a C:\\app\\\n', 'windows:3'],
    ['FROM a\nSHELL ["powershell", "-Command"]\n', 'windows:2'],
  ])('%j is %s', (text, expected) => {
    expect(unusable(text)).toBe(expected);
  });

  it('are told by their name where the text alone could be a Dockerfile', () => {
    expect(unusable('FROM rust:%%TAG%%\n', path('Dockerfile.template'))).toBe('template:1');
    expect(unusable('FROM rust:1\n', path('Dockerfile.template'))).toBe('parsed');
  });

  it.each([
    "RUN docker inspect -f '{{.Id}}' x",
    'RUN go list -f {{.Dir}} ./...',
    'RUN curl -w "%{http_code}" x',
    'RUN printf "{{ x }}" > t',
    'LABEL a="{{ b }}"',
  ])('do not include %j', (line) => {
    expect(unusable(`FROM a\n${line}\n`)).toBe('parsed');
  });

  it.each(['dockcross/windows-static-x64', 'prom/windows-exporter:1'])(
    'do not include Linux images that are named after Windows: %s',
    (image) => {
      expect(unusable(`FROM ${image}\n`)).toBe('parsed');
    },
  );

  it('are too large beyond a megabyte or 20,000 instructions', () => {
    expect(unusable(`FROM a\n${'# x\n'.repeat(300_000)}`)).toBe('too-large:1');
    expect(unusable(`FROM a\n${'RUN a\n'.repeat(20_001)}`)).toBe('too-large:20001');
  });

  it('are those on whose structure dockerfile-ast and BuildKit differ', () => {
    expect(unusable('FROM a\n\\\nRUN x\n')).toBe('disagreement:2');
  });
});
