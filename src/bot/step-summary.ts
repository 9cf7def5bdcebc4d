/** The run for the summary page of a GitHub Actions job: totals, pull requests, refusals by reason. */

import { code, prose } from '../report/neutralise.ts';
import { OUTCOMES } from './action.ts';
import { skipCounts, type RunReport } from './run-report.ts';

/** GitHub takes 1 MiB for a step. */
const MAX_ROWS = 200;

export function stepSummary(report: RunReport): string {
  const { outcomes, refusals, repositories, stopped, dryRun } = report;
  const totals = OUTCOMES.filter((outcome) => outcomes[outcome] > 0).map((outcome) => `| ${outcome} | ${outcomes[outcome]} |`);
  const rows = repositories.flatMap(({ repository, services }) =>
    services
      .filter(({ outcome }) => outcome !== 'clean' && outcome !== 'refused')
      .map(
        ({ service, outcome, because, pullRequest }) =>
          `| ${code(repository, true)} | ${code(service, true)} | ${outcome} | ${pullRequest === undefined ? '' : linked(pullRequest)} | ${prose(because.slice(0, 300))} |`,
      ),
  );
  return [
    `## dockmod${dryRun ? ' (dry run)' : ''}`,
    ...(stopped === undefined ? [] : [`**Stopped early**: ${prose(stopped.because)}. The next run goes on.`]),
    totals.length === 0 ? 'No service was planned.' : ['| outcome | services |', '| --- | ---: |', ...totals].join('\n'),
    ...section('Pull requests', '| repository | service | outcome | | why |\n| --- | --- | --- | --- | --- |', rows),
    ...section(
      'Refused, by reason',
      '| reason | times |\n| --- | ---: |',
      refusals.map(({ code: id, count }) => `| ${code(id, true)} | ${count} |`),
    ),
    ...section(
      'Skipped repositories',
      '| why | repositories |\n| --- | ---: |',
      skipCounts(report).map(([reason, count]) => `| ${reason} | ${count} |`),
    ),
    '',
  ].join('\n\n');
}

function section(title: string, head: string, rows: readonly string[]): readonly string[] {
  if (rows.length === 0) return [];
  const more = rows.length > MAX_ROWS ? [`\n… and ${rows.length - MAX_ROWS} more, in the report.`] : [];
  return [`### ${title}`, [head, ...rows.slice(0, MAX_ROWS), ...more].join('\n')];
}

/** Only addresses of the platform become links. */
function linked({ number, url }: { readonly number: number; readonly url: string }): string {
  return /^https?:\/\/[\w.:-]+\/[\w./-]+$/.test(url) ? `[#${number}](${url})` : code(url, true);
}
