/** The seam to a platform: what the bot reads and the few effects that it has. Implemented by github/ and local/. */

import type { FileChange } from '../plan/plan.ts';

export interface PullRequest {
  readonly number: number;
  readonly state: 'open' | 'closed' | 'merged';
  readonly branch: string;
  /** Commit at the tip of the branch, as the platform saw it. */
  readonly head: string;
  /** Branch that it would be merged into. */
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
  readonly labels: readonly string[];
  readonly autoMerge: boolean;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Where a person opens it: an address or a file. */
  readonly url: string;
}

export interface Commit {
  readonly message: string;
  readonly tree: string;
  readonly parents: readonly string[];
}

export interface Difference {
  /** Commits that the second has and the first lacks, and the other way round. */
  readonly ahead: number;
  readonly behind: number;
  /** Changed files with the object name of the new content; `undefined` when there are too many to list. */
  readonly files: ReadonlyMap<string, string | undefined> | undefined;
}

export interface PushRequest {
  readonly branch: string;
  readonly base: string;
  readonly changes: readonly FileChange[];
  /** Commit message, given the tree that the commit will have. */
  readonly message: (tree: string) => string;
  /** Commit that the branch must still point to; `undefined` = the branch must not exist. */
  readonly lease: string | undefined;
}

/**
 * `raced`: the branch is not what the lease says, somebody was faster; look again. `stale`: the base does not hold what
 * the plan was made from. `busy`: the branch cannot be moved now (checked out, protected).
 */
export type PushResult =
  | { readonly kind: 'pushed'; readonly head: string }
  | { readonly kind: 'raced' }
  | { readonly kind: 'stale'; readonly because: string }
  | { readonly kind: 'busy'; readonly because: string };

export interface NewPull {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
}

/** `raced`: another run opened or closed it meanwhile; look again. */
export type Written = PullRequest | 'raced';

/** One repository. Every method may throw RemoteError. */
export interface Forge {
  /** What the repository is now, and why it must not be written to, if so. */
  readonly repository?: () => Promise<{ readonly defaultBranch: string; readonly skip?: string }>;
  /** Branches whose name starts with `prefix`, with their commits. */
  readonly branches: (prefix: string) => Promise<ReadonlyMap<string, string>>;
  /** Open pull requests from branches of this very repository (never forks) whose name starts with `prefix`. */
  readonly openPulls: (prefix: string) => Promise<readonly PullRequest[]>;
  /** Closed and merged ones of one branch, newest first. */
  readonly closedPulls: (branch: string) => Promise<readonly PullRequest[]>;
  /** The newest ones with `prefix`, in any state: for limits. May be cut off after some hundred. */
  readonly recentPulls: (prefix: string) => Promise<readonly PullRequest[]>;
  /** How many with `prefix` were merged, however long ago: for the rollout. */
  readonly merged?: (prefix: string) => Promise<number>;
  /** Whether merging would conflict; `undefined` = the platform does not know yet. */
  readonly conflicts: (pull: PullRequest) => Promise<boolean | undefined>;
  readonly queued: (pull: PullRequest) => Promise<boolean>;
  readonly commit: (sha: string) => Promise<Commit>;
  /** `to` may be a branch name. */
  readonly difference: (from: string, to: string) => Promise<Difference>;

  readonly push: (request: PushRequest) => Promise<PushResult>;
  readonly createPull: (pull: NewPull) => Promise<Written>;
  readonly updatePull: (
    number: number,
    fields: { readonly title?: string; readonly body?: string; readonly state?: 'closed' },
  ) => Promise<Written>;
  readonly addLabels: (number: number, labels: readonly string[]) => Promise<void>;
  readonly removeLabel: (number: number, label: string) => Promise<void>;
  readonly requestReviewers: (number: number, reviewers: readonly string[]) => Promise<void>;
  readonly comment: (number: number, text: string) => Promise<void>;
  /** The single issue with the state of every service; a forge without issues has none. */
  readonly dashboard?: {
    readonly read: () => Promise<{ readonly number: number; readonly body: string; readonly open: boolean } | undefined>;
    readonly create: (body: string) => Promise<void>;
    readonly update: (number: number, body: string) => Promise<void>;
  };
  /** Removes what was kept on disk for this repository. */
  readonly close: () => Promise<void>;
}

/** Labels that mean something to the bot. */
export const LABEL = { retry: 'dockmod:retry', superseded: 'dockmod:superseded' } as const;
