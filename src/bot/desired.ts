/** What should be on the platform for one unit, as the plan and the configuration say. */

import type { Unit } from './unit.ts';

/** Where a change starts from. */
export interface Base {
  readonly branch: string;
  /** Commit that the plan was computed from. */
  readonly sha: string;
}

export type Desired =
  | {
      readonly kind: 'changes';
      readonly service: string;
      /** `sha256:<hex>`: what the pull request proposes. */
      readonly plan: string;
      /** Digest of the changed files. */
      readonly changes: string;
      readonly base: Base;
    }
  | {
      readonly kind: 'nothing';
      readonly service: string;
      /** `already-migrated`: the base has what was proposed; `superseded`: it is not proposed any more. */
      readonly because: 'already-migrated' | 'superseded';
      readonly outcome: 'clean' | 'refused' | 'ignored' | 'failed';
      /** One sentence for people. */
      readonly text: string;
    };

/** A unit with changes is wanted; one without says why there is nothing to do. */
export function desiredFor(unit: Unit, base: Base): Desired {
  const { service, plans } = unit;
  if (unit.changes.length > 0) return { kind: 'changes', service, plan: unit.hash, changes: unit.digest, base };
  const outcomes = plans.flatMap((plan) => plan.outcomes);
  const failed = outcomes.find(({ kind }) => kind === 'failed');
  const unusable = plans.find((plan) => plan.unusable !== undefined)?.unusable;
  if (failed !== undefined)
    return {
      kind: 'nothing',
      service,
      because: 'superseded',
      outcome: 'failed',
      text: `The transform ${failed.transform} failed: a bug in dockmod.`,
    };
  if (unusable !== undefined)
    return {
      kind: 'nothing',
      service,
      because: 'superseded',
      outcome: 'ignored',
      text: `The Dockerfile is left alone: ${unusable.detail}.`,
    };
  const refusal = outcomes.flatMap((outcome) => (outcome.kind === 'refused' ? outcome.refusals : []))[0];
  if (refusal !== undefined) return { kind: 'nothing', service, because: 'superseded', outcome: 'refused', text: refusal.reason };
  return { kind: 'nothing', service, because: 'already-migrated', outcome: 'clean', text: 'The base branch satisfies every decision.' };
}
