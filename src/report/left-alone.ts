/** What a run did not look at: files that could not be understood, each by name, and Dockerfiles that are somebody else's, by number. */

import type { SkippedFile } from '../repository/service.ts';
import type { Findings } from './findings.ts';
import type { TerminalStyle } from './layout.ts';
import { fileName, sentence } from './untrusted.ts';

/** Whoever has many of these knows why; of the others each is a surprise. */
const COUNTED: Readonly<Partial<Record<SkippedFile['reason'], string>>> = {
  vendored: "somebody else's code",
  'test-fixture': 'test data',
  ignored: 'ignored by the configuration',
  template: 'of a template language',
};

export function leftAlone(
  { skipped, problems }: Pick<Findings, 'skipped' | 'problems'>,
  { paint, show }: TerminalStyle,
): readonly string[] {
  const named = skipped.filter(({ reason }) => COUNTED[reason] === undefined);
  const counted = Object.entries(COUNTED).flatMap(([reason, what]) => {
    const count = skipped.filter((file) => file.reason === reason).length;
    return count === 0 ? [] : [`${count} ${what}`];
  });
  return [
    ...problems.map(({ at, message }) => `${paint.yellow('not understood')}  ${fileName(show(at.path))}:${at.line}: ${sentence(message)}`),
    ...named.map(({ path, detail }) => `${paint.yellow('left alone')}  ${fileName(show(path))}: ${sentence(detail)}`),
    ...(counted.length === 0 ? [] : [`${paint.dim('left alone')}  ${counted.join(', ')} (--json names them)`]),
  ];
}
