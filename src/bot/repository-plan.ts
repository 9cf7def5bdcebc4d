/** The plans of one repository at one commit: what the planning phase hands to the publishing phase, as a JSON file. */

import type { BotConfiguration } from '../plan/configuration.ts';
import type { Plan } from '../plan/plan.ts';

export const REPOSITORY_PLAN_SCHEMA = 'dockmod.repository-plan/1';

/** Why nothing was planned for a repository. Named, so that nobody wonders. */
export const SKIPS = ['archived', 'fork', 'empty', 'disabled', 'opted-out', 'no-dockerfile', 'configuration', 'failed'] as const;
export type Skip = (typeof SKIPS)[number];

export interface RepositoryPlan {
  readonly schema: typeof REPOSITORY_PLAN_SCHEMA;
  /** `owner/name`, or the directory's name for a local clone. */
  readonly repository: string;
  readonly base: { readonly branch: string; readonly sha: string } | undefined;
  readonly skip?: { readonly reason: Skip; readonly detail: string };
  /** From the base branch's own dockmod.yaml. */
  readonly bot: BotConfiguration;
  /** In the order in which they were made. */
  readonly plans: readonly Plan[];
  /** Whether every service of the repository is in `plans`: only then may the pull request of a missing one be closed. */
  readonly complete: boolean;
}
