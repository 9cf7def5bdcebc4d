/** What is on the platform for one unit, read from its branch and pull requests. */

import type { CloseReason } from './hidden-state.ts';

export interface ActualBranch {
  readonly head: string;
  /**
   * Whose the tip is. `recorded`: the commit that the open pull request records. `updated`: that commit plus merges of
   * the base ("Update branch") that change nothing of it. `unrecorded`: a commit of ours by its trailers, which no open
   * pull request records. `foreign`: somebody else's commits; never touched.
   */
  readonly tip: 'recorded' | 'updated' | 'unrecorded' | 'foreign';
  /** Plan and digest of our commit, where known. */
  readonly plan: string | undefined;
  readonly changes: string | undefined;
}

export interface ActualPull {
  readonly number: number;
  readonly state: 'open' | 'closed' | 'merged';
  /** Hidden state as last written; `undefined` where a person removed it. */
  readonly recorded: { readonly plan: string; readonly transforms: readonly string[]; readonly closed?: CloseReason } | undefined;
  /** Label `dockmod:retry`. */
  readonly retry: boolean;
  /** Label `dockmod:superseded`: how a closing of ours is known when a person edited the body. */
  readonly superseded: boolean;
  /** The platform says that merging conflicts; `undefined` = not known (yet). */
  readonly conflict: boolean | undefined;
  /** Somebody has decided to merge: pushing now would undo that. */
  readonly held: 'merge-queue' | 'auto-merge' | undefined;
}

export interface Actual {
  readonly branch: ActualBranch | undefined;
  readonly open: ActualPull | undefined;
  /** Closed and merged ones, newest first. */
  readonly closed: readonly ActualPull[];
}
