/** A size report in one line: before, after, change, platform, and how each number is known. */

import { formatBytes, formatChange } from '../size/bytes.ts';
import type { Measure, SizeReport } from '../size/measure.ts';

/**
 * `68 MB → 11 MB to pull (−84 %, linux/amd64, built)`. Estimates carry `≈`, and two of them compare base images, not images;
 * nothing known is said with its reason.
 * `full` adds the method behind each number.
 */
export function sizeLine({ before, after }: SizeReport, detail: 'short' | 'full' = 'full'): string {
  if (before.kind === 'unknown') return `unknown: ${before.reason}`;
  if (after.kind === 'unknown') return `${amount(before)} before, unknown after: ${after.reason}`;
  const how = ({ kind, method }: typeof before): string => (detail === 'full' ? `${kind}: ${method}` : kind);
  const known = how(before) === how(after) ? how(after) : `before ${how(before)}; after ${how(after)}`;
  const what = before.kind === 'estimated' && after.kind === 'estimated' ? 'base image alone: ' : '';
  return `${what}${amount(before)} → ${amount(after)} to pull (${formatChange(before.pull, after.pull)}, ${after.platform}, ${known})`;
}

function amount(measure: Exclude<Measure, { readonly kind: 'unknown' }>): string {
  return `${measure.kind === 'estimated' ? '≈ ' : ''}${formatBytes(measure.pull)}`;
}
