/** The report of a run: versioned JSON, counted as it grows, without the texts of the changes. */

import type { TransformOutcome } from '../plan/plan.ts';
import { redactSecrets } from '../report/redact.ts';
import type { SizeReport } from '../size/measure.ts';
import { OUTCOMES, type Outcome } from './action.ts';
import type { ServiceReport } from './publish.ts';
import { SKIPS, type RepositoryPlan, type Skip } from './repository-plan.ts';

export const RUN_REPORT_SCHEMA = 'dockmod.bot-report/1';

export interface ServiceEntry {
  readonly service: string;
  readonly outcome: Outcome;
  readonly because: string;
  readonly branch?: string;
  readonly pullRequest?: { readonly number: number; readonly url: string; readonly state: string };
  /** Transform id to what came of it. */
  readonly transforms: Readonly<Record<string, TransformOutcome['kind']>>;
  readonly refusals: readonly {
    readonly transform: string;
    readonly code: string;
    readonly path: string;
    readonly line: number;
    readonly reason: string;
  }[];
  readonly size?: SizeReport;
}

export interface RepositoryEntry {
  readonly repository: string;
  readonly base?: string;
  readonly skip?: { readonly reason: Skip; readonly detail: string };
  readonly services: readonly ServiceEntry[];
}

/** How often each kind of outcome came of one transform. */
export type TransformTotals = Readonly<Partial<Record<TransformOutcome['kind'], number>>>;

export interface RunReport {
  readonly schema: typeof RUN_REPORT_SCHEMA;
  readonly tool: string;
  readonly dryRun: boolean;
  /** Set when publishing stopped early: run again. */
  readonly stopped?: { readonly reason: 'rate-limited' | 'unauthorised'; readonly because: string; readonly retryAfterSeconds?: number };
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly skips: Readonly<Partial<Record<Skip, number>>>;
  readonly transforms: Readonly<Record<string, TransformTotals>>;
  /** Refusals by reason, most frequent first. */
  readonly refusals: readonly { readonly code: string; readonly count: number }[];
  readonly repositories: readonly RepositoryEntry[];
}

export interface ReportBuilder {
  readonly add: (plan: RepositoryPlan, services: readonly ServiceReport[]) => RepositoryEntry;
  readonly stop: (reason: 'rate-limited' | 'unauthorised', because: string, retryAfterSeconds: number | undefined) => void;
  readonly build: () => RunReport;
}

export function reportBuilder(tool: string, dryRun: boolean): ReportBuilder {
  const outcomes = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  const skips: Partial<Record<Skip, number>> = {};
  const transforms = new Map<string, Partial<Record<TransformOutcome['kind'], number>>>();
  const refusals = new Map<string, number>();
  const repositories: RepositoryEntry[] = [];
  let stopped: RunReport['stopped'];
  return {
    add: ({ repository, base, skip }, services) => {
      const entry: RepositoryEntry = {
        repository,
        ...(base === undefined ? {} : { base: base.sha }),
        ...(skip === undefined ? {} : { skip }),
        services: services.map(entryOf),
      };
      repositories.push(entry);
      if (skip !== undefined) skips[skip.reason] = (skips[skip.reason] ?? 0) + 1;
      for (const service of entry.services) {
        outcomes[service.outcome]++;
        for (const [id, kind] of Object.entries(service.transforms)) {
          const counts = transforms.get(id) ?? {};
          counts[kind] = (counts[kind] ?? 0) + 1;
          transforms.set(id, counts);
        }
        for (const { code } of service.refusals) refusals.set(code, (refusals.get(code) ?? 0) + 1);
      }
      return entry;
    },
    stop: (reason, because, retryAfterSeconds) => {
      stopped ??= { reason, because, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
    },
    build: () => ({
      schema: RUN_REPORT_SCHEMA,
      tool,
      dryRun,
      ...(stopped === undefined ? {} : { stopped }),
      outcomes,
      skips,
      transforms: Object.fromEntries(transforms),
      refusals: [...refusals].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1)),
      repositories,
    }),
  };
}

/** Whether something failed: exit code 1. */
export function hasFailures({ outcomes, skips }: RunReport): boolean {
  return outcomes.failed > 0 || (skips.failed ?? 0) > 0;
}

/** Skips by name, in a fixed order. */
export function skipCounts({ skips }: RunReport): readonly (readonly [Skip, number])[] {
  return SKIPS.flatMap((reason) => (skips[reason] === undefined ? [] : [[reason, skips[reason]] as const]));
}

function entryOf({ service, outcome, because, branch, pull, plan }: ServiceReport): ServiceEntry {
  const decided = (plan?.outcomes ?? []).filter(({ kind }) => kind !== 'off' && kind !== 'not-applicable');
  return {
    service,
    outcome,
    because: redactSecrets(because),
    ...(branch === undefined ? {} : { branch }),
    ...(pull === undefined ? {} : { pullRequest: pull }),
    transforms: Object.fromEntries(decided.map(({ transform, kind }) => [transform, kind])),
    refusals: decided.flatMap((decision) =>
      'refusals' in decision
        ? decision.refusals.map(({ code, at, reason }) => ({
            transform: decision.transform,
            code,
            path: at.path,
            line: at.line,
            reason: redactSecrets(reason),
          }))
        : [],
    ),
    ...(plan?.size === undefined ? {} : { size: plan.size }),
  };
}
