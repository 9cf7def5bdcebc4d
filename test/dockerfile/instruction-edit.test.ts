import { describe, expect, it } from 'vitest';

import {
  addFlag,
  deleteInstruction,
  ensureSyntax,
  insertAfter,
  insertBefore,
  removeFlag,
  replaceArguments,
  replaceInstruction,
  setFlag,
} from '../../src/dockerfile/instruction-edit.ts';
import { applied, dockerfileOf, instructionAt } from '../support/dockerfile.ts';

const edit = (
  text: string,
  index: number,
  how: (...given: [ReturnType<typeof dockerfileOf>, ReturnType<typeof instructionAt>]) => Parameters<typeof applied>[1],
): string | undefined => {
  const dockerfile = dockerfileOf(text);
  return applied(dockerfile, how(dockerfile, instructionAt(dockerfile, index)));
};

describe('inserting', () => {
  it.each([
    ['goes above the comments that touch the instruction', 'FROM a\n\n# why\nUSER x\n', 'FROM a\n\n# new\nENV A=1\n# why\nUSER x\n'],
    [
      'takes line ending, keyword case and indentation of its neighbour',
      'FROM a\r\n  user x\r\n',
      'FROM a\r\n  # new\r\n  env A=1\r\n  user x\r\n',
    ],
  ])('before %s', (_title, text, expected) => {
    expect(edit(text, 1, (file, at) => insertBefore(file, at, ['# new', 'ENV A=1']))).toBe(expected);
  });

  it('before the first instruction stays below the header', () => {
    expect(edit('# Licence\nFROM a\n', 0, (file, at) => insertBefore(file, at, ['ARG V=1']))).toBe('# Licence\nARG V=1\nFROM a\n');
    expect(edit('\uFEFFFROM a\n', 0, (file, at) => insertBefore(file, at, ['ARG V=1']))).toBe('\uFEFFARG V=1\nFROM a\n');
  });

  it.each([
    ['a line', 'FROM a\nCMD x\n', 'FROM a\nUSER 1\nCMD x\n'],
    ['continued lines and heredocs', 'FROM a\n', 'FROM a\nUSER 1\n'],
    ['the last line of a file without newline', 'FROM a', 'FROM a\nUSER 1'],
  ])('after %s', (_title, text, expected) => {
    expect(edit(text, 0, (file, at) => insertAfter(file, at, ['USER 1']))).toBe(expected);
  });

  it("writes stages in lower case and continuations in the file's escape character", () => {
    expect(edit('# escape=`\nfrom a\n', 0, (file, at) => insertAfter(file, at, ['', 'FROM b AS c', 'RUN d \\\n  && e']))).toBe(
      '# escape=`\nfrom a\n\nfrom b as c\nrun d `\n  && e\n',
    );
  });
});

describe('replacing and deleting', () => {
  it('keeps comment lines that stood inside', () => {
    expect(edit('FROM a\n  RUN x \\\n  # keep\n  y\nCMD z\n', 1, (file, at) => replaceInstruction(file, at, ['RUN n']))).toBe(
      'FROM a\n  # keep\n  RUN n\nCMD z\n',
    );
    expect(edit('FROM a\nRUN x \\\n  # keep\n  y\nCMD z\n', 1, (file, at) => deleteInstruction(file, at))).toBe('FROM a\n# keep\nCMD z\n');
  });

  it('leaves comments above unless they are claimed, and no doubled blank line', () => {
    expect(
      edit('FROM a\n\n# mine\n# theirs\n# mine\nUSER x\n\nCMD y\n', 1, (file, at) =>
        deleteInstruction(file, at, (text) => text === '# mine'),
      ),
    ).toBe('FROM a\n\n# mine\n# theirs\n\nCMD y\n');
    expect(edit('FROM a\n\nUSER x\n\nCMD y\n', 1, (file, at) => deleteInstruction(file, at))).toBe('FROM a\n\nCMD y\n');
  });

  it('keeps a missing final newline missing', () => {
    expect(edit('FROM a\r\nUSER x', 1, (file, at) => deleteInstruction(file, at))).toBe('FROM a');
  });

  it('changes arguments behind flags, but not over a comment', () => {
    expect(edit('FROM a\nHEALTHCHECK --interval=3s CMD x || exit 1\n', 1, (file, at) => replaceArguments(file, at, 'CMD ["x"]'))).toBe(
      'FROM a\nHEALTHCHECK --interval=3s CMD ["x"]\n',
    );
    expect(edit('FROM a\nRUN a \\\n # c\n b\n', 1, (file, at) => replaceArguments(file, at, 'x'))).toBeUndefined();
  });
});

describe('flags', () => {
  it.each([
    ['are added behind the keyword', 'COPY a b', 'COPY --chown=1 a b'],
    ['are added behind others', 'COPY --from=x a b', 'COPY --from=x --chown=1 a b'],
    ['are replaced where they stand', 'COPY --chown="0:0" --link a b', 'COPY --chown=1 --link a b'],
  ])('%s', (_title, line, expected) => {
    expect(edit(`FROM a\n${line}\n`, 1, (file, at) => setFlag(file, at, 'chown', '1'))).toBe(`FROM a\n${expected}\n`);
  });

  it('may be repeated', () => {
    expect(edit('FROM a\nRUN --mount=type=ssh x\n', 1, (file, at) => addFlag(file, at, 'mount', 'type=cache,target=/c'))).toBe(
      'FROM a\nRUN --mount=type=ssh --mount=type=cache,target=/c x\n',
    );
  });

  it.each([
    ['COPY --link a b', 'COPY a b'],
    ['COPY --link --from=x a b', 'COPY --from=x a b'],
    ['COPY --from=x \\\n  --link \\\n  a b', 'COPY --from=x \\\n  a b'],
    ['COPY --from=x \\\n  --link a b', 'COPY --from=x \\\n  a b'],
  ])('are removed from %j', (line, expected) => {
    expect(
      edit(`FROM a\n${line}\n`, 1, (file, at) => removeFlag(file, at, at.flags.find(({ name }) => name === 'link') ?? at.flags[0]!)),
    ).toBe(`FROM a\n${expected}\n`);
  });
});

describe('the syntax line', () => {
  it.each([
    ['FROM a\n', '# syntax=docker/dockerfile:1\nFROM a\n'],
    ['\uFEFFFROM a\r\nUSER b\r\n', '\uFEFF# syntax=docker/dockerfile:1\r\nFROM a\r\nUSER b\r\n'],
    ['# escape=`\nFROM a\n', '# syntax=docker/dockerfile:1\n# escape=`\nFROM a\n'],
    ['#!/usr/bin/env x\nFROM a\n', '#!/usr/bin/env x\n# syntax=docker/dockerfile:1\nFROM a\n'],
  ])('is put first in %j', (text, expected) => {
    expect(edit(text, 0, (file) => ensureSyntax(file))).toBe(expected);
    expect(dockerfileOf(expected).syntax).toBe('docker/dockerfile:1');
  });

  it('is left alone when there is one', () => {
    expect(edit('# syntax=docker/dockerfile:1.4\nFROM a\n', 0, (file) => ensureSyntax(file))).toBeUndefined();
  });
});
