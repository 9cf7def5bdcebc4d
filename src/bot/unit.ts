/** A unit: the services that share one pull request, because they touch the same file. Usually a single one. */

import { createHash } from 'node:crypto';

import type { FileChange, Plan } from '../plan/plan.ts';
import type { NonEmpty } from '../transforms/transform.ts';

export interface Unit {
  /** Names the branch: the first service, in the order of discovery. */
  readonly service: string;
  readonly plans: NonEmpty<Plan>;
  /** Net changes of all plans, sorted by path; empty when there is nothing to do. */
  readonly changes: readonly FileChange[];
  /** The plan's hash, or one over all of them. */
  readonly hash: string;
  /** `sha256:<hex>` over the files as they will be: two plans with the same digest make the same tree. */
  readonly digest: string;
  /** Ids of the applied transforms, in order, each once. */
  readonly transforms: readonly string[];
}

/**
 * Groups plans that change the same file, directly or through others. Plans must be in the order in which they were
 * made: each `before` is what the plans before it wrote.
 */
export function unitsOf(plans: readonly Plan[]): readonly Unit[] {
  const groups: Plan[][] = [];
  const groupOf = new Map<string, Plan[]>();
  for (const plan of plans) {
    const touched = new Set(plan.changes.flatMap(({ path }) => groupOf.get(path) ?? []));
    const mine = groups.filter((group) => group.some((member) => touched.has(member)));
    const merged = [...mine.flat(), plan];
    for (const group of mine) groups.splice(groups.indexOf(group), 1);
    groups.push(merged);
    for (const { changes } of merged) for (const { path } of changes) groupOf.set(path, merged);
  }
  const order = new Map(plans.map((plan, index) => [plan, index]));
  const rank = (plan: Plan | undefined): number => (plan === undefined ? -1 : (order.get(plan) ?? -1));
  return groups
    .map((group) => group.sort((a, b) => rank(a) - rank(b)))
    .sort((a, b) => rank(a[0]) - rank(b[0]))
    .flatMap(([first, ...rest]) => (first === undefined ? [] : [unitOf([first, ...rest])]));
}

function unitOf(plans: NonEmpty<Plan>): Unit {
  const [first, ...others] = plans;
  const changes = netChanges(plans);
  const applied = plans.flatMap(({ outcomes }) => outcomes.flatMap(({ kind, transform }) => (kind === 'applied' ? [transform] : [])));
  return {
    service: first.service,
    plans,
    changes,
    hash: others.length === 0 ? first.hash : digestOf(plans.map(({ hash }) => hash)),
    digest: digestOf(changes.flatMap(({ path, after }) => [path, after])),
    transforms: [...new Set(applied)],
  };
}

function netChanges(plans: readonly Plan[]): readonly FileChange[] {
  const net = new Map<string, FileChange>();
  for (const { changes } of plans) {
    for (const change of changes)
      net.set(change.path, { ...change, before: net.has(change.path) ? net.get(change.path)?.before : change.before });
  }
  return [...net.values()].filter(({ before, after }) => before !== after).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function digestOf(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return `sha256:${hash.digest('hex')}`;
}
