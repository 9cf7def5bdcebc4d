/** Prints findings in the format that was asked for. Each format is loaded only when it is used. */

import type { Findings } from '../report/findings.ts';
import { leftAlone } from '../report/left-alone.ts';
import { sharedChecks } from '../report/shared-checks.ts';
import type { TerminalStyle } from '../report/layout.ts';
import { serviceReport, totals } from '../report/terminal.ts';
import { summarise } from '../report/summary.ts';
import type { Format, OutputOptions } from './options.ts';

const RENDERERS: Readonly<Record<Exclude<Format, 'text'>, () => Promise<(findings: Findings) => string>>> = {
  json: async () => (await import('../report/json.ts')).jsonReport,
  sarif: async () => (await import('../report/sarif.ts')).sarifReport,
  github: async () => (await import('../report/github.ts')).githubReport,
  markdown: async () => (await import('../report/markdown.ts')).markdownReport,
};

function formatOf({ format, json }: OutputOptions): Format {
  return json ? 'json' : format;
}

/** The report for machines; `undefined` for `text`, which every command prints in its own way. */
export async function machineReport(options: OutputOptions, findings: Findings): Promise<string | undefined> {
  const format = formatOf(options);
  return format === 'text' ? undefined : (await RENDERERS[format]())(findings);
}

/** What people read on stderr: every service with something to say, what they share, what was left alone or not understood, the totals. */
export function summaryText(findings: Findings, style: TerminalStyle, tense?: Parameters<typeof totals>[2]): string {
  const shared = sharedChecks(findings.plans);
  const services = findings.plans.map((plan) => serviceReport(plan, style, shared.has)).join('');
  const checks = shared.lines(style);
  const block = (lines: readonly string[]): string => (lines.length === 0 ? '' : `${lines.join('\n')}\n\n`);
  return `${services}${checks.length === 0 ? '' : `${style.paint.bold('several services')}\n`}${block(checks)}${block(leftAlone(findings, style))}${totals(summarise(findings.plans), style, tense)}`;
}
