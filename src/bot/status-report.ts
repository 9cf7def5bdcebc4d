/** How far a migration is, decision by decision: counted from a dry run's report. */

import type { Outcome } from './action.ts';
import type { RunReport, ServiceEntry } from './run-report.ts';

/** `pending`: wanted, and not offered yet. */
export const STATES = ['migrated', 'open', 'pending', 'declined', 'modified', 'refused'] as const;
export type State = (typeof STATES)[number];

export interface DecisionStatus {
  readonly transform: string;
  readonly counts: Readonly<Record<State, number>>;
  /** Why not, by reason; most frequent first. */
  readonly refusals: readonly { readonly code: string; readonly count: number }[];
}

/** What a wanted change of a service has come to. In a dry run `created` and `updated` are what would be done. */
const WANTED: Readonly<Partial<Record<Outcome, State>>> = {
  unchanged: 'open',
  updated: 'open',
  created: 'pending',
  deferred: 'pending',
  failed: 'pending',
  declined: 'declined',
  modified: 'modified',
};

export function statusOf({ repositories }: RunReport): readonly DecisionStatus[] {
  const decisions = new Map<string, { counts: Record<State, number>; refusals: Map<string, number> }>();
  for (const service of repositories.flatMap(({ services }) => services)) {
    for (const transform of Object.keys(service.transforms)) {
      const decision = decisions.get(transform) ?? {
        counts: { migrated: 0, open: 0, pending: 0, declined: 0, modified: 0, refused: 0 },
        refusals: new Map<string, number>(),
      };
      decisions.set(transform, decision);
      const state = stateOf(service, transform);
      if (state !== undefined) decision.counts[state]++;
      for (const { code } of service.refusals.filter((refusal) => refusal.transform === transform))
        decision.refusals.set(code, (decision.refusals.get(code) ?? 0) + 1);
    }
  }
  return [...decisions].map(([transform, { counts, refusals }]) => ({
    transform,
    counts,
    refusals: [...refusals].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1)),
  }));
}

function stateOf({ transforms, outcome }: ServiceEntry, transform: string): State | undefined {
  switch (transforms[transform]) {
    case 'already':
      return 'migrated';
    case 'applied':
      return WANTED[outcome];
    case 'refused':
      return 'refused';
    default:
      return undefined;
  }
}
