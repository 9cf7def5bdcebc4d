/** What a plan says, at the lines of the user's own files: each transform speaks of the text that those before it made. */

import { locationBefore, type LineMaps } from '../repository/line-map.ts';
import type { Location } from '../repository/location.ts';
import type { Check } from '../transforms/transform.ts';
import type { TransformOutcome } from './plan.ts';

/** An outcome with every place moved back to where it stood before the edits that `maps` describes. */
export function outcomeBefore(maps: LineMaps, outcome: TransformOutcome): TransformOutcome {
  const back = <T extends { readonly at?: Location }>(one: T): T =>
    one.at === undefined ? one : { ...one, at: locationBefore(maps, one.at) };
  switch (outcome.kind) {
    case 'applied':
    case 'reported':
      return {
        ...outcome,
        evidence: outcome.evidence.map(back),
        refusals: outcome.refusals.map(back),
        lines: outcome.lines.map((at) => locationBefore(maps, at)),
      };
    case 'refused':
      return { ...outcome, refusals: outcome.refusals.map(back) };
    case 'already':
      return back(outcome);
    default:
      return outcome;
  }
}

/** A check with its place moved back. */
export function checkBefore(maps: LineMaps, check: Check): Check {
  return check.at === undefined ? check : { ...check, at: locationBefore(maps, check.at) };
}
