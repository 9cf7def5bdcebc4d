/** The window in which pull requests may be created: days and hours on the clock of an IANA time zone. */

import type { Day, ScheduleWindow } from '../plan/configuration.ts';

const DAYS: readonly Day[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/**
 * Whether the window is open at `now` (milliseconds since 1970). A window past midnight (`22:00` to `06:00`) belongs to
 * the day on which it opens; one from a time to the same time is open all day.
 */
export function isOpen({ days, hours: { from, to }, timezone }: ScheduleWindow, now: number): boolean {
  const { day, minutes } = wallClock(now, timezone);
  const opens = (at: number): boolean => days.includes(DAYS[(at + 7) % 7] ?? 'sun');
  if (from === to) return opens(day);
  if (from < to) return opens(day) && minutes >= from && minutes < to;
  return (minutes >= from && opens(day)) || (minutes < to && opens(day - 1));
}

function wallClock(now: number, timezone: string): { readonly day: number; readonly minutes: number } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((candidate) => candidate.type === type)?.value ?? '';
  return { day: DAYS.indexOf(part('weekday').toLowerCase() as Day), minutes: Number(part('hour')) * 60 + Number(part('minute')) };
}
