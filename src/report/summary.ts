/** Many plans in a few numbers: what changes, what is refused and why. */

import type { FileChange, Plan, TransformOutcome } from '../plan/plan.ts';
import type { Location } from '../repository/location.ts';
import type { RepoPath } from '../repository/path.ts';
import type { Refusal, RefusalCode } from '../transforms/refusal.ts';

export interface RefusalCount {
  readonly code: RefusalCode;
  readonly count: number;
}

export interface TransformCount {
  readonly transform: string;
  readonly applied: number;
  readonly reported: number;
  readonly already: number;
  readonly refused: number;
  readonly failed: number;
}

export interface Summary {
  readonly services: number;
  /** Services with at least one changed file. */
  readonly changed: number;
  /** Services where something wanted is refused. */
  readonly refused: number;
  /** Services without changes and without refusals. */
  readonly content: number;
  /** Services whose Dockerfile could not be looked at. */
  readonly unusable: number;
  /** Services where a transform failed: a bug. */
  readonly failed: number;
  readonly files: number;
  readonly transforms: readonly TransformCount[];
  /** Most frequent first. */
  readonly refusals: readonly RefusalCount[];
}

/** Refusals of an outcome: those of a refused transform, and the parts that an applied one left out. */
export function refusalsOf(outcome: TransformOutcome): readonly Refusal[] {
  return 'refusals' in outcome ? outcome.refusals : [];
}

export function isFailed(plan: Plan): boolean {
  return plan.outcomes.some(({ kind }) => kind === 'failed');
}

/** The places that an outcome changes, in the order of the file, each once. */
export function changedPlaces({ lines }: { readonly lines: readonly Location[] }): readonly Location[] {
  const distinct = new Map(lines.map((at) => [`${at.path}:${at.line}`, at]));
  return [...distinct.values()].sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
}

/** True when there is nothing to say about a service: no changes, no refusals, readable. */
export function isContent(plan: Plan): boolean {
  return (
    plan.changes.length === 0 &&
    plan.unusable === undefined &&
    plan.outcomes.every((outcome) => outcome.kind !== 'failed' && outcome.kind !== 'reported' && refusalsOf(outcome).length === 0)
  );
}

/** One change per file: plans build on each other, so the first `before` and the last `after` of a path belong together. */
export function mergeChanges(plans: Iterable<Plan>): readonly FileChange[] {
  const merged = new Map<RepoPath, FileChange>();
  for (const { changes } of plans) {
    for (const change of changes) {
      const earlier = merged.get(change.path);
      merged.set(change.path, earlier === undefined ? change : { ...earlier, after: change.after });
    }
  }
  return [...merged.values()].filter(({ before, after }) => before !== after);
}

export function summarise(plans: readonly Plan[]): Summary {
  const codes = new Map<RefusalCode, number>();
  const transforms = new Map<string, Record<Exclude<keyof TransformCount, 'transform'>, number>>();
  for (const plan of plans) {
    for (const outcome of plan.outcomes) {
      for (const { code } of refusalsOf(outcome)) codes.set(code, (codes.get(code) ?? 0) + 1);
      const counts = transforms.get(outcome.transform) ?? { applied: 0, reported: 0, already: 0, refused: 0, failed: 0 };
      transforms.set(outcome.transform, counts);
      if (outcome.kind !== 'off' && outcome.kind !== 'not-applicable') counts[outcome.kind]++;
    }
  }
  const isRefused = (plan: Plan): boolean => plan.outcomes.some((outcome) => refusalsOf(outcome).length > 0);
  return {
    services: plans.length,
    changed: plans.filter(({ changes }) => changes.length > 0).length,
    refused: plans.filter(isRefused).length,
    content: plans.filter(isContent).length,
    unusable: plans.filter(({ unusable }) => unusable !== undefined).length,
    failed: plans.filter(isFailed).length,
    files: mergeChanges(plans).length,
    transforms: [...transforms].map(([transform, counts]) => ({ transform, ...counts })),
    refusals: [...codes].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1)),
  };
}
