/** Changes as a unified diff that `git apply` and `patch -p1` take: line endings and missing final newlines are exact. */

import { formatPatch, structuredPatch } from 'diff';
import type { FileChange } from '../plan/plan.ts';

/**
 * The patch for one file, with `git`'s own headers. `prefix` is put before the path: `''`, or `dir/` when the root lies
 * below the top of the git work tree, which is what `git apply` counts from.
 */
export function patchOf({ path, before, after }: FileChange, prefix = ''): string {
  const name = `${prefix}${path}`;
  const patch = structuredPatch(before === undefined ? '/dev/null' : `a/${name}`, `b/${name}`, before ?? '', after, undefined, undefined, {
    context: 3,
  });
  const text = formatPatch({ ...patch, isGit: true, ...(before === undefined ? { isCreate: true, newMode: '100644' } : {}) });
  if (!name.includes(' ')) return text;
  // A name with a blank would end there for `patch`: git marks its real end with a tab.
  const hunks = text.indexOf('\n@@ ');
  return text.slice(0, hunks).replace(/^(?:--- a|\+\+\+ b)\/.*$/gm, '$&\t') + text.slice(hunks);
}

export interface LineCounts {
  readonly added: number;
  readonly removed: number;
}

/** How many lines a change adds and removes. */
export function lineCounts({ path, before, after }: FileChange): LineCounts {
  const { hunks } = structuredPatch(path, path, before ?? '', after, undefined, undefined, { context: 0 });
  const lines = hunks.flatMap((hunk) => hunk.lines);
  return { added: lines.filter((line) => line.startsWith('+')).length, removed: lines.filter((line) => line.startsWith('-')).length };
}
