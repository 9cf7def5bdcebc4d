/** Our own budget of writes, below GitHub's limits: it is better to stop than to be stopped. */

import type { Clock } from '../clock.ts';
import { RemoteError } from '../remote-error.ts';

/**
 * GitHub documents 80 content-creating requests a minute and 500 an hour, web interface included:
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
 * (`@octokit/plugin-throttling` alone allows 1,200 an hour). A tenth is left to people.
 */
const GITHUB_LIMITS = { perMinute: 72, perHour: 450 } as const;

const MINUTE = 60_000;
const HOUR = 3_600_000;

export interface Budget {
  /** Waits for the minute's limit; throws RemoteError `rate-limited` when the hour's is used up. */
  readonly spend: () => Promise<void>;
  /** Writes that happened before this run began, at `at` (milliseconds since 1970). */
  readonly remember: (count: number, at: number) => void;
  /** Writes left in this hour. */
  readonly left: () => number;
}

export function createBudget(clock: Clock, limits: { readonly perMinute: number; readonly perHour: number } = GITHUB_LIMITS): Budget {
  /** Sorted times of the writes within the last hour. */
  let times: number[] = [];
  const recent = (): number => {
    const since = clock.now() - HOUR;
    const first = times.findIndex((time) => time > since);
    times = first < 0 ? [] : times.slice(first);
    return times.length;
  };
  return {
    spend: async () => {
      if (recent() >= limits.perHour) {
        const retryAfter = Math.ceil(((times[0] ?? 0) + HOUR - clock.now()) / 1000);
        throw new RemoteError('rate-limited', `${limits.perHour} writes within an hour: the rest waits for the next run`, { retryAfter });
      }
      for (;;) {
        const oldest = times[times.length - limits.perMinute];
        const wait = oldest === undefined ? 0 : oldest + MINUTE - clock.now();
        if (wait <= 0) break;
        await clock.sleep(wait);
      }
      times.push(clock.now());
    },
    remember: (count, at) => {
      times = [...times, ...Array.from({ length: count }, () => at)].sort((a, b) => a - b);
    },
    left: () => Math.max(0, limits.perHour - recent()),
  };
}
