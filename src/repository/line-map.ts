/** Where the lines of a text go when it is edited, so that whatever is said of the result can point at the lines it came from. */

import { inOrder, type Edit } from './edit.ts';
import type { Location } from './location.ts';
import type { RepoPath } from './path.ts';

/**
 * Both directions, by 1-based line (index 0 stays 0). A line that no edit touches is exact; an inserted line belongs to the line it
 * was inserted at; a line of a rewritten range belongs to the line at the same place of that range, or to its last one.
 */
export interface LineMap {
  /** For each line of the new text, its line in the old one. */
  readonly before: readonly number[];
  /** For each line of the old text, its line in the new one. */
  readonly after: readonly number[];
}

export type LineMaps = ReadonlyMap<RepoPath, LineMap>;

/** The map of one round of edits; `after` is what they make of `before`. */
export function lineMap(before: string, after: string, edits: readonly Edit[]): LineMap {
  const hunks = hunksOf(before, after, edits);
  const swapped = hunks.map(({ from, to }): Hunk => ({ from: to, to: from }));
  const [old, now] = [lineStarts(before), lineStarts(after)];
  return { before: follow(now, old, swapped), after: follow(old, now, hunks) };
}

/** The maps of `first`, then `second`. */
export function composeLineMaps(first: LineMaps, second: LineMaps): LineMaps {
  const composed = new Map(first);
  for (const [path, next] of second) {
    const known = first.get(path);
    composed.set(
      path,
      known === undefined ? next : { before: through(next.before, known.before), after: through(known.after, next.after) },
    );
  }
  return composed;
}

/** Where the line of an edited text stands in the text before. */
export function locationBefore(maps: LineMaps, at: Location): Location {
  return moved(at, maps.get(at.path)?.before);
}

/** Where a line of the text before stands in the edited text. */
export function locationAfter(maps: LineMaps, at: Location): Location {
  return moved(at, maps.get(at.path)?.after);
}

function moved(at: Location, lines: readonly number[] | undefined): Location {
  if (lines === undefined) return at;
  const line = lines[at.line] ?? at.line;
  const endLine = at.endLine === undefined ? line : (lines[at.endLine] ?? at.endLine);
  return endLine > line ? { path: at.path, line, endLine } : { path: at.path, line };
}

function through(first: readonly number[], second: readonly number[]): readonly number[] {
  return first.map((line) => second[line] ?? line);
}

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Hunk {
  readonly from: Range;
  readonly to: Range;
}

/** The edits as pairs of ranges, without what a replacement has in common with what it replaces at its end and at its start. */
function hunksOf(before: string, after: string, edits: readonly Edit[]): readonly Hunk[] {
  let shift = 0;
  return inOrder(edits).map(({ start, end, text }) => {
    const from = { start, end };
    const to = { start: start + shift, end: start + shift + text.length };
    shift += text.length - (end - start);
    while (from.end > from.start && to.end > to.start && before[from.end - 1] === after[to.end - 1]) {
      from.end--;
      to.end--;
    }
    while (from.end > from.start && to.end > to.start && before[from.start] === after[to.start]) {
      from.start++;
      to.start++;
    }
    return { from, to };
  });
}

/** For each line of one text (by where the lines start), the line of the other. */
function follow(lines: readonly number[], others: readonly number[], hunks: readonly Hunk[]): readonly number[] {
  const result = [0];
  let next = 0;
  let shift = 0;
  for (const [index, start] of lines.entries()) {
    let hunk = hunks[next];
    while (hunk !== undefined && hunk.from.end <= start) {
      shift = hunk.to.end - hunk.from.end;
      hunk = hunks[++next];
    }
    if (hunk === undefined || start < hunk.from.start) result.push(lineOf(others, start + shift));
    else {
      const first = lineOf(lines, hunk.from.start);
      const last = lineOf(others, Math.max(hunk.to.start, hunk.to.end - 1));
      result.push(Math.min(lineOf(others, hunk.to.start) + index + 1 - first, last));
    }
  }
  return result;
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** 1-based line of an offset. */
function lineOf(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}
