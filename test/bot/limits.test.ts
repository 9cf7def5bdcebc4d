import { describe, expect, it } from 'vitest';

import type { PullRequest } from '../../src/bot/forge.ts';
import { createBudget } from '../../src/bot/github/budget.ts';
import { admission } from '../../src/bot/limits.ts';
import { isRemote } from '../../src/bot/remote-error.ts';
import { isOpen } from '../../src/bot/schedule.ts';
import { DEFAULT_BOT, type BotConfiguration, type ScheduleWindow } from '../../src/plan/configuration.ts';

const NOW = Date.parse('2026-03-04T10:00:00Z'); // a Wednesday

const pulls = (count: number, state: PullRequest['state'], ageMinutes = 600): readonly PullRequest[] =>
  Array.from({ length: count }, (_, number) => ({
    number,
    state,
    branch: 'dockmod/x',
    head: '',
    base: 'main',
    title: '',
    body: '',
    draft: false,
    labels: [],
    autoMerge: false,
    createdAt: NOW - ageMinutes * 60_000,
    url: '',
  }));

const bot = (fields: Partial<BotConfiguration>): BotConfiguration => ({
  ...DEFAULT_BOT,
  limits: { openPullRequests: 100, perHour: 100, perRun: 100 },
  ...fields,
});

/** How many creations are admitted before the first refusal, and its reason. */
function admitted(configuration: BotConfiguration, recent: readonly PullRequest[]): readonly [number, string | undefined] {
  const { create } = admission(configuration, recent, NOW);
  for (let count = 0; count < 50; count++) {
    const reason = create();
    if (reason !== undefined) return [count, reason];
  }
  return [50, undefined];
}

describe('limits', () => {
  it('count what the platform shows, and what this run adds', () => {
    const limits = { openPullRequests: 5, perHour: 100, perRun: 100 };
    expect(admitted(bot({ limits }), [...pulls(3, 'open'), ...pulls(9, 'closed')])).toEqual([
      2,
      expect.stringContaining('limits.openPullRequests'),
    ]);
    expect(
      admitted(bot({ limits: { ...limits, openPullRequests: 100, perHour: 4 } }), [...pulls(3, 'merged', 59), ...pulls(3, 'merged', 61)]),
    ).toEqual([1, expect.stringContaining('limits.perHour')]);
    expect(admitted(bot({ limits: { ...limits, openPullRequests: 100, perRun: 2 } }), pulls(9, 'open'))).toEqual([
      2,
      expect.stringContaining('limits.perRun'),
    ]);
  });

  it('let updates spend the run as well', () => {
    const { create, update } = admission(bot({ limits: { openPullRequests: 9, perHour: 9, perRun: 2 } }), [], NOW);
    expect([update(), update(), create(), update()].map((reason) => reason === undefined)).toEqual([true, true, false, false]);
  });

  it('open the canaries first and the others once those are merged; a declined one makes room for another', () => {
    const rollout = { first: 3, then: 'merged' } as const;
    expect(admitted(bot({ rollout }), [])).toEqual([3, expect.stringContaining('rollout')]);
    expect(admitted(bot({ rollout }), [...pulls(1, 'merged'), ...pulls(1, 'open'), ...pulls(1, 'closed')])[0]).toBe(1);
    expect(admitted(bot({ rollout }), pulls(3, 'merged'))).toEqual([50, undefined]);
  });

  it('keep to the schedule when creating, not when updating', () => {
    const schedule: ScheduleWindow = { days: ['sat'], hours: { from: 0, to: 1440 }, timezone: 'UTC' };
    expect(admitted(bot({ schedule }), [])).toEqual([0, 'outside of the schedule']);
    expect(admission(bot({ schedule }), [], NOW).update()).toBeUndefined();
  });
});

describe('the schedule', () => {
  const open = (window: Partial<ScheduleWindow>, time: string): boolean =>
    isOpen({ days: ['mon', 'tue', 'wed', 'thu', 'fri'], hours: { from: 540, to: 1020 }, timezone: 'UTC', ...window }, Date.parse(time));

  it('reads the clock of its zone', () => {
    expect(open({}, '2026-03-04T09:00:00Z')).toBe(true);
    expect(open({}, '2026-03-04T08:59:59Z')).toBe(false);
    expect(open({}, '2026-03-04T17:00:00Z')).toBe(false);
    expect(open({ timezone: 'Asia/Tokyo' }, '2026-03-04T00:30:00Z')).toBe(true);
    expect(open({ timezone: 'Asia/Tokyo' }, '2026-03-04T09:30:00Z')).toBe(false);
    expect(open({}, '2026-03-07T12:00:00Z')).toBe(false);
    // Friday in New York is Saturday in UTC.
    expect(open({ timezone: 'America/New_York', hours: { from: 1080, to: 1320 } }, '2026-03-07T01:00:00Z')).toBe(true);
  });

  it('knows daylight saving time', () => {
    expect(open({ timezone: 'Europe/Berlin' }, '2026-03-27T08:00:00Z')).toBe(true);
    expect(open({ timezone: 'Europe/Berlin' }, '2026-03-27T07:00:00Z')).toBe(false);
    expect(open({ timezone: 'Europe/Berlin' }, '2026-03-30T07:00:00Z')).toBe(true);
  });

  it('counts a window past midnight to the day on which it opens', () => {
    const night: Partial<ScheduleWindow> = { days: ['fri'], hours: { from: 1320, to: 360 } };
    expect(
      ['2026-03-06T23:00:00Z', '2026-03-07T05:59:00Z', '2026-03-07T06:00:00Z', '2026-03-06T05:00:00Z', '2026-03-07T23:00:00Z'].map((time) =>
        open(night, time),
      ),
    ).toEqual([true, true, false, false, false]);
  });
});

describe('the budget of writes', () => {
  const world = () => {
    const clock = { time: NOW, now: () => clock.time, sleep: async (ms: number) => void (clock.time += ms) };
    return clock;
  };

  it('never exceeds the limit of any minute, and stops below that of the hour', async () => {
    const clock = world();
    const budget = createBudget(clock, { perMinute: 10, perHour: 100 });
    const times: number[] = [];
    const failure = await (async () => {
      for (;;) {
        await budget.spend();
        times.push(clock.time);
        clock.time += 137;
      }
    })().catch((error: unknown) => error);
    expect(isRemote(failure, 'rate-limited')).toBe(true);
    expect(times).toHaveLength(100);
    for (const time of times) expect(times.filter((other) => other > time - 60_000 && other <= time).length).toBeLessThanOrEqual(10);
    clock.time += 3_600_000;
    await expect(budget.spend()).resolves.toBeUndefined();
  });

  it('takes what other runs wrote into account', async () => {
    const clock = world();
    const budget = createBudget(clock, { perMinute: 10, perHour: 100 });
    budget.remember(98, NOW - 1_800_000);
    expect(budget.left()).toBe(2);
    await budget.spend();
    await budget.spend();
    await expect(budget.spend()).rejects.toMatchObject({ kind: 'rate-limited', retryAfter: 1800 });
  });
});
