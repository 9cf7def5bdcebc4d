/** The JSON report: one versioned value per run. Fields are only ever added under one schema name. */

import { mergeChanges, summarise } from './summary.ts';
import type { Findings } from './findings.ts';
import { lineCounts, patchOf } from './patch.ts';
import { redactSecrets } from './redact.ts';

export const REPORT_SCHEMA = 'dockmod.report/1';

/** The report as text, ended by a newline. Prose is redacted; patches are exact. */
export function jsonReport({ version, plans, skipped, problems, prefix }: Findings): string {
  const report = {
    schema: REPORT_SCHEMA,
    tool: { name: 'dockmod', version },
    prefix,
    summary: summarise(plans),
    services: plans.map(({ schema: _, changes, ...plan }) => ({ ...redacted(plan), changes: changes.map(({ path }) => path) })),
    changes: mergeChanges(plans).map((change) => ({ path: change.path, created: change.before === undefined, ...lineCounts(change), patch: patchOf(change, prefix) })),
    skipped: redacted(skipped),
    problems: redacted(problems),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** A copy of a plain value with every text redacted. */
function redacted<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, item: unknown) => (typeof item === 'string' ? redactSecrets(item) : item)) as T;
}
