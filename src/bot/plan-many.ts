/** Plans many repositories: each is cloned on its own, planned, and forgotten. Several at a time, in a steady order. */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { systemClock } from './clock.ts';
import { cloneBase } from './git/checkout.ts';
import { GitFailure } from './git/git.ts';
import type { GitHome } from './git/home.ts';
import type { Platform, Repository } from './github/platform.ts';
import { isBranchName, isRepositoryName } from './names.ts';
import { planCheckout, skipped, type PlanningOptions } from './plan-checkout.ts';
import { isRemote } from './remote-error.ts';
import type { RepositoryPlan } from './repository-plan.ts';
import { isInShard, type Shard } from './shard.ts';

export interface PlanManyOptions extends PlanningOptions {
  readonly platform: Platform;
  readonly home: GitHome;
  readonly shard?: Shard;
  /** Repositories that are cloned and planned at the same time. */
  readonly width: number;
  readonly redact: (text: string) => string;
}

/** Characters of an error that a report needs. */
const LONGEST_DETAIL = 2000;

export async function* planMany(repositories: AsyncIterable<Repository>, options: PlanManyOptions): AsyncGenerator<RepositoryPlan, void> {
  const { shard } = options;
  yield* inOrder(
    filtered(repositories, ({ name }) => shard === undefined || isInShard(shard, name)),
    options.width,
    (repository) => planRepository(repository, options),
  );
}

/** Milliseconds before the second and the third attempt where a server does not answer. */
const PATIENCE = [1_000, 5_000];

/** Clones the tip of the default branch and plans it. Only a refused credential and an exhausted limit are thrown. */
export async function planRepository({ name, defaultBranch, skip }: Repository, options: PlanManyOptions): Promise<RepositoryPlan> {
  if (skip !== undefined) return skipped(name, undefined, skip.reason, skip.detail);
  // From here on both are parts of addresses and arguments.
  if (!isRepositoryName(name) || !isBranchName(defaultBranch))
    return skipped(name, undefined, 'failed', 'the name of the repository or of its default branch is not one that git should be given');
  try {
    return await patiently(() => cloneAndPlan(name, defaultBranch, options));
  } catch (error) {
    // The platform itself says stop; git's 401 may be about this repository alone.
    if (isRemote(error) && (error.kind === 'rate-limited' || (error.kind === 'unauthorised' && !(error instanceof GitFailure))))
      throw error;
    if (isRemote(error, 'not-found')) return skipped(name, undefined, 'empty', `there is no branch ${defaultBranch}`);
    // A private repository that the token does not see answers like a missing login: that is this repository's outcome.
    const detail = options.redact(error instanceof Error ? error.message : String(error));
    return skipped(name, undefined, 'failed', detail.slice(0, LONGEST_DETAIL));
  }
}

async function cloneAndPlan(name: string, branch: string, options: PlanManyOptions): Promise<RepositoryPlan> {
  const parent = await mkdtemp(join(options.home.dir, 'clone-'));
  try {
    const url = await options.platform.cloneUrl(name);
    const checkout = await cloneBase(options.home, url, branch, join(parent, 'repository'));
    return await planCheckout(name, branch, checkout, options);
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

/** Among thousands of clones some meet a server that is busy for a moment. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (const wait of PATIENCE) {
    try {
      return await work();
    } catch (error) {
      if (!isRemote(error, 'unavailable')) throw error;
      await systemClock.sleep(wait);
    }
  }
  return work();
}

async function* filtered<T>(items: AsyncIterable<T>, wanted: (item: T) => boolean): AsyncGenerator<T, void> {
  for await (const item of items) if (wanted(item)) yield item;
}

/** Works on up to `width` items at a time and yields the results in the order of the items: never more than `width` wait. */
export async function* inOrder<T, R>(items: AsyncIterable<T>, width: number, work: (item: T) => Promise<R>): AsyncGenerator<R, void> {
  const running: Promise<R>[] = [];
  try {
    for await (const item of items) {
      running.push(work(item));
      const first = running.length >= width ? running.shift() : undefined;
      if (first !== undefined) yield await first;
    }
    for (let next = running.shift(); next !== undefined; next = running.shift()) yield await next;
  } finally {
    // Whoever stops listening does not leave work behind that nobody waits for.
    await Promise.allSettled(running);
  }
}
