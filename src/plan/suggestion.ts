/** The name that was probably meant: for unknown keys, transforms, services and files. */

/** The candidate closest to `name`, when it is close enough to be a slip of the keyboard; the first of equals. */
export function suggestion(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.slice(0, 100).toLowerCase();
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) > 3 && !candidate.includes(wanted)) continue;
    const distance = candidate.includes(wanted) && wanted.length >= 3 ? 1 : editDistance(wanted, candidate.toLowerCase());
    if (distance < (best?.distance ?? Infinity)) best = { candidate, distance };
  }
  return best !== undefined && best.distance <= Math.max(2, Math.floor(wanted.length / 3)) ? best.candidate : undefined;
}

/** `, did you mean "x"?` or nothing: the end of an error message. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const found = suggestion(name, candidates);
  return found === undefined ? '' : `, did you mean "${found}"?`;
}

/** Damerau-Levenshtein distance (optimal string alignment): a swapped pair of letters counts once. */
function editDistance(a: string, b: string): number {
  let last: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (last[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substituted, swapped));
    }
    last = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
