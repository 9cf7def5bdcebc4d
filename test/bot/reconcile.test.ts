import { describe, expect, it } from 'vitest';

import type { Action } from '../../src/bot/action.ts';
import type { Actual, ActualBranch, ActualPull } from '../../src/bot/actual.ts';
import type { Desired } from '../../src/bot/desired.ts';
import { reconcile, type ReconcileOptions } from '../../src/bot/reconcile.ts';

const SAME = 'sha256:same';
const OTHER = 'sha256:other';

const wanted: Desired = { kind: 'changes', service: 'api', plan: SAME, changes: 'tree:same', base: { branch: 'main', sha: 'b1' } };
const nothing = (because: 'already-migrated' | 'superseded', outcome: 'clean' | 'refused' | 'ignored' | 'failed'): Desired => ({
  kind: 'nothing',
  service: 'api',
  because,
  outcome,
  text: 'reason',
});

const branch = (tip: ActualBranch['tip'], plan: string | undefined = SAME, changes: string | undefined = undefined): ActualBranch => ({
  head: 'h1',
  tip,
  plan,
  changes,
});
const pull = (fields: Partial<ActualPull> = {}): ActualPull => ({
  number: 7,
  state: 'open',
  recorded: { plan: SAME, transforms: ['distroless'] },
  retry: false,
  superseded: false,
  conflict: false,
  held: undefined,
  ...fields,
});
const recorded = (plan: string, closed?: 'superseded'): ActualPull['recorded'] => ({
  plan,
  transforms: ['distroless'],
  ...(closed === undefined ? {} : { closed }),
});
const NORMAL: ReconcileOptions = { recreate: false, retracted: new Set() };

interface Row {
  readonly name: string;
  readonly desired?: Desired;
  readonly branch?: ActualBranch;
  readonly open?: ActualPull;
  readonly closed?: readonly ActualPull[];
  readonly options?: Partial<ReconcileOptions>;
  readonly action: string;
}

/** `kind` and what distinguishes it: `create push`, `update`, `close superseded`, `declined`. */
function brief(action: Action): string {
  if (action.kind === 'leave') return action.outcome;
  if (action.kind === 'close') return `close ${action.reason}`;
  return action.push ? `${action.kind} push` : action.kind;
}

