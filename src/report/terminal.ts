/** Plans for people at a terminal: per service what changes, what is refused and why, how to unblock it; then the totals. */

import type picocolors from 'picocolors';
import type { Plan, TransformOutcome } from '../plan/plan.ts';
import type { Location } from '../repository/location.ts';
import { REFUSALS, type Refusal } from '../transforms/refusal.ts';
import type { ShowPath } from './findings.ts';
import { sizeLine } from './size-line.ts';
import { changedPlaces, refusalsOf, type Summary } from './summary.ts';
import { fileName, sentence } from './untrusted.ts';
import { wrap } from './wrap.ts';

export interface TerminalStyle {
  readonly paint: ReturnType<typeof picocolors.createColors>;
  readonly show: ShowPath;
  /** Lines are broken here; `Infinity` in a pipe. */
  readonly columns: number;
}

const LABEL = 9;

/** One service that changes, or where something is refused or went wrong; nothing for one that is content. */
export function serviceReport(plan: Plan, style: TerminalStyle): string {
  const { paint, show } = style;
  const shown = plan.outcomes.filter((outcome) => outcome.kind === 'applied' || outcome.kind === 'reported' || outcome.kind === 'failed' || refusalsOf(outcome).length > 0);
  if (shown.length === 0 && plan.unusable === undefined) return '';
  const twin = plan.twinOf === undefined ? '' : paint.dim(` (unreferenced twin of ${fileName(show(plan.twinOf))})`);
  const lines = [`${paint.bold(sentence(plan.service))}  ${fileName(show(plan.dockerfile))}${twin}`];
  if (plan.unusable) lines.push(...entry('skipped', paint.yellow, `${plan.unusable.reason}  ${place(plan.unusable.at, show)}`, [sentence(plan.unusable.detail)], style));
  for (const outcome of shown) lines.push(...outcomeLines(outcome, style));
  const already = plan.outcomes.filter(({ kind }) => kind === 'already').map(({ transform }) => transform);
  if (already.length > 0) lines.push(...entry('already', paint.dim, already.join(', '), [], style));
  if (plan.size) lines.push(...entry('size', paint.dim, sentence(sizeLine(plan.size, 'short')), [], style));
  for (const { text, at, command } of plan.checks) {
    lines.push(...entry('check', paint.cyan, `${sentence(text)}${at === undefined ? '' : `  ${place(at, show)}`}`, command === undefined ? [] : [sentence(command)], style));
  }
  return `${lines.join('\n')}\n\n`;
}

/** A labelled block of lines: the head beside the label, the rest indented below it. */
export function entry(label: string, color: (text: string) => string, head: string, rest: readonly string[], { columns }: TerminalStyle): readonly string[] {
  const indent = ' '.repeat(LABEL + 2);
  const [first = '', ...more] = wrap(head, columns - indent.length);
  return [`  ${color(label.padEnd(LABEL - 1))} ${first}`, ...more.map((line) => indent + line), ...rest.flatMap((line) => wrap(line, columns - indent.length - 2).map((part) => `${indent}  ${part}`))];
}

function outcomeLines(outcome: TransformOutcome, style: TerminalStyle): readonly string[] {
  const { paint, show } = style;
  const refused = refusalsOf(outcome).flatMap((refusal) => refusalLines(outcome.transform, refusal, style));
  switch (outcome.kind) {
    case 'applied':
    case 'reported': {
      const places = changedPlaces(outcome);
      const at = places.slice(0, 3).map((line) => place(line, show)).join(' ');
      const more = places.length > 3 ? ` +${places.length - 3}` : '';
      const color = outcome.kind === 'applied' ? paint.green : paint.cyan;
      return [...entry(outcome.kind === 'applied' ? 'change' : 'report', color, `${paint.bold(outcome.transform)}  ${paint.dim(`${at}${more}`)}`, outcome.evidence.map(({ text }) => sentence(text)), style), ...refused];
    }
    case 'failed':
      return entry('failed', paint.red, paint.bold(outcome.transform), [`a bug in dockmod: ${sentence(outcome.detail.split('\n')[0] ?? '')}`], style);
    default:
      return refused;
  }
}

/** A refusal: its code, its line, the reason, and what would lift it. */
export function refusalLines(transform: string, { code, at, reason, unblock }: Refusal, style: TerminalStyle): readonly string[] {
  const { paint, show } = style;
  const rest = [sentence(reason), ...(unblock === undefined ? [] : [`${paint.dim('to unblock:')} ${sentence(unblock)}`])];
  return entry('refused', paint.yellow, `${paint.bold(transform)}  ${code}  ${paint.dim(place(at, show))}`, rest, style);
}

/** The last lines of a run: how much changes, what is refused how often, with the meaning of each code. */
export function totals(summary: Summary, { paint, columns }: TerminalStyle): string {
  const { services, changed, files, refused, content, unusable, failed } = summary;
  const parts = [
    paint.green(`${count(changed, 'changes', 'change')} (${files} ${files === 1 ? 'file' : 'files'})`),
    ...(refused > 0 ? [paint.yellow(`${count(refused, 'has', 'have')} refusals`)] : []),
    ...(content > 0 ? [`${count(content, 'needs', 'need')} nothing`] : []),
    ...(unusable > 0 ? [paint.yellow(`${unusable} skipped`)] : []),
    ...(failed > 0 ? [paint.red(`${failed} failed`)] : []),
  ];
  const lines = [`${paint.bold(`${services} ${services === 1 ? 'service' : 'services'}`)}: ${parts.join(', ')}`];
  const widest = Math.max(0, ...summary.refusals.map(({ code }) => code.length));
  for (const { code, count: times } of summary.refusals) {
    const head = `${String(times).padStart(5)}  ${code.padEnd(widest)}  `;
    const [first = '', ...more] = wrap(REFUSALS[code] ?? '', columns - head.length);
    lines.push(`${head}${paint.dim(first)}`, ...more.map((line) => ' '.repeat(head.length) + paint.dim(line)));
  }
  return `${lines.join('\n')}\n`;
}

export function place(at: Location, show: ShowPath): string {
  return `${fileName(show(at.path))}:${at.line}${at.endLine === undefined ? '' : `-${at.endLine}`}`;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
