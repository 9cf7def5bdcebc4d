/** `dockmod status`: migrated, open, declined, modified, refused, for each decision. Looks only. */

import { Option } from 'commander';

import { skipCounts, type RunReport } from '../bot/run-report.ts';
import { STATES, statusOf } from '../bot/status-report.ts';
import { sentence } from '../report/untrusted.ts';
import { atLeastOne, withPlatform, withTargets } from './bot-options.ts';
import { runBot, type BotRun, type BotRunOptions } from './bot-run.ts';
import type { Register } from './register.ts';
import { EXIT } from './exit.ts';
import type { Host } from './host.ts';

interface StatusOptions extends BotRunOptions {
  readonly services?: true;
  readonly json?: true;
}

export const register: Register = (command, host, run) => {
  command
    .argument('[path]', 'a clone, with --forge local')
    .addOption(new Option('--forge <forge>', 'github, or local').choices(['github', 'local']).default('github'));
  withPlatform(withTargets(command))
    .option('--services', 'list every service, too')
    .option('--jobs <n>', 'repositories that are cloned and planned at the same time', atLeastOne, 4)
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action(run((path: string | undefined, options: StatusOptions) => status(host, path, options)));
};

async function status(host: Host, path: string | undefined, options: StatusOptions): Promise<number> {
  return runBot(host, path, { ...options, dryRun: true }, (run) => show(host, options, run));
}

function show(host: Host, options: StatusOptions, { report, redact }: BotRun): number {
  const decisions = statusOf(report);
  if (options.json)
    host.stdout.write(
      redact(
        `${JSON.stringify({ schema: 'dockmod.status/1', decisions, skips: report.skips, repositories: report.repositories }, undefined, 2)}\n`,
      ),
    );
  else host.stdout.write(redact(table(report, options.services === true)));
  return report.stopped === undefined ? EXIT.done : report.stopped.reason === 'rate-limited' ? EXIT.rateLimited : EXIT.usage;
}

function table(report: RunReport, services: boolean): string {
  const decisions = statusOf(report);
  const width = Math.max('decision'.length, ...decisions.map(({ transform }) => transform.length));
  const lines = [['decision'.padEnd(width), ...STATES.map((state) => state.padStart(9))].join('')];
  for (const { transform, counts, refusals } of decisions) {
    lines.push([transform.padEnd(width), ...STATES.map((state) => String(counts[state]).padStart(9))].join(''));
    for (const { code, count } of refusals) lines.push(`  ${String(count).padStart(4)} refused: ${code}`);
  }
  for (const [reason, count] of skipCounts(report))
    lines.push(`${count} ${count === 1 ? 'repository' : 'repositories'} skipped: ${reason}`);
  if (services)
    for (const { repository, services: entries } of report.repositories)
      for (const { service, outcome, pullRequest, because } of entries)
        lines.push(
          `${LOOKS[outcome] ?? outcome}  ${sentence(repository)}  ${sentence(service)}${pullRequest === undefined ? '' : `  ${sentence(pullRequest.url)}`}  (${sentence(because.replace(/^dry run: /, ''))})`,
        );
  return `${lines.join('\n')}\n`;
}

/** What a dry run would do, said as a state. */
const LOOKS: Readonly<Record<string, string>> = {
  created: 'pending',
  updated: 'open',
  unchanged: 'open',
  closed: 'open',
  clean: 'migrated',
  deferred: 'pending',
};

const EXAMPLES = `
Examples:
  dockmod status --repo owner/name --services    every service with its pull request
  dockmod status --org NAME --json               for a dashboard of your own
  dockmod status --forge local .                 against the branches of a clone`;
