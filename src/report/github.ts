/** GitHub workflow commands: one annotation per change and refusal, shown at its line in the pull request. */

import type { Location } from '../repository/location.ts';
import { titleOf, type Findings } from './findings.ts';
import { sentence } from './untrusted.ts';

type Level = 'notice' | 'warning' | 'error';

/** One `::notice file=...,line=...,title=...::message` per line. */
export function githubReport({ plans, problems, prefix }: Findings): string {
  const lines: string[] = [];
  const annotate = (level: Level, at: Location, title: string, message: string): void => {
    const end = at.endLine === undefined ? '' : `,endLine=${at.endLine}`;
    lines.push(`::${level} file=${property(`${prefix}${at.path}`)},line=${at.line}${end},title=${property(title)}::${data(message)}`);
  };
  for (const { dockerfile, outcomes, unusable } of plans) {
    if (unusable) annotate('warning', unusable.at, `dockmod: ${unusable.reason}`, unusable.detail);
    for (const outcome of outcomes) {
      if (outcome.kind === 'applied' || outcome.kind === 'reported') {
        const at = outcome.lines[0] ?? outcome.evidence.find((evidence) => evidence.at)?.at ?? { path: dockerfile, line: 1 };
        annotate(
          'notice',
          at,
          `dockmod: ${outcome.transform}`,
          [titleOf(outcome.transform), ...outcome.evidence.map(({ text }) => text)].join('\n'),
        );
      }
      if (outcome.kind === 'failed')
        annotate('error', { path: dockerfile, line: 1 }, `dockmod: ${outcome.transform} failed`, outcome.detail.split('\n')[0] ?? '');
      for (const { code, at, reason, unblock } of 'refusals' in outcome ? outcome.refusals : []) {
        annotate(
          'notice',
          at,
          `dockmod: ${outcome.transform} refused (${code})`,
          unblock === undefined ? reason : `${reason}\nTo unblock: ${unblock}`,
        );
      }
    }
  }
  for (const { at, message } of problems) annotate('warning', at, 'dockmod: not understood', message);
  return lines.map((line) => `${line}\n`).join('');
}

/** https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts: what would end a message or start another command. */
function data(text: string): string {
  return text.split('\n').map(sentence).join('\n').replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
