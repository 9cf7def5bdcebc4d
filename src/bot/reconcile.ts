/** Desired state and actual state of one unit in, the least action out. Pure: no platform, no clock. */

import type { Action, Outcome } from './action.ts';
import type { Actual, ActualPull } from './actual.ts';
import type { Desired } from './desired.ts';

export interface ReconcileOptions {
  /** `--recreate`: a declined change is offered again. */
  readonly recreate: boolean;
  /** Ids of recalled transforms: pull requests that hold one are closed as `retracted`. */
  readonly retracted: ReadonlySet<string>;
}

type Changes = Extract<Desired, { readonly kind: 'changes' }>;
type Nothing = Extract<Desired, { readonly kind: 'nothing' }>;

/** The least that makes the actual state the desired one, without ever touching somebody else's work. */
export function reconcile(desired: Desired, actual: Actual, options: ReconcileOptions): Action {
  if (desired.kind === 'nothing') return retire(desired, actual, options);
  return actual.open === undefined ? offer(desired, actual, options) : keep(desired, actual, actual.open);
}

/** Nothing is wanted: an open pull request of ours is closed with a reason. */
function retire({ because, outcome, text }: Nothing, { branch, open }: Actual, { retracted }: ReconcileOptions): Action {
  if (open === undefined) return leave(outcome, text);
  if (branch === undefined) return leave(outcome, 'the branch is gone, and the platform closes the pull request');
  if (open.recorded === undefined || branch.tip === 'foreign')
    return leave('modified', `somebody else's work is in it; otherwise it would be closed: ${text}`);
  if (open.recorded.closed !== undefined) return leave('ignored', 'a person reopened it after the bot had closed it');
  if (open.held !== undefined) return leave('unchanged', HELD[open.held]);
  // Our own bug says nothing about the service: what was offered stays.
  if (outcome === 'failed') return leave('failed', text);
  const recalled = open.recorded.transforms.find((id) => retracted.has(id));
  if (recalled !== undefined)
    return { kind: 'close', number: open.number, reason: 'retracted', because: `the transform ${recalled} was recalled` };
  return { kind: 'close', number: open.number, reason: because, because: text };
}

/** A change is wanted and no pull request is open. */
function offer(desired: Changes, { branch, closed }: Actual, { recreate }: ReconcileOptions): Action {
  const declined = closed.find((pull) => (pull.recorded ?? branch)?.plan === desired.plan && !closedByUs(pull));
  if (declined !== undefined && !declined.retry && !recreate) {
    return leave(
      'declined',
      declined.state === 'merged'
        ? `#${declined.number} merged the same change, and somebody undid it`
        : `#${declined.number} was closed without merging`,
    );
  }
  if (branch === undefined) return { kind: 'create', push: true, lease: undefined, because: 'new' };
  if (branch.tip === 'foreign') return leave('modified', 'the branch holds commits that the bot did not make');
  const same = isTip(desired, branch);
  return {
    kind: 'create',
    push: !same,
    lease: branch.head,
    because: same ? 'the branch was pushed before and has no pull request' : 'the branch is left over from an earlier pull request',
  };
}

/** A change is wanted and a pull request is open. */
function keep(desired: Changes, { branch }: Actual, open: ActualPull): Action {
  if (branch === undefined) return leave('deferred', 'the branch is gone, and the platform closes the pull request');
  if (open.recorded === undefined) return leave('modified', 'the line that the bot keeps in the description is gone');
  if (branch.tip === 'foreign') return leave('modified', 'the branch holds commits that the bot did not make');
  const update = reasonToUpdate(desired, branch, open, open.recorded);
  if (update === undefined) return leave('unchanged', 'the same plan is offered');
  if (open.held !== undefined) return leave('unchanged', HELD[open.held]);
  return { kind: 'update', number: open.number, push: update.push, lease: branch.head, clearRetry: open.retry, because: update.because };
}

function reasonToUpdate(
  desired: Changes,
  branch: NonNullable<Actual['branch']>,
  open: ActualPull,
  recorded: NonNullable<ActualPull['recorded']>,
): { readonly push: boolean; readonly because: string } | undefined {
  if (!isTip(desired, branch)) return { push: true, because: 'the plan changed' };
  if (open.conflict === true) return { push: true, because: 'the branch conflicts with its base' };
  if (open.retry) return { push: true, because: 'a person asked for it with the label' };
  if (recorded.plan !== desired.plan) return { push: false, because: 'the reasons changed, the files did not' };
  if (recorded.closed !== undefined) return { push: false, because: 'a person reopened it' };
  // The bot was stopped between pushing and writing the body.
  if (branch.tip === 'unrecorded') return { push: false, because: 'the description is older than the branch' };
  return undefined;
}

/** Whether the tip of the branch already holds the desired tree. */
function isTip(desired: Changes, { plan, changes }: NonNullable<Actual['branch']>): boolean {
  return plan === desired.plan || changes === desired.changes;
}

function closedByUs({ recorded, superseded, state }: ActualPull): boolean {
  return state === 'closed' && (recorded?.closed !== undefined || superseded);
}

const HELD = { 'merge-queue': 'it is in the merge queue', 'auto-merge': 'auto-merge is armed' } as const;

function leave(outcome: Outcome, because: string): Action {
  return { kind: 'leave', outcome, because };
}