const TABLE: readonly Row[] = [
  // No pull request yet
  { name: 'nothing there', action: 'create push' },
  { name: 'stopped after pushing: the branch has the right commit', branch: branch('unrecorded'), action: 'create' },
  { name: 'the branch is left over with another plan', branch: branch('unrecorded', OTHER), action: 'create push' },
  { name: 'another plan that makes the same tree', branch: branch('unrecorded', OTHER, 'tree:same'), action: 'create' },
  { name: 'somebody else uses the branch name', branch: branch('foreign', undefined), action: 'modified' },
  // An open one
  { name: 'same plan', branch: branch('recorded'), open: pull(), action: 'unchanged' },
  { name: 'same plan, base merged into the branch', branch: branch('updated'), open: pull(), action: 'unchanged' },
  { name: 'same plan, conflict not known yet', branch: branch('recorded'), open: pull({ conflict: undefined }), action: 'unchanged' },
  { name: 'same plan, conflict', branch: branch('recorded'), open: pull({ conflict: true }), action: 'update push' },
  {
    name: 'same plan, conflict, in the merge queue',
    branch: branch('recorded'),
    open: pull({ conflict: true, held: 'merge-queue' }),
    action: 'unchanged',
  },
  { name: 'another plan', branch: branch('recorded', OTHER), open: pull({ recorded: recorded(OTHER) }), action: 'update push' },
  {
    name: 'another plan, base merged into the branch',
    branch: branch('updated', OTHER),
    open: pull({ recorded: recorded(OTHER) }),
    action: 'update push',
  },
  {
    name: 'another plan with the same tree',
    branch: branch('recorded', OTHER, 'tree:same'),
    open: pull({ recorded: recorded(OTHER) }),
    action: 'update',
  },
  {
    name: 'another plan, in the merge queue',
    branch: branch('recorded', OTHER),
    open: pull({ recorded: recorded(OTHER), held: 'merge-queue' }),
    action: 'unchanged',
  },
  {
    name: 'another plan, auto-merge armed',
    branch: branch('recorded', OTHER),
    open: pull({ recorded: recorded(OTHER), held: 'auto-merge' }),
    action: 'unchanged',
  },
  {
    name: 'another plan, a person pushed',
    branch: branch('foreign', undefined),
    open: pull({ recorded: recorded(OTHER) }),
    action: 'modified',
  },
  { name: 'same plan, a person pushed', branch: branch('foreign', undefined), open: pull(), action: 'modified' },
  {
    name: 'a person pushed and asks for a retry: still theirs',
    branch: branch('foreign', undefined),
    open: pull({ retry: true }),
    action: 'modified',
  },
  {
    name: 'stopped between pushing and writing the body',
    branch: branch('unrecorded', SAME),
    open: pull({ recorded: recorded(OTHER) }),
    action: 'update',
  },
  {
    name: 'stopped between pushing and writing the body, plan as before',
    branch: branch('unrecorded', SAME),
    open: pull(),
    action: 'update',
  },
  { name: 'a person removed the hidden line', branch: branch('unrecorded', SAME), open: pull({ recorded: undefined }), action: 'modified' },
  { name: 'label retry', branch: branch('recorded'), open: pull({ retry: true }), action: 'update push' },
  {
    name: 'a person reopened what the bot had closed, and it is wanted again',
    branch: branch('recorded'),
    open: pull({ recorded: recorded(SAME, 'superseded') }),
    action: 'update',
  },
  { name: 'the branch was deleted a moment ago', open: pull(), action: 'deferred' },
  {
    name: 'declined before, reopened by a person',
    branch: branch('recorded'),
    open: pull(),
    closed: [pull({ number: 3, state: 'closed' })],
    action: 'unchanged',
  },
  // Closed ones
  { name: 'closed by a person, same plan', branch: branch('unrecorded'), closed: [pull({ state: 'closed' })], action: 'declined' },
  { name: 'closed by a person, same plan, branch deleted', closed: [pull({ state: 'closed' })], action: 'declined' },
  {
    name: 'closed by a person, same plan, who also pushed',
    branch: branch('foreign', undefined),
    closed: [pull({ state: 'closed' })],
    action: 'declined',
  },
  {
    name: 'closed by a person, body emptied, branch kept',
    branch: branch('unrecorded'),
    closed: [pull({ state: 'closed', recorded: undefined })],
    action: 'declined',
  },
  {
    name: 'closed by a person, another plan',
    branch: branch('unrecorded', OTHER),
    closed: [pull({ state: 'closed', recorded: recorded(OTHER) })],
    action: 'create push',
  },
  {
    name: 'closed by a person, label retry',
    branch: branch('unrecorded'),
    closed: [pull({ state: 'closed', retry: true })],
    action: 'create',
  },
  {
    name: 'declined twice, label retry only on the older one',
    closed: [pull({ number: 9, state: 'closed' }), pull({ state: 'closed', retry: true })],
    action: 'declined',
  },
  { name: 'closed by a person, --recreate', closed: [pull({ state: 'closed' })], options: { recreate: true }, action: 'create push' },
  {
    name: 'closed by the bot, same plan',
    branch: branch('unrecorded'),
    closed: [pull({ state: 'closed', recorded: recorded(SAME, 'superseded') })],
    action: 'create',
  },
  { name: 'closed by the bot, body emptied, label left', closed: [pull({ state: 'closed', superseded: true })], action: 'create push' },
  {
    name: 'merged, another plan now',
    branch: branch('unrecorded', OTHER),
    closed: [pull({ state: 'merged', recorded: recorded(OTHER) })],
    action: 'create push',
  },
  { name: 'merged and undone by somebody', closed: [pull({ state: 'merged' })], action: 'declined' },
  { name: 'merged and undone, label retry', closed: [pull({ state: 'merged', retry: true })], action: 'create push' },
  // Nothing is wanted
  { name: 'clean, nothing there', desired: nothing('already-migrated', 'clean'), action: 'clean' },
  { name: 'refused, nothing there', desired: nothing('superseded', 'refused'), action: 'refused' },
  {
    name: 'clean, open',
    desired: nothing('already-migrated', 'clean'),
    branch: branch('recorded'),
    open: pull(),
    action: 'close already-migrated',
  },
  {
    name: 'refused now, open',
    desired: nothing('superseded', 'refused'),
    branch: branch('updated'),
    open: pull(),
    action: 'close superseded',
  },
  {
    name: 'recalled, open',
    desired: nothing('superseded', 'refused'),
    branch: branch('recorded'),
    open: pull(),
    options: { retracted: new Set(['distroless']) },
    action: 'close retracted',
  },
  {
    name: 'clean, open, a person pushed',
    desired: nothing('already-migrated', 'clean'),
    branch: branch('foreign', undefined),
    open: pull(),
    action: 'modified',
  },
  {
    name: 'clean, open, hidden line gone',
    desired: nothing('already-migrated', 'clean'),
    branch: branch('unrecorded'),
    open: pull({ recorded: undefined }),
    action: 'modified',
  },
  {
    name: 'clean, open, in the merge queue',
    desired: nothing('already-migrated', 'clean'),
    branch: branch('recorded'),
    open: pull({ held: 'merge-queue' }),
    action: 'unchanged',
  },
  {
    name: 'clean, reopened by a person after the bot closed it',
    desired: nothing('already-migrated', 'clean'),
    branch: branch('recorded'),
    open: pull({ recorded: recorded(SAME, 'superseded') }),
    action: 'ignored',
  },
  { name: 'a bug of ours, open', desired: nothing('superseded', 'failed'), branch: branch('recorded'), open: pull(), action: 'failed' },
  { name: 'clean, open, branch deleted', desired: nothing('already-migrated', 'clean'), open: pull(), action: 'clean' },
];

