/** Publishes the plans of one repository: observe, reconcile, perform, service by service. The only writer. */

import type { Plan } from '../plan/plan.ts';
import type { Action, Outcome } from './action.ts';
import { branchFor, parseBranch, renderBranch } from './branch-name.ts';
import { desiredFor, type Base, type Desired } from './desired.ts';
import type { Forge, PullRequest } from './forge.ts';
import { parseState } from './hidden-state.ts';
import { admission, type Admission } from './limits.ts';
import { observe, takeSnapshot, withQueue, type Observed, type Snapshot } from './observe.ts';
import { perform, previewOf, type Offer, type PerformContext, type Performed } from './perform.ts';
import { reconcile } from './reconcile.ts';
import { isRemote } from './remote-error.ts';
import type { RepositoryPlan } from './repository-plan.ts';
import { unitsOf, type Unit } from './unit.ts';

export interface PublishContext extends Omit<PerformContext, 'bot'> {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** Services that are offered again although they were declined. */
  readonly recreate: ReadonlySet<string>;
  readonly retracted: ReadonlySet<string>;
  /** Asks to stop after the service at hand. */
  readonly signal?: AbortSignal;
  /** In a dry run: takes the text of each pull request that would be written. */
  readonly preview?: (branch: string, text: { readonly title: string; readonly body: string }) => Promise<void>;
}

export interface ServiceReport {
  readonly service: string;
  readonly outcome: Outcome;
  /** One sentence. */
  readonly because: string;
  readonly branch?: string;
  readonly pull?: { readonly number: number; readonly url: string; readonly state: PullRequest['state'] };
  /** The plan, where there is one. */
  readonly plan?: Plan;
}

interface Task {
  readonly desired: Desired;
  readonly branch: string;
  readonly offer: Offer | undefined;
  readonly plans: readonly Plan[];
}

/** The platform may change under us this often before we leave a service to the next run. */
const ATTEMPTS = 3;

/**
 * Reports every service as soon as its outcome is known.
 * @throws RemoteError `rate-limited` or `unauthorised`, where going on makes no sense; other errors become `failed` outcomes
 */
export async function* publishRepository(
  { base, bot, plans, complete }: RepositoryPlan & { readonly base: Base },
  context: PublishContext,
): AsyncGenerator<ServiceReport, void> {
  const { forge } = context;
  const snapshot = await takeSnapshot(forge, bot.branchPrefix);
  const units = unitsOf(plans);
  const tasks = [
    ...units.map((unit) => taskFor(unit, base, bot.branchPrefix)),
    ...(complete ? orphans(units, snapshot, bot.branchPrefix) : []),
  ];
  let admit: Admission | undefined;
  const admitting = async (): Promise<Admission> =>
    (admit ??= admission(bot, known(await forge.recentPulls(bot.branchPrefix), snapshot), context.now(), await mergedEver(forge, bot)));
  let asked: ReturnType<NonNullable<typeof forge.repository>> | undefined;
  // Between planning and publishing a repository may have been archived, or its default branch renamed.
  const repository = async () => (asked ??= forge.repository?.());
  const creations: (readonly [Task, Observed])[] = [];
  // Updates and closings first: they make room below the limits.
  const taken = new Map<string, string>();
  for (const task of tasks) {
    if (context.signal?.aborted) return;
    const owner = taken.get(task.branch);
    if (owner !== undefined) {
      yield* reportsOf(task, { outcome: 'failed', because: `its branch ${task.branch} is the one of ${owner}: rename the service` });
      continue;
    }
    taken.set(task.branch, task.desired.service);
    const settled = await guarded(task, () => settle(task, snapshot, base, bot, context, { admitting, repository }));
    if ('creates' in settled) creations.push([task, settled.creates]);
    else yield* reportsOf(task, settled);
  }
  for (const [task, observed] of creations) {
    if (context.signal?.aborted) return;
    const settled = await guarded(task, () => settle(task, snapshot, base, bot, context, { admitting, repository }, observed));
    if (!('creates' in settled)) yield* reportsOf(task, settled);
  }
}

/** Where the search does not answer, the newest ones have to do. */
async function mergedEver({ merged }: Forge, { branchPrefix, rollout }: RepositoryPlan['bot']): Promise<number> {
  try {
    return rollout === undefined ? 0 : ((await merged?.(branchPrefix)) ?? 0);
  } catch (error) {
    if (isRemote(error, 'rejected') || isRemote(error, 'forbidden') || isRemote(error, 'unavailable')) return 0;
    throw error;
  }
}

/** The newest ones, and every open one: in a busy repository old ones are beyond what `recentPulls` reads. */
function known(recent: readonly PullRequest[], { pulls }: Snapshot): readonly PullRequest[] {
  const seen = new Set(recent.map(({ number }) => number));
  return [...recent, ...[...pulls.values()].filter(({ number }) => !seen.has(number))];
}

type Settled = Exclude<Performed, 'raced'>;

