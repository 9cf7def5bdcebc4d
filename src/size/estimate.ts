/** What a rewrite does to the size when nothing was built: base layers exchanged, and the documented range for stripped symbols. */

import type { Images } from '../images/images.ts';
import { baseSize, BASE_SIZES_AS_OF } from './base-sizes.ts';
import type { Measure, PlatformName, SizeReport } from './measure.ts';

/** Dropping the symbol table and DWARF makes Go binaries 20 to 30 % smaller (`go build -ldflags="-s -w"`). */
const STRIPPED = [0.7, 0.8] as const;

/** A base image with its exact bytes, or with the table's number for its family. */
export interface Base {
  readonly pull: number;
  readonly range?: readonly [number, number];
  readonly method: string;
}

export interface EstimateInput {
  readonly platform: PlatformName;
  readonly before: Base;
  readonly after: Base;
  /** The published image as it is today, when its manifest was read: then what the Dockerfile adds is known, too. */
  readonly published?: Exclude<Measure, { readonly kind: 'unknown' }>;
  /** Symbols are stripped by the change. */
  readonly stripped: boolean;
}

/** The base from the embedded table; an image without an entry has no number. */
export function baseFromTable(reference: string, images: Pick<Images, 'facts'>): Base | undefined {
  const known = baseSize(reference, images);
  if (known === undefined) return undefined;
  const { pull, spread, source } = known;
  return {
    pull,
    range: [Math.round(pull * (1 - spread)), Math.round(pull * (1 + spread))],
    method: `table of ${BASE_SIZES_AS_OF} (${source})`,
  };
}

/**
 * With the published image: what it adds to its base moves to the new base, less the stripped symbols. Packages that the
 * change drops are still counted, so the result is rather too large. Without it: the two base images alone.
 */
export function estimate({ platform, before, after, published, stripped }: EstimateInput): SizeReport {
  if (published === undefined) {
    const note = 'base image alone, without what the Dockerfile adds';
    return { before: estimated(before, platform, note), after: estimated(after, platform, note) };
  }
  const added = published.pull - before.pull;
  if (added < 0)
    return { before: published, after: { kind: 'unknown', reason: 'the published image is smaller than its base image is today' } };
  const [least, most] = stripped ? STRIPPED : [1, 1];
  const [low, high] = after.range ?? [after.pull, after.pull];
  const pull = Math.round(after.pull + added * ((least + most) / 2));
  const range = [Math.round(low + added * least), Math.round(high + added * most)] as const;
  const method = `published image, its base layers exchanged (${after.method})${stripped ? ', symbols stripped (20 to 30 %)' : ''}`;
  return { before: published, after: { kind: 'estimated', pull, ...(range[0] === range[1] ? {} : { range }), platform, method } };
}

function estimated({ pull, range, method }: Base, platform: PlatformName, note: string): Measure {
  return { kind: 'estimated', pull, ...(range === undefined ? {} : { range }), platform, method: `${method}; ${note}` };
}
