/** Text edits: the only way a file changes. Bytes between edits are the user's and stay as they are. */

import type { RepoPath } from './path.ts';

/** Replaces `[start, end)` (UTF-16 offsets in the text that was read) by `text`. `start === end` inserts. */
export interface Edit {
  readonly path: RepoPath;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Applies the edits of one file. Edits may come in any order; insertions at one offset keep their given order.
 * Returns `undefined` when two edits overlap or one lies outside the text: the proposer contradicts itself.
 */
export function applyEdits(text: string, edits: readonly Edit[]): string | undefined {
  let result = '';
  let at = 0;
  for (const edit of inOrder(edits)) {
    if (edit.start < at || edit.end < edit.start || edit.end > text.length) return undefined;
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** Edits as they follow each other in the text; those at one place keep their given order. */
export function inOrder(edits: readonly Edit[]): readonly Edit[] {
  return [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
}

/** A file that does not exist yet is created by a single edit at 0..0 of the empty text. */
export function groupByPath(edits: readonly Edit[]): ReadonlyMap<RepoPath, readonly Edit[]> {
  const groups = new Map<RepoPath, Edit[]>();
  for (const edit of edits) {
    const group = groups.get(edit.path);
    if (group) group.push(edit);
    else groups.set(edit.path, [edit]);
  }
  return groups;
}
