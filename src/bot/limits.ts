/** How many pull requests may be created now. Counted from the platform, so that runs and shards share the limits. */

import type { BotConfiguration } from '../plan/configuration.ts';
import type { PullRequest } from './forge.ts';
import { isOpen } from './schedule.ts';

const HOUR = 3_600_000;

export interface Admission {
  /** `undefined` = go ahead; else why the creation has to wait. */
  readonly create: () => string | undefined;
  readonly update: () => string | undefined;
}

/**
 * Answers for one run on one repository; each `undefined` counts against the limits.
 *
 * @param recent the bot's pull requests, newest first, in any state
 * @param now milliseconds since 1970
 * @param mergedEver merged ones, where older ones than `recent` are known
 */
export function admission(
  { limits, rollout, schedule }: BotConfiguration,
  recent: readonly PullRequest[],
  now: number,
  mergedEver = 0,
): Admission {
  const count = (state: PullRequest['state']): number => recent.filter((pull) => pull.state === state).length;
  const merged = Math.max(count('merged'), mergedEver);
  let open = count('open');
  let hour = recent.filter(({ createdAt }) => createdAt > now - HOUR).length;
  let run = 0;
  const blocked = (): string | undefined => {
    if (run >= limits.perRun) return `no more than ${limits.perRun} pull requests may be written in one run (limits.perRun)`;
    if (schedule !== undefined && !isOpen(schedule, now)) return 'outside of the schedule';
    if (open >= limits.openPullRequests)
      return `no more than ${limits.openPullRequests} pull requests may be open (limits.openPullRequests)`;
    if (hour >= limits.perHour) return `no more than ${limits.perHour} pull requests may be created within an hour (limits.perHour)`;
    if (rollout !== undefined && merged < rollout.first && open + merged >= rollout.first)
      return `the first ${rollout.first} pull requests are not merged yet (rollout)`;
    return undefined;
  };
  return {
    create: () => {
      const reason = blocked();
      if (reason !== undefined) return reason;
      open++;
      hour++;
      run++;
      return undefined;
    },
    update: () => {
      if (run >= limits.perRun) return `no more than ${limits.perRun} pull requests may be written in one run (limits.perRun)`;
      run++;
      return undefined;
    },
  };
}
