/** A run over repositories: plans come in, are published one after the other, and are reported as they are done. */

import type { DashboardService } from './dashboard.ts';
import { desiredFor, type Base } from './desired.ts';
import type { Forge } from './forge.ts';
import { openBoard } from './keep-dashboard.ts';
import { publishRepository, type PublishContext, type ServiceReport } from './publish.ts';
import { isRemote, type RemoteError } from './remote-error.ts';
import type { RepositoryPlan } from './repository-plan.ts';
import { reportBuilder, type RepositoryEntry, type RunReport } from './run-report.ts';
import { unitsOf } from './unit.ts';

export interface RunOptions extends Omit<PublishContext, 'forge'> {
  /** Opens the repository for publishing. */
  readonly forgeFor: (plan: RepositoryPlan) => Promise<Forge>;
  /** Told as soon as a repository is done. */
  readonly onRepository?: (entry: RepositoryEntry) => void;
}

/**
 * Publishes serially. When the platform's limits, or the credential, are used up, nothing more is written: the rest is
 * planned and reported as `deferred`. Memory does not grow with the plans, only with the report.
 */
export async function runPlans(plans: AsyncIterable<RepositoryPlan>, options: RunOptions): Promise<RunReport> {
  const report = reportBuilder(options.tool, options.dryRun);
  let stopped: RemoteError | undefined;
  for await (const plan of untilStopped(plans, (error) => report.stop(error.kind, options.redact(error.message), error.retryAfter))) {
    const services: ServiceReport[] = [];
    try {
      if (stopped === undefined && plan.base !== undefined && (plan.skip === undefined || plan.complete)) {
        for await (const service of publishOne({ ...plan, base: plan.base }, options)) services.push(service);
      }
    } catch (error) {
      if (!isRemote(error)) throw error;
      const stops = isStop(error);
      if (stops) {
        stopped = error;
        report.stop(error.kind, options.redact(error.message), error.retryAfter);
      } else options.warn(`${plan.repository}: ${options.redact(error.message)}`);
      services.push(...unfinished(plan, services, stops ? 'deferred' : 'failed', options.redact(error.message)));
    }
    if (stopped !== undefined && services.length === 0) services.push(...unfinished(plan, [], 'deferred', 'publishing had stopped'));
    const entry = report.add(plan, services);
    options.onRepository?.(entry);
    if (options.signal?.aborted) break;
  }
  return report.build();
}

type Stop = RemoteError & { readonly kind: 'rate-limited' | 'unauthorised' };

function isStop(error: unknown): error is Stop {
  return isRemote(error, 'rate-limited') || isRemote(error, 'unauthorised');
}

/** Where planning itself is told to stop, what was done so far is reported all the same. */
async function* untilStopped<T>(items: AsyncIterable<T>, stop: (error: Stop) => void): AsyncGenerator<T, void> {
  try {
    yield* items;
  } catch (error) {
    if (!isStop(error)) throw error;
    stop(error);
  }
}

async function* publishOne(plan: RepositoryPlan & { readonly base: Base }, options: RunOptions): AsyncGenerator<ServiceReport, void> {
  const forge = await options.forgeFor(plan);
  try {
    // A repository without Dockerfiles matters only where pull requests of ours are left.
    if (plan.skip !== undefined && (await forge.branches(plan.bot.branchPrefix)).size === 0) return;
    const board = plan.bot.dashboard && !options.dryRun ? await openBoard(forge, options.redact, options.warn) : undefined;
    const rows: DashboardService[] = [];
    for await (const report of publishRepository(plan, {
      ...options,
      forge,
      recreate: new Set([...options.recreate, ...(board?.asked ?? [])]),
    })) {
      rows.push(report);
      yield report;
    }
    // A run that saw only some services knows nothing of the others.
    if (plan.complete && options.signal?.aborted !== true) await board?.save(rows);
  } finally {
    await forge.close();
  }
}

const NOWHERE: Base = { branch: '', sha: '' };

/** The services of a plan that have no outcome yet. */
function unfinished(
  { plans, base = NOWHERE }: RepositoryPlan,
  done: readonly ServiceReport[],
  outcome: 'deferred' | 'failed',
  because: string,
): readonly ServiceReport[] {
  const known = new Set(done.map(({ service }) => service));
  return unitsOf(plans).flatMap((unit) => {
    const desired = desiredFor(unit, base);
    const result = desired.kind === 'changes' ? { outcome, because } : { outcome: desired.outcome, because: desired.text };
    return unit.plans.filter(({ service }) => !known.has(service)).map((plan) => ({ service: plan.service, plan, ...result }));
  });
}
