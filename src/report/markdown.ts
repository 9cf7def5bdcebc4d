/** The run as markdown: for step summaries, comments and files. Everything from the repository passes `prose` or `code`. */

import { REFUSALS } from '../transforms/refusal.ts';
import type { Plan } from '../plan/plan.ts';
import type { Location } from '../repository/location.ts';
import { titleOf, type Findings } from './findings.ts';
import { code, codeBlock, prose } from './neutralise.ts';
import { patchOf } from './patch.ts';
import { redactSecrets } from './redact.ts';
import { sizeLine } from './size-line.ts';
import { changedPlaces, isContent, mergeChanges, refusalsOf, summarise } from './summary.ts';

export function markdownReport(findings: Findings): string {
  const { plans, problems, prefix } = findings;
  const { services, changed, files, refused, content, unusable, refusals } = summarise(plans);
  const blocks = [
    '# dockmod',
    `**${services}** ${services === 1 ? 'service' : 'services'}: **${changed}** to change (${files} ${files === 1 ? 'file' : 'files'}), ` +
      `**${refused}** with refusals, **${content}** fine as they are${unusable > 0 ? `, **${unusable}** skipped` : ''}.`,
  ];
  for (const plan of plans) if (!isContent(plan)) blocks.push(service(plan));
  if (refusals.length > 0) {
    blocks.push(
      '## Refusals',
      [
        '| count | code | meaning |',
        '| ---: | --- | --- |',
        ...refusals.map((row) => `| ${row.count} | ${code(row.code, true)} | ${prose(REFUSALS[row.code] ?? '')} |`),
      ].join('\n'),
    );
  }
  if (problems.length > 0)
    blocks.push('## Not understood', problems.map(({ at, message }) => `- ${place(at)}: ${quoting(message)}`).join('\n'));
  const changes = mergeChanges(plans);
  if (changes.length > 0) {
    blocks.push(
      `<details><summary>Patch (${changes.length} ${changes.length === 1 ? 'file' : 'files'})</summary>`,
      codeBlock(changes.map((change) => patchOf(change, prefix)).join(''), 'diff'),
      '</details>',
    );
  }
  return `${blocks.join('\n\n')}\n`;
}

function service({ service: name, dockerfile, outcomes, unusable, checks, size, twinOf }: Plan): string {
  const lines = [
    `## ${prose(name)}`,
    '',
    `${code(dockerfile)}${twinOf === undefined ? '' : `, an unreferenced twin of ${code(twinOf)}`}`,
    '',
  ];
  if (unusable) lines.push(`- **skipped** (${code(unusable.reason)}): ${quoting(unusable.detail)}`);
  for (const outcome of outcomes) {
    if (outcome.kind === 'applied' || outcome.kind === 'reported') {
      const at = changedPlaces(outcome).slice(0, 3).map(place).join(', ');
      const label = outcome.kind === 'applied' ? 'change' : 'report only';
      lines.push(
        `- **${label}** ${code(outcome.transform)}: ${prose(titleOf(outcome.transform))} (${at})`,
        ...outcome.evidence.map(({ text }) => `  - ${quoting(text)}`),
      );
    }
    if (outcome.kind === 'failed') lines.push(`- **failed** ${code(outcome.transform)}: ${quoting(outcome.detail.split('\n')[0] ?? '')}`);
    for (const refusal of refusalsOf(outcome)) {
      const wayOut = refusal.unblock === undefined ? '' : ` *To unblock:* ${quoting(refusal.unblock)}`;
      lines.push(
        `- **refused** ${code(outcome.transform)} (${code(refusal.code)}, ${place(refusal.at)}): ${quoting(refusal.reason)}${wayOut}`,
      );
    }
  }
  if (size) lines.push(`- size: ${prose(sizeLine(size))}`);
  for (const { text, at, command } of checks)
    lines.push(
      `- [ ] ${quoting(text)}${at === undefined ? '' : ` (${place(at)})`}${command === undefined ? '' : `: ${code(redactSecrets(command))}`}`,
    );
  return lines.join('\n');
}

/** A sentence in which backticks mark code: the parts become code and prose, secrets are redacted. */
export function quoting(text: string): string {
  return (
    redactSecrets(text)
      // Two pieces of code side by side would be read as one: a blank keeps them apart.
      .replaceAll('``', '` `')
      .split(/(`[^`]+`)/)
      .map((part) => (part.startsWith('`') && part.length > 2 ? code(part.slice(1, -1)) : spaced(part)))
      .join('')
      .trim()
  );
}

/** `prose` trims; the blanks beside code are ours to keep. */
function spaced(part: string): string {
  return `${/^\s/.test(part) ? ' ' : ''}${prose(part)}${/\s$/.test(part) && part.trim() !== '' ? ' ' : ''}`;
}

function place(at: Location): string {
  return code(`${at.path}:${at.line}${at.endLine === undefined ? '' : `-${at.endLine}`}`);
}
