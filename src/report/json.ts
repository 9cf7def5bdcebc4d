/** The JSON report: one versioned value per run. Fields are only ever added under one schema name. */

import type { TransformOutcome } from '../plan/plan.ts';
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
    services: plans.map(({ schema: _, changes, outcomes, ...plan }) => ({
      ...redacted({ ...plan, outcomes: outcomes.map(withoutStack) }),
      changes: changes.map(({ path }) => path),
    })),
    changes: mergeChanges(plans).map((change) => ({
      path: change.path,
      created: change.before === undefined,
      ...lineCounts(change),
      patch: patchOf(change, prefix),
    })),
    skipped: redacted(skipped),
    problems: redacted(problems),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** What failed, in one line: stack traces are for DOCKMOD_DEBUG=1. */
function withoutStack(outcome: TransformOutcome): TransformOutcome {
  return outcome.kind === 'failed' ? { ...outcome, detail: outcome.detail.split('\n')[0] ?? '' } : outcome;
}

/** A copy of a plain value with every text redacted. */
function redacted<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, item: unknown) => (typeof item === 'string' ? redactSecrets(item) : item)) as T;
}
