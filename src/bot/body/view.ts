/** What a pull request body is rendered from, and what a section of it is. */

import type { NoticedChange } from '../../plan/contract-changes.ts';
import type { Plan, TransformOutcome } from '../../plan/plan.ts';
import type { Measure } from '../../size/measure.ts';
import type { Transform } from '../../transforms/transform.ts';
import type { Unit } from '../unit.ts';

/** What the body says about a transform; `docs` is the address of its page. */
export type TransformInfo = Pick<Transform, 'id' | 'title' | 'why'> & { readonly docs?: string };

export interface BodyView {
  readonly unit: Unit;
  readonly transforms: ReadonlyMap<string, TransformInfo>;
  /** Nothing was built or started with this change. */
  readonly draft: boolean;
}

/** Markdown of one section, or `undefined` where it has nothing to say about this unit. */
export type Section = (view: BodyView) => string | undefined;

export type AppliedOutcome = Extract<TransformOutcome, { readonly kind: 'applied' | 'reported' }>;

export function appliedIn(plan: Plan): readonly AppliedOutcome[] {
  return plan.outcomes.flatMap((outcome) => (outcome.kind === 'applied' ? [outcome] : []));
}

/** What whoever starts the images of the unit will notice, each once. */
export function noticedIn(plans: readonly Plan[]): readonly NoticedChange[] {
  const seen = new Map<string, NoticedChange>();
  for (const { noticed = [] } of plans) for (const change of noticed) seen.set(JSON.stringify(change), change);
  return [...seen.values()];
}

/** A number that somebody can rely on, as opposed to an estimate. */
export function isFact(measure: Measure | undefined): measure is Extract<Measure, { readonly pull: number }> {
  return measure?.kind === 'measured' || measure?.kind === 'built';
}
