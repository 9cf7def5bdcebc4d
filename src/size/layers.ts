/** Two images layer by layer: which instruction costs how much, before and after. */

export interface Layer {
  /** As the image's history tells; undefined where it does not. */
  readonly instruction: string | undefined;
  /** Bytes: compressed from a registry, unpacked from an engine; never both in one table. */
  readonly size: number;
  readonly digest?: string;
}

export interface LayerRow {
  readonly instruction: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** BuildKit and the classic builder wrap what the Dockerfile says: unwrapped and on one line. */
export function readableInstruction(createdBy: string | undefined): string {
  if (createdBy === undefined || createdBy.trim() === '') return '(base image)';
  const text = createdBy
    .replace(/^\/bin\/sh -c #\(nop\)\s*/, '')
    .replace(/^\/bin\/sh -c /, 'RUN ')
    .replace(/^RUN \/bin\/sh -c /, 'RUN ')
    .replace(/^RUN \|\d+ .*? \/bin\/sh -c /, 'RUN ')
    .replace(/\s*# buildkit$/, '')
    .replace(/\b(file|dir|multi):([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1:$2')
    .replace(/\s+/g, ' ')
    .trim();
  return text === '' ? '(base image)' : text;
}

/**
 * Pairs the layers of two images: equal digests first, then equal instructions in order; what is left stands alone.
 * Rows keep the order of the image after the change, with dropped layers where they stood.
 */
export function compareLayers(before: readonly Layer[], after: readonly Layer[]): readonly LayerRow[] {
  const pairs = longestCommon(before, after);
  const rows: LayerRow[] = [];
  let i = 0;
  let j = 0;
  for (const [left, right] of [...pairs, [before.length, after.length] as const]) {
    for (; i < left; i += 1) rows.push({ instruction: named(before[i]), before: before[i]?.size, after: undefined });
    for (; j < right; j += 1) rows.push({ instruction: named(after[j]), before: undefined, after: after[j]?.size });
    if (left < before.length) rows.push({ instruction: named(after[right]), before: before[left]?.size, after: after[right]?.size });
    i = left + 1;
    j = right + 1;
  }
  return rows;
}

/** Images have at most 127 layers; hostile manifests are cut before the quadratic part. */
const MOST_LAYERS = 512;

function longestCommon(before: readonly Layer[], after: readonly Layer[]): readonly (readonly [number, number])[] {
  const left = before.slice(0, MOST_LAYERS);
  const right = after.slice(0, MOST_LAYERS);
  const same = (a: Layer | undefined, b: Layer | undefined): boolean =>
    a !== undefined &&
    b !== undefined &&
    ((a.digest !== undefined && a.digest === b.digest) || (a.instruction !== undefined && a.instruction !== '' && named(a) === named(b)));
  const width = right.length + 1;
  const lengths = new Uint16Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i -= 1) {
    for (let j = right.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = same(left[i], right[j])
        ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
        : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    if (same(left[i], right[j])) pairs.push([i++, j++] as const);
    else if ((lengths[(i + 1) * width + j] ?? 0) >= (lengths[i * width + j + 1] ?? 0)) i += 1;
    else j += 1;
  }
  return pairs;
}

function named(layer: Layer | undefined): string {
  return readableInstruction(layer?.instruction);
}