describe('reconcile', () => {
  it.each(TABLE)('$name: $action', ({ desired = wanted, branch: actual, open, closed = [], options, action }) => {
    expect(brief(reconcile(desired, { branch: actual, open, closed }, { ...NORMAL, ...options }))).toBe(action);
  });
});

describe('over the whole state space', () => {
  const desires: readonly Desired[] = [
    wanted,
    nothing('already-migrated', 'clean'),
    nothing('superseded', 'refused'),
    nothing('superseded', 'ignored'),
    nothing('superseded', 'failed'),
  ];
  const branches: readonly (ActualBranch | undefined)[] = [
    undefined,
    ...(['recorded', 'updated', 'unrecorded'] as const).flatMap((tip) => [
      branch(tip, SAME),
      branch(tip, OTHER),
      branch(tip, OTHER, 'tree:same'),
    ]),
    branch('foreign', undefined),
  ];
  const records = [undefined, recorded(SAME), recorded(OTHER), recorded(SAME, 'superseded'), recorded(OTHER, 'superseded')];
  const opens = [
    undefined,
    ...records.flatMap((record) =>
      [false, true].flatMap((retry) =>
        [false, true, undefined].flatMap((conflict) =>
          ([undefined, 'merge-queue', 'auto-merge'] as const).map((held) => pull({ recorded: record, retry, conflict, held })),
        ),
      ),
    ),
  ];
  const lasts = [
    [],
    ...records.flatMap((record) =>
      (['closed', 'merged'] as const).flatMap((state) =>
        [false, true].flatMap((retry) =>
          [false, true].map((superseded) => [pull({ number: 3, state, recorded: record, retry, superseded })]),
        ),
      ),
    ),
  ];
  const optionses: readonly ReconcileOptions[] = [NORMAL, { ...NORMAL, recreate: true }, { ...NORMAL, retracted: new Set(['distroless']) }];

  function* states(): Generator<readonly [Desired, Actual, ReconcileOptions]> {
    for (const desired of desires)
      for (const actual of branches)
        for (const open of opens)
          for (const closed of lasts) for (const options of optionses) yield [desired, { branch: actual, open, closed }, options];
  }

  /** The state after an action was performed, as the platform would then show it. */
  function perform(desired: Desired, actual: Actual, action: Action): Actual {
    if (action.kind === 'leave') return actual;
    if (action.kind === 'close') {
      const closed = actual.open;
      return closed === undefined
        ? actual
        : {
            ...actual,
            branch: actual.branch && { ...actual.branch, tip: 'unrecorded' },
            open: undefined,
            closed: [
              { ...closed, state: 'closed', superseded: true, recorded: closed.recorded && { ...closed.recorded, closed: action.reason } },
              ...actual.closed,
            ],
          };
    }
    if (desired.kind !== 'changes') throw new Error('wrote without wanting to');
    const tip: ActualBranch = {
      head: action.push ? 'h2' : (action.lease ?? '?'),
      tip: 'recorded',
      plan: desired.plan,
      changes: desired.changes,
    };
    return {
      branch: tip,
      open: pull({ number: action.kind === 'create' ? 8 : action.number, recorded: recorded(desired.plan) }),
      closed: actual.closed,
    };
  }

  it('never touches foreign work, never writes twice, and keeps its promises', () => {
    let count = 0;
    for (const [desired, actual, options] of states()) {
      const action = reconcile(desired, actual, options);
      const where = (): string => JSON.stringify({ desired, actual, action });
      count++;
      if (actual.branch?.tip === 'foreign' && action.kind !== 'leave') expect.fail(`touched foreign work: ${where()}`);
      if (actual.open !== undefined && action.kind === 'create') expect.fail(`second pull request: ${where()}`);
      if (actual.open?.held !== undefined && action.kind !== 'leave') expect.fail(`disturbed a merge: ${where()}`);
      if (actual.open?.recorded === undefined && (action.kind === 'update' || action.kind === 'close'))
        expect.fail(`touched a body that is not ours: ${where()}`);
      if ((action.kind === 'create' || action.kind === 'update') && action.lease !== actual.branch?.head)
        expect.fail(`push without the right lease: ${where()}`);
      if (action.kind === 'create' && !action.push && actual.branch === undefined) expect.fail(`pull request without a branch: ${where()}`);
      if (action.kind === 'close' && desired.kind === 'changes') expect.fail(`closed what is wanted: ${where()}`);
      const again = reconcile(desired, perform(desired, actual, action), { ...options, recreate: false });
      if (again.kind !== 'leave') expect.fail(`does not converge: ${where()} then ${JSON.stringify(again)}`);
    }
    expect(count).toBeGreaterThan(100_000);
  });
});
