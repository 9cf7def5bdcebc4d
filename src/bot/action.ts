/** What to do about one unit, and what came of it. */

import type { CloseReason } from './hidden-state.ts';

/** Every outcome that a service can have in a report. Stable: automation reads them. */
export const OUTCOMES = [
  'created',
  'updated',
  'closed',
  'unchanged',
  'clean',
  'refused',
  'declined',
  'modified',
  'ignored',
  'deferred',
  'failed',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** `push: false`: the branch already holds the right tree. `lease`: head that the branch must still have; `undefined` = must not exist. */
export type Action =
  | { readonly kind: 'create'; readonly push: boolean; readonly lease: string | undefined; readonly because: string }
  | {
      readonly kind: 'update';
      readonly number: number;
      readonly push: boolean;
      readonly lease: string;
      readonly clearRetry: boolean;
      readonly because: string;
    }
  | { readonly kind: 'close'; readonly number: number; readonly reason: CloseReason; readonly because: string }
  | { readonly kind: 'leave'; readonly outcome: Outcome; readonly because: string };
