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
const BOX = /^- \[([ xX])\] .*<!-- retry=([A-Za-z0-9_-]{1,700}) -->\s*$/gm;

/** The first line carries the hash of the rest: the issue is rewritten only when that changes. */
export function renderDashboard(services: readonly DashboardService[]): string {
  const rows = services.map(({ service, outcome, because, pull, plan }) => `| ${code(service, true)} | ${STATE[outcome]} | ${size(plan)} | ${pull === undefined ? '' : `#${pull.number}`} | ${stable(outcome) ? prose(redactSecrets(because.slice(0, 200))) : ''} |`);
  const boxes = services.filter(({ outcome }) => RETRIABLE.has(outcome)).map(({ service }) => `- [ ] offer the change of ${code(service)} again <!-- retry=${Buffer.from(service).toString('base64url')} -->`);
  const text = [
    'What dockmod thinks of every service of this repository. It rewrites this issue when something changes.',
    ['| service | state | size (pull) | pull request | why |', '| --- | --- | --- | --- | --- |', ...rows].join('\n'),
    ...(boxes.length === 0 ? [] : [`Declined; tick a box to have it offered again:\n\n${boxes.join('\n')}`]),
  ].join('\n\n');
  return `<!-- dockmod-dashboard:v1 sha256:${createHash('sha256').update(text).digest('hex')} -->\n\n${text}\n`;
}

/** The hash that the bot wrote, and the services whose box a person ticked. */
export function parseDashboard(body: string): { readonly hash: string | undefined; readonly asked: ReadonlySet<string> } {
  const asked = [...body.matchAll(BOX)].filter(([, mark]) => mark !== ' ').map(([, , id = '']) => Buffer.from(id, 'base64url').toString('utf8'));
  return { hash: HASH.exec(body)?.[1], asked: new Set(asked) };
}

const STATE: Readonly<Record<DashboardService['outcome'], string>> = {
  created: 'open', updated: 'open', unchanged: 'open', closed: 'closed by dockmod', clean: 'nothing to do', refused: 'refused', declined: 'declined', modified: 'taken over by a person', ignored: 'ignored', deferred: 'waiting', failed: 'failed',
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
