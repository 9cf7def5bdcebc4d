/** One Dockerfile in full: who builds it and relies on it, and every transform's verdict with its lines. */

import type { Plan, TransformOutcome } from '../plan/plan.ts';
import type { Dependent, Service } from '../repository/service.ts';
import type { Refusal } from '../transforms/refusal.ts';
import { titleOf } from './findings.ts';
import { entry, place, type TerminalStyle } from './layout.ts';
import { refusalLines } from './refusal-lines.ts';
import { sizeLine } from './size-line.ts';
import { checkLines } from './terminal.ts';
import { fileName, sentence } from './untrusted.ts';

export function explanation(plan: Plan, service: Service | undefined, style: TerminalStyle): string {
  const { paint, show } = style;
  const lines = [`${paint.bold(sentence(plan.service))}  ${fileName(show(plan.dockerfile))}`];
  if (plan.twinOf !== undefined)
    lines.push(...entry('twin', paint.yellow, `nothing references this file; ${fileName(show(plan.twinOf))} is in use`, [], style));
  for (const { by, at, name, target } of service?.builds ?? []) {
    if (by === 'convention') continue;
    const who = name === undefined ? by : `${by} ${sentence(name)}`;
    lines.push(
      ...entry(
        'built by',
        paint.dim,
        `${who}${target === undefined ? '' : `, target ${sentence(target)}`}  ${paint.dim(place(at, show))}`,
        [],
        style,
      ),
    );
  }
  for (const [first, ...more] of alike(service?.dependents ?? [])) {
    const said = `${SAID[first.kind] ?? first.kind} of ${sentence(first.by)}`;
    lines.push(
      ...entry(
        'used by',
        paint.dim,
        `${said}  ${paint.dim(`${place(first.at, show)}${more.length === 0 ? '' : ` +${more.length}`}`)}`,
        [],
        style,
      ),
    );
  }
  if (plan.unusable)
    lines.push(
      '',
      ...entry(
        'skipped',
        paint.yellow,
        `${plan.unusable.reason}  ${place(plan.unusable.at, show)}`,
        [sentence(plan.unusable.detail)],
        style,
      ),
    );
  for (const outcome of plan.outcomes) lines.push('', ...verdict(outcome, style));
  if (plan.checks.length > 0 || plan.size) lines.push('');
  if (plan.size) lines.push(...entry('size', paint.dim, sentence(sizeLine(plan.size)), [], style));
  for (const check of plan.checks) lines.push(...checkLines(check, style));
  return `${lines.join('\n')}\n`;
}

/** What a dependent's kind is called where the kind alone says too little. */
const SAID: Readonly<Partial<Record<Dependent['kind'], string>>> = {
  'healthy-dependency': 'wait for health',
  'base-of': 'base image',
  'group-add': 'groups',
  security: 'security context',
  exec: 'command in the container',
  run: 'docker run',
};

/** Dependents of one kind, in one file, of one who says it: an environment of forty variables is one line. */
function alike(dependents: readonly Dependent[]): readonly (readonly [Dependent, ...Dependent[]])[] {
  const groups = new Map<string, [Dependent, ...Dependent[]]>();
  for (const dependent of dependents) {
    const key = JSON.stringify([dependent.kind, dependent.by, dependent.at.path]);
    const group = groups.get(key);
    if (group) group.push(dependent);
    else groups.set(key, [dependent]);
  }
  return [...groups.values()];
}

function verdict(outcome: TransformOutcome, style: TerminalStyle): readonly string[] {
  const { paint, show } = style;
  const title = paint.dim(titleOf(outcome.transform));
  const refused = (refusals: readonly Refusal[]): readonly string[] =>
    refusalLines(
      refusals.map((refusal) => ({ transform: outcome.transform, refusal })),
      style,
    );
  const head = `${paint.bold(outcome.transform)}  ${title}`;
  switch (outcome.kind) {
    case 'applied':
    case 'reported': {
      const because = outcome.evidence.map(
        ({ text, at }) => `${sentence(text)}${at === undefined ? '' : `  ${paint.dim(place(at, show))}`}`,
      );
      const label =
        outcome.kind === 'applied'
          ? entry('change', paint.green, head, because, style)
          : entry('report', paint.cyan, head, [...because, 'the configuration asks for a report only'], style);
      return [...label, ...refused(outcome.refusals)];
    }
    case 'already':
      return entry(
        'already',
        paint.dim,
        `${head}  ${paint.dim(place(outcome.at, show))}`,
        outcome.because === undefined ? [] : [sentence(outcome.because)],
        style,
      );
    case 'refused':
      return refused(outcome.refusals);
    case 'not-applicable':
      return entry('no', paint.dim, head, outcome.because === undefined ? [] : [sentence(outcome.because)], style);
    case 'off':
      return entry('off', paint.dim, head, [], style);
    case 'failed':
      return entry('failed', paint.red, head, [`a bug in dockmod: ${sentence(outcome.detail.split('\n')[0] ?? '')}`], style);
  }
}
