/** What the bot's commands print: results on stdout, the log as NDJSON on stderr, the report and the step summary as files. */

import { appendFileSync, lstatSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { OUTCOMES } from '../bot/action.ts';
import { hasFailures, skipCounts, type RepositoryEntry, type RunReport } from '../bot/run-report.ts';
import { stepSummary } from '../bot/step-summary.ts';
import { REFUSALS } from '../transforms/refusal.ts';
import { sentence } from '../report/untrusted.ts';
import { EXIT, type ExitCode } from './exit.ts';
import type { Host } from './host.ts';

export interface BotOutputOptions {
  readonly report?: string;
  readonly exitCode?: true;
}

export interface BotLog {
  readonly warn: (message: string) => void;
  readonly repository: (entry: RepositoryEntry) => void;
}

/** People at a terminal get sentences, programs get a JSON object a line. `redact` is asked for late: the credential is found after the start. */
export function botLog({ stdout, stderr }: Host, redact: (text: string) => string): BotLog {
  const event = (level: string, fields: Readonly<Record<string, unknown>>, text: string): void =>
    stderr.write(stderr.isTerminal ? `dockmod: ${redact(sentence(text))}\n` : `${redact(JSON.stringify({ level, ...fields }))}\n`);
  return {
    warn: (message) => event('warn', { event: 'warning', message }, message),
    repository: ({ repository, skip, services }) => {
      if (skip !== undefined)
        event(
          'info',
          { event: 'skipped', repository, reason: skip.reason, detail: skip.detail },
          `${repository}: skipped (${skip.reason}): ${skip.detail}`,
        );
      for (const { service, outcome, because, pullRequest, branch } of services) {
        if (!stderr.isTerminal)
          event(
            outcome === 'failed' ? 'error' : 'info',
            { event: 'service', repository, service, outcome, because, branch, pullRequest: pullRequest?.url },
            '',
          );
        const where = pullRequest?.url ?? branch ?? '';
        stdout.write(
          redact(
            `${outcome.padEnd(9)}  ${sentence(repository)}  ${sentence(service)}${where === '' || outcome === 'clean' || outcome === 'refused' ? '' : `  ${sentence(where)}`}${outcome === 'unchanged' || outcome === 'clean' ? '' : `  (${sentence(because)})`}\n`,
          ),
        );
      }
    },
  };
}

/** Totals, the report file and the step summary; answers the exit code. */
export function finishRun(host: Host, report: RunReport, options: BotOutputOptions, redact: (text: string) => string): ExitCode {
  const { env, cwd, stderr } = host;
  if (options.report !== undefined) writeWhole(resolve(cwd, options.report), redact(`${JSON.stringify(report, undefined, 2)}\n`));
  if (env['GITHUB_STEP_SUMMARY']) appendFileSync(env['GITHUB_STEP_SUMMARY'], redact(stepSummary(report)));
  if (stderr.isTerminal) stderr.write(redact(totals(report)));
  else
    stderr.write(
      redact(
        `${JSON.stringify({ level: 'info', event: 'done', outcomes: report.outcomes, skips: report.skips, refusals: report.refusals, stopped: report.stopped })}\n`,
      ),
    );
  return exitCodeOf(report, options);
}

function exitCodeOf(report: RunReport, { exitCode }: BotOutputOptions): ExitCode {
  if (report.stopped?.reason === 'unauthorised') return EXIT.usage;
  if (hasFailures(report)) return EXIT.failed;
  if (report.stopped !== undefined) return EXIT.rateLimited;
  const { created, updated, closed, deferred } = report.outcomes;
  return exitCode && created + updated + closed + deferred > 0 ? EXIT.pending : EXIT.done;
}

function totals(report: RunReport): string {
  const counts = OUTCOMES.filter((outcome) => report.outcomes[outcome] > 0).map((outcome) => `${report.outcomes[outcome]} ${outcome}`);
  const lines = [
    `${report.repositories.length} ${report.repositories.length === 1 ? 'repository' : 'repositories'}: ${counts.join(', ') || 'nothing to do'}${report.dryRun ? ' (dry run: nothing was written)' : ''}`,
  ];
  for (const [reason, count] of skipCounts(report)) lines.push(`  ${String(count).padStart(4)}  skipped: ${reason}`);
  for (const { code, count } of report.refusals)
    lines.push(`  ${String(count).padStart(4)}  refused: ${code}: ${code in REFUSALS ? REFUSALS[code as keyof typeof REFUSALS] : ''}`);
  if (report.stopped !== undefined)
    lines.push(
      `Stopped early: ${sentence(report.stopped.because)}. Run again${report.stopped.retryAfterSeconds === undefined ? '' : ` in ${Math.ceil(report.stopped.retryAfterSeconds / 60)} minutes`}: the next run goes on where this one stopped.`,
    );
  return `${lines.join('\n')}\n`;
}

/** The whole file, or the old one. What is there and no plain file (`/dev/null`, a pipe, `/dev/stdout`) is written to, never replaced. */
function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile()) {
    writeFileSync(path, text);
    return;
  }
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
}
