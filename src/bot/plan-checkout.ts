/** Plans one repository from a checkout of its base: configuration from that commit, then the pipeline. Nothing is executed. */

import { createImages } from '../images/table.ts';
import { migrate } from '../migrate.ts';
import { ConfigError } from '../plan/configuration-error.ts';
import { CONFIGURATION_FILE, DEFAULT_BOT, DEFAULT_CONFIGURATION, type Configuration } from '../plan/configuration.ts';
import type { Plan } from '../plan/plan.ts';
import { openRepository } from '../repository/disk-files.ts';
import type { RepositoryFiles } from '../repository/files.ts';
import { repoPath } from '../repository/path.ts';
import { TRANSFORMS } from '../transforms/index.ts';
import type { Checkout } from './git/checkout.ts';
import { REPOSITORY_PLAN_SCHEMA, type RepositoryPlan, type Skip } from './repository-plan.ts';

export interface PlanningOptions {
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  /** Used in place of the repository's own configuration file. */
  readonly configuration?: Configuration;
  /** Folds what is known about image sizes into a plan. */
  readonly withSize?: (plan: Plan) => Promise<Plan>;
}

/** @throws what is a bug of ours; everything else is a skip with a reason */
export async function planCheckout(repository: string, branch: string, { dir, base: sha }: Checkout, options: PlanningOptions): Promise<RepositoryPlan> {
  const base = { branch, sha };
  const files = openRepository(dir);
  let configuration: Configuration;
  try {
    configuration = options.configuration ?? (await configurationOf(files));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return skipped(repository, base, 'configuration', error.problems.map(({ line, message }) => `${error.path}${line === undefined ? '' : `:${line}`}: ${message}`).join('; '));
  }
  if (!configuration.enabled) return skipped(repository, base, 'opted-out', `${CONFIGURATION_FILE} says \`enabled: false\``);
  const plans: Plan[] = [];
  for (const plan of migrate(files, { configuration, images: createImages(), base: sha, ...(options.only === undefined ? {} : { only: options.only }), ...(options.skip === undefined ? {} : { skip: options.skip }) })) {
    plans.push(options.withSize === undefined || plan.changes.length === 0 ? plan : await options.withSize(plan));
  }
  if (plans.length === 0) return skipped(repository, base, 'no-dockerfile', 'no Dockerfile was found', configuration);
  return { schema: REPOSITORY_PLAN_SCHEMA, repository, base, bot: configuration.bot, plans, complete: options.only === undefined && options.skip === undefined };
}

/** `complete` where the base was read to its end: then a pull request for a service that is gone may be closed. */
export function skipped(repository: string, base: RepositoryPlan['base'], reason: Skip, detail: string, { bot }: Pick<Configuration, 'bot'> = { bot: DEFAULT_BOT }): RepositoryPlan {
  return { schema: REPOSITORY_PLAN_SCHEMA, repository, base, skip: { reason, detail }, bot, plans: [], complete: reason === 'no-dockerfile' };
}

async function configurationOf(files: RepositoryFiles): Promise<Configuration> {
  const path = repoPath(CONFIGURATION_FILE);
  const read = path === undefined ? undefined : files.read(path);
  if (read === undefined || (read.kind === 'unreadable' && read.reason === 'absent')) return DEFAULT_CONFIGURATION;
  if (read.kind === 'unreadable') throw new ConfigError(CONFIGURATION_FILE, [{ line: undefined, message: read.detail }]);
  const { readConfiguration } = await import('../plan/read-configuration.ts');
  return readConfiguration(CONFIGURATION_FILE, read.text, TRANSFORMS.map(({ id }) => id));
}
