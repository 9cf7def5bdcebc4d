import { describe, expect, it } from 'vitest';

import { ignoredInstructions } from '../../src/dockerfile/ignore-comments.ts';
import { dockerfileOf } from '../support/dockerfile.ts';

const ignored = (text: string, transform = 'nonroot'): readonly string[] => {
  const dockerfile = dockerfileOf(text);
  const { file, isIgnored } = ignoredInstructions(dockerfile);
  return file ? ['file'] : dockerfile.instructions.filter(({ index }) => isIgnored(index, transform)).map(({ keyword }) => keyword);
};

describe('opt-out comments', () => {
  it.each([
    ['count for the instruction below', 'FROM a\n# dockmod: ignore\nUSER x\nCMD y\n', ['USER']],
    ['count anywhere in the comments above', 'FROM a\n# dockmod: ignore\n# why\n\n# more\nUSER x\n', ['USER']],
    ['count inside of a continued instruction', 'FROM a\nRUN a \\\n  # dockmod: ignore\n  && b\nUSER x\n', ['RUN']],
    ['name transforms', 'FROM a\n# dockmod: ignore uv, nonroot\nUSER x\n# dockmod: ignore uv\nCMD y\n', ['USER']],
    ['may give a reason', 'FROM a\n# dockmod: ignore nonroot -- reads host logs\nUSER x\n', ['USER']],
    ['need no blanks', 'FROM a\n#dockmod:ignore\nUSER x\n', ['USER']],
    ['add up', 'FROM a\n# dockmod: ignore uv\n# dockmod: ignore nonroot\nUSER x\n', ['USER']],
    ['may cover the whole file', 'FROM a\nUSER x\n# dockmod: ignore-file\n', ['file']],
    ['may cover the whole file for one transform', '# dockmod: ignore-file nonroot\nFROM a\n', ['FROM']],
    ['are nothing else', 'FROM a\n# dockmod: ignored\n# see dockmod: ignore\nUSER x\n', []],
    ['work with CRLF', 'FROM a\r\n# dockmod: ignore\r\nUSER x\r\n', ['USER']],
  ])('%s', (_title, text, expected) => {
    expect(ignored(text)).toEqual(expected);
  });

  it('tell which ids they name', () => {
    expect([...ignoredInstructions(dockerfileOf('FROM a\n# dockmod: ignore nonrot\nUSER x\n')).ids]).toEqual(['nonrot']);
  });
});
