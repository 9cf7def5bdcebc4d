/** The plan for one service: a plain JSON value that says what would change and why. Only the bot acts on it. */

import type { Location } from '../repository/location.ts';
import type { RepoPath } from '../repository/path.ts';
import type { SizeReport } from '../size/measure.ts';
import type { Refusal } from '../transforms/refusal.ts';
import type { Check, ContractChange, Evidence } from '../transforms/transform.ts';
import type { NoticedChange } from './contract-changes.ts';

export const PLAN_SCHEMA = 'dockmod.plan/1';

/** What came of one transform after verification. `reported` = would apply, but configuration only asks for a report. */
export type TransformOutcome = { readonly transform: string } & (
  | {
      readonly kind: 'applied' | 'reported';
      readonly evidence: readonly Evidence[];
      readonly refusals: readonly Refusal[];
      readonly lines: readonly Location[];
      /** What the transform may change of the runtime contract. */ readonly declares?: readonly ContractChange[];
    }
  | { readonly kind: 'already'; readonly at: Location; readonly because?: string }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] }
  | { readonly kind: 'not-applicable'; readonly because?: string }
  | { readonly kind: 'off' }
  /** A bug of ours, kept inside this service. */
  | { readonly kind: 'failed'; readonly detail: string }
);

export interface FileChange {
  readonly path: RepoPath;
  /** `undefined`: the file is new. */
  readonly before: string | undefined;
  readonly after: string;
}

/** The Dockerfile could not be looked at: a named outcome. */
export interface Unusable {
  readonly reason: string;
  readonly at: Location;
  readonly detail: string;
}

export interface Plan {
  readonly schema: typeof PLAN_SCHEMA;
  readonly service: string;
  readonly dockerfile: RepoPath;
  readonly twinOf?: RepoPath;
  /** Commit that the plan was computed from; absent outside of git. */
  readonly base?: string;
  readonly unusable?: Unusable;
  readonly outcomes: readonly TransformOutcome[];
  readonly changes: readonly FileChange[];
  readonly checks: readonly Check[];
  /** What whoever starts the image will notice. */
  readonly noticed?: readonly NoticedChange[];
  readonly size?: SizeReport;
  /** `sha256:<hex>` over transform ids and versions, image table entries, inputs and settings. Never a timestamp. */
  readonly hash: string;
}
