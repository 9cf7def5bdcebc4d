/** One run of the local forge: plan the base commit of a clone, publish into the clone and a folder. Sends nothing. */

import { mkdtemp } from 'node:fs/promises';
import { basename, join } from 'node:path';

import type { BotConfiguration } from '../plan/configuration.ts';
import type { Clock } from './clock.ts';
import { copyBase } from './git/checkout.ts';
import { openGit } from './git/git.ts';
import { createGitHome } from './git/home.ts';
import { localBase } from './local/local-base.ts';
import { localForge } from './local/local-forge.ts';
import { planCheckout, type PlanningOptions } from './plan-checkout.ts';
import { runPlans, type RunOptions } from './run.ts';
import type { RepositoryPlan } from './repository-plan.ts';
import type { RunReport } from './run-report.ts';

export interface LocalRunOptions extends PlanningOptions, Omit<RunOptions, 'forgeFor'> {
  /** Top of the clone. */
  readonly top: string;
  /** Branch to start from; the one that is checked out by default. */
  readonly base?: string;
  /** Where the bodies go. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

export type LocalRun =
  | { readonly kind: 'done'; readonly report: RunReport }
  | { readonly kind: 'none'; readonly problem: string; readonly hint: string };

/** The default prefix: which branches are ours is not known before the configuration is read. */
const OURS = 'dockmod/';

export async function runLocal({ top, folder, env, clock, ...options }: LocalRunOptions): Promise<LocalRun> {
  const home = await createGitHome(env);
  try {
    const git = await openGit(top, home);
    const base = await localBase(git, options.base, OURS);
    if (base.kind === 'none') return base;
    const checkout = await copyBase(home, git, base.sha, join(await mkdtemp(join(home.dir, 'copy-')), 'repository'));
    const plan = await planCheckout(`local/${basename(top)}`, base.branch, checkout, options);
    const forgeFor = async () => localForge({ git, home, folder, now: clock.now });
    return { kind: 'done', report: await runPlans(one({ ...plan, bot: unlimited(plan.bot) }), { ...options, forgeFor }) };
  } finally {
    await home.dispose();
  }
}

/** Limits, rollout and schedule protect reviewers and platforms; here there are neither. */
function unlimited(bot: BotConfiguration): BotConfiguration {
  return { ...bot, limits: { openPullRequests: Infinity, perHour: Infinity, perRun: Infinity }, rollout: undefined, schedule: undefined };
}

async function* one(plan: RepositoryPlan): AsyncGenerator<RepositoryPlan, void> {
  yield plan;
}
