/** What whoever starts the image will notice: each difference with its values, and the few that deserve a second look. */

import type { NoticedChange } from '../../plan/contract-changes.ts';
import type { Plan } from '../../plan/plan.ts';
import { bullets, quoteCode, quoteProse } from './quote.ts';
import { appliedIn, noticedIn, type Section } from './view.ts';

/** How a reader of Dockerfiles calls it. */
const NAMES: Readonly<Record<NoticedChange['field'], string>> = {
  base: 'base image',
  entrypoint: 'ENTRYPOINT',
  cmd: 'CMD',
  user: 'user',
  workdir: 'WORKDIR',
  env: 'ENV',
  ports: 'EXPOSE',
  volumes: 'VOLUME',
  labels: 'LABEL',
  healthcheck: 'HEALTHCHECK',
  stopSignal: 'STOPSIGNAL',
  shell: 'SHELL',
  files: 'files',
  packages: 'packages',
  onbuild: 'ONBUILD',
  libc: 'C library',
  shellProgram: 'shell in the image',
};

/** Computed from what changed; nothing is said of what stays. */
const RISKS: Readonly<Partial<Record<NoticedChange['field'], string>>> = {
  shellProgram: 'there is no shell any more',
  user: 'another user',
  libc: 'another C library',
  healthcheck: 'another health check',
  workdir: 'another working directory',
};

/** One sentence for reviewers in a hurry. */
export const risks: Section = ({ unit }) => {
  const found = noticedIn(unit.plans).flatMap((change) => {
    const risk = RISKS[change.field];
    return risk === undefined ? [] : [change.field === 'user' || change.field === 'libc' ? `${risk} (${values(change)})` : risk];
  });
  return found.length === 0 ? undefined : `What deserves a second look: ${[...new Set(found)].join('; ')}.`;
};

/** The differences of one service as a list; empty when there are none. */
export function noticed(plan: Plan): string {
  const reasons = new Set<string>();
  const changes = plan.noticed ?? [];
  const single = changes
    .filter(({ field }) => field !== 'files' && field !== 'packages')
    .map((change) => {
      const why = reasonOf(plan, change);
      const said = why === undefined || reasons.has(why);
      if (why !== undefined) reasons.add(why);
      return `${NAMES[change.field]}${change.key === undefined ? '' : ` ${quoteCode(change.key)}`}: ${values(change)}${said ? '' : ` (${quoteProse(why)})`}`;
    });
  const all = [...single, ...listed(changes, 'packages'), ...listed(changes, 'files')];
  return all.length === 0 ? '' : `For whoever starts the image:\n\n${bullets(all)}`;
}

/** Paths and packages by what became of them. */
function listed(changes: readonly NoticedChange[], field: 'files' | 'packages'): readonly string[] {
  const of = changes.filter((change) => change.field === field);
  const group = (what: string, wanted: (change: NoticedChange) => boolean): readonly string[] => {
    const keys = of.filter(wanted).map(({ key = '' }) => quoteCode(key));
    return keys.length === 0
      ? []
      : [`${NAMES[field]}, ${what}: ${keys.slice(0, 8).join(', ')}${keys.length > 8 ? ` and ${keys.length - 8} more` : ''}`];
  };
  return [
    ...group('new', ({ before }) => before === undefined),
    ...group('gone', ({ after }) => after === undefined),
    ...group('with another owner, mode or origin', ({ before, after }) => before !== undefined && after !== undefined),
  ];
}

function values({ field, before, after }: NoticedChange): string {
  const shown = (value: string | undefined): string =>
    field === 'user' && value === '' ? '`root`' : value === undefined || value === '' ? 'none' : quoteCode(value);
  return `${shown(before)} → ${shown(after)}`;
}

/** The last word of the transforms on it. */
function reasonOf(plan: Plan, { field, key }: NoticedChange): string | undefined {
  return appliedIn(plan)
    .flatMap(({ declares = [] }) => declares)
    .findLast((change) => change.field === field && (change.key === undefined || change.key === key))?.because;
}