/** What is read from the platform only when something is about to be written. */
interface Lazy {
  readonly admitting: () => Promise<Admission>;
  readonly repository: () => Promise<{ readonly defaultBranch: string; readonly skip?: string } | undefined>;
}

/** Brings one task to its end; `creates` = it would create a pull request. That is for later: then `creating` is what was seen. */
async function settle(
  task: Task,
  first: Snapshot,
  base: Base,
  bot: RepositoryPlan['bot'],
  context: PublishContext,
  { admitting, repository }: Lazy,
  creating?: Observed,
): Promise<Settled | { readonly creates: Observed }> {
  const { forge, recreate, retracted } = context;
  const wanted = task.desired.kind === 'changes';
  let snapshot = first;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const observed = attempt === 0 && creating !== undefined ? creating : await observe(forge, snapshot, task.branch, base, wanted);
    const options = { recreate: [task.desired, ...task.plans].some(({ service }) => recreate.has(service)), retracted };
    let action: Action = reconcile(task.desired, observed.actual, options);
    if (action.kind === 'update' || action.kind === 'close') action = reconcile(task.desired, await withQueue(forge, observed), options);
    if (action.kind === 'leave')
      return { outcome: action.outcome, because: action.because, ...(observed.pull === undefined ? {} : { pull: observed.pull }) };
    if (action.kind === 'create' && creating === undefined) return { creates: observed };
    const admit = action.kind === 'close' ? undefined : await admitting();
    const waits = action.kind === 'create' ? admit?.create() : admit?.update();
    if (waits !== undefined)
      return { outcome: 'deferred', because: waits, ...(observed.pull === undefined ? {} : { pull: observed.pull }) };
    if (context.dryRun && task.offer !== undefined) await context.preview?.(task.branch, previewOf(task.offer, { ...context, bot }));
    if (context.dryRun)
      return {
        outcome: DONE[action.kind],
        because: `dry run: ${action.because}`,
        ...(observed.pull === undefined ? {} : { pull: observed.pull }),
      };
    const current = await repository();
    if (current?.skip !== undefined) return { outcome: 'ignored', because: current.skip };
    const offer =
      task.offer === undefined || current === undefined
        ? task.offer
        : { ...task.offer, base: { ...task.offer.base, branch: current.defaultBranch } };
    const performed = await perform(action, offer, observed.pull, { ...context, bot });
    if (performed !== 'raced') return performed;
    snapshot = await takeSnapshot(forge, bot.branchPrefix, true);
  }
  return { outcome: 'deferred', because: 'the branch or the pull request keeps changing: left to the next run' };
}

const DONE = { create: 'created', update: 'updated', close: 'closed' } as const;

function taskFor(unit: Unit, base: Base, prefix: string): Task {
  const branch = renderBranch(branchFor(prefix, unit.service));
  const desired = desiredFor(unit, base);
  return { desired, branch, offer: desired.kind === 'changes' ? { unit, base, branch } : undefined, plans: unit.plans };
}

/** Open pull requests of ours that no unit stands behind any more: the service is gone, or joined another one's unit. */
function orphans(units: readonly Unit[], { pulls }: Snapshot, prefix: string): readonly Task[] {
  const known = new Set(units.map(({ service }) => renderBranch(branchFor(prefix, service))));
  return [...pulls.values()].flatMap(({ branch, body }) => {
    const service = parseState(body)?.service;
    if (service === undefined || known.has(branch) || parseBranch(prefix, branch) === undefined) return [];
    const joined = units.find(({ plans }) => plans.some((plan) => plan.service === service));
    const text =
      joined === undefined
        ? 'The service is not in the repository any more.'
        : `Its change is now part of the one for ${joined.service}, which touches the same file.`;
    return [
      {
        desired: { kind: 'nothing', service, because: 'superseded', outcome: 'clean', text },
        branch,
        offer: undefined,
        plans: [],
      } satisfies Task,
    ];
  });
}

/** An error of one service stays with that service, unless it is one that stops everything. */
async function guarded<T>(task: Task, work: () => Promise<T>): Promise<T | Settled> {
  try {
    return await work();
  } catch (error) {
    if (!isRemote(error) || error.kind === 'rate-limited' || error.kind === 'unauthorised') throw error;
    return { outcome: 'failed', because: `${task.desired.service}: ${error.message}` };
  }
}

function* reportsOf({ desired, branch, offer, plans }: Task, { outcome, because, pull }: Settled): Generator<ServiceReport> {
  // What nothing is offered for has no branch.
  const named = offer === undefined && pull === undefined ? {} : { branch };
  const common = {
    outcome,
    because,
    ...named,
    ...(pull === undefined ? {} : { pull: { number: pull.number, url: pull.url, state: pull.state } }),
  };
  if (plans.length === 0) yield { service: desired.service, ...common };
  for (const plan of plans) yield { service: plan.service, plan, ...common };
}
