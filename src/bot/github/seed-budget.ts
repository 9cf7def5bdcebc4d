/** Other runs spend the same limits: what they created within the hour is read from the platform before anything is written. */

import { isRemote } from '../remote-error.ts';
import type { Session } from '../session.ts';
import type { Target } from '../targets.ts';

/** Requests that one pull request costs: tree, commit, branch, pull request, labels. */
const WRITES_PER_PULL = 5;

const HOUR = 3_600_000;

/** Where the search does not answer, the budget starts full: GitHub's own limits still hold. */
export async function seedBudget({ platform, budget, clock }: Session, target: Target): Promise<void> {
  const owners = target.kind === 'owner' ? [target.owner] : [...new Set(target.names.map((name) => name.split('/')[0] ?? ''))].slice(0, 10);
  const since = clock.now() - HOUR;
  for (const owner of owners) {
    try {
      const created = await platform.createdSince(owner, 'dockmod/', since);
      // When within the hour is not known: half an hour ago is in between.
      budget.remember(created * WRITES_PER_PULL, clock.now() - HOUR / 2);
    } catch (error) {
      if (!isRemote(error) || error.kind === 'unauthorised') throw error;
    }
  }
}
