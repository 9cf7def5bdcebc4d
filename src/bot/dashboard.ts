/** The dashboard: one issue per repository with every service, its state and its size; ticking a box asks for a retry. Opt-in. */

import { createHash } from 'node:crypto';

import { code, prose } from '../report/neutralise.ts';
import { redactSecrets } from '../report/redact.ts';
import { formatBytes } from '../size/bytes.ts';
import type { ServiceReport } from './publish.ts';

export const DASHBOARD_TITLE = 'Dockerfile migration dashboard';
export const DASHBOARD_LABEL = 'dockmod:dashboard';

export type DashboardService = Pick<ServiceReport, 'service' | 'outcome' | 'because' | 'pull' | 'plan'>;

/** Outcomes that a person may want to try again. */
const RETRIABLE = new Set<DashboardService['outcome']>(['declined']);

const HASH = /^<!-- dockmod-dashboard:v1 (sha256:[0-9a-f]{64}) -->$/m;
const BOX = /^- \[([ xX])\] .*<!-- retry=([A-Za-z0-9+/=]{1,700}) -->\s*$/gm;

/** The first line carries the hash of the rest: the issue is rewritten only when that changes. */
export function renderDashboard(services: readonly DashboardService[], asked: ReadonlySet<string> = new Set()): string {
  const rows = services.map(
    ({ service, outcome, because, pull, plan }) =>
      `| ${code(service, true)} | ${STATE[outcome]} | ${size(plan)} | ${pull === undefined ? '' : `#${pull.number}`} | ${stable(outcome) ? prose(redactSecrets(because.slice(0, 200))) : ''} |`,
  );
  // A wish that could not be granted yet stays ticked.
  const waits = ({ service, outcome }: DashboardService): boolean => asked.has(service) && (outcome === 'deferred' || outcome === 'failed');
  const boxes = services.filter((entry) => RETRIABLE.has(entry.outcome) || waits(entry)).map((entry) => box(entry.service, waits(entry)));
  const text = [
    'What dockmod thinks of every service of this repository. It rewrites this issue when something changes.',
    ['| service | state | size (pull) | pull request | why |', '| --- | --- | --- | --- | --- |', ...fitting(rows, MAX_ROWS)].join('\n'),
    ...(boxes.length === 0 ? [] : [`Declined; tick a box to have it offered again:\n\n${fitting(boxes, MAX_BOXES).join('\n')}`]),
  ].join('\n\n');
  return `<!-- dockmod-dashboard:v1 sha256:${createHash('sha256').update(text).digest('hex')} -->\n\n${text}\n`;
}

function box(service: string, ticked: boolean): string {
  return `- [${ticked ? 'x' : ' '}] offer the change of ${code(service)} again <!-- retry=${Buffer.from(service).toString('base64')} -->`;
}

/** Characters; GitHub takes 65,536 for an issue. */
const MAX_ROWS = 45_000;
const MAX_BOXES = 15_000;

/** As many lines as there is room for. */
function fitting(lines: readonly string[], room: number): readonly string[] {
  let length = 0;
  const end = lines.findIndex((line) => (length += line.length + 1) > room);
  return end < 0
    ? lines
    : [...lines.slice(0, end), `${lines[0]?.startsWith('|') === true ? '| … |' : '- …'} and ${lines.length - end} more`];
}

/** The hash that the bot wrote, and the services whose box a person ticked. */
export function parseDashboard(body: string): { readonly hash: string | undefined; readonly asked: ReadonlySet<string> } {
  const asked = [...body.matchAll(BOX)]
    .filter(([, mark]) => mark !== ' ')
    .map(([, , id = '']) => Buffer.from(id, 'base64').toString('utf8'));
  return { hash: HASH.exec(body)?.[1], asked: new Set(asked) };
}

const STATE: Readonly<Record<DashboardService['outcome'], string>> = {
  created: 'open',
  updated: 'open',
  unchanged: 'open',
  closed: 'closed by dockmod',
  clean: 'nothing to do',
  refused: 'refused',
  declined: 'declined',
  modified: 'taken over by a person',
  ignored: 'ignored',
  deferred: 'waiting',
  failed: 'failed',
};

/** Whether the reason says something about the service, and not about this run. */
function stable(outcome: DashboardService['outcome']): boolean {
  return outcome === 'refused' || outcome === 'ignored' || outcome === 'declined';
}

function size(plan: DashboardService['plan']): string {
  const { before, after } = plan?.size ?? {};
  if (before === undefined || after === undefined || before.kind === 'unknown' || after.kind === 'unknown') return '';
  const approximate = before.kind === 'estimated' || after.kind === 'estimated' ? '≈ ' : '';
  return `${approximate}${formatBytes(before.pull)} → ${formatBytes(after.pull)}`;
}
