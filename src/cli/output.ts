/** Prints findings in the format that was asked for. Each format is loaded only when it is used. */

import type { Findings } from '../report/findings.ts';
import { serviceReport, totals, type TerminalStyle } from '../report/terminal.ts';
import { summarise } from '../report/summary.ts';
import { sentence } from '../report/untrusted.ts';
import type { Format, OutputOptions } from './options.ts';

const RENDERERS: Readonly<Record<Exclude<Format, 'text'>, () => Promise<(findings: Findings) => string>>> = {
  json: async () => (await import('../report/json.ts')).jsonReport,
  sarif: async () => (await import('../report/sarif.ts')).sarifReport,
  github: async () => (await import('../report/github.ts')).githubReport,
  markdown: async () => (await import('../report/markdown.ts')).markdownReport,
};

export function formatOf({ format, json }: OutputOptions): Format {
  return json ? 'json' : format;
}

/** The report for machines; `undefined` for `text`, which every command prints in its own way. */
export async function machineReport(options: OutputOptions, findings: Findings): Promise<string | undefined> {
  const format = formatOf(options);
  return format === 'text' ? undefined : (await RENDERERS[format]())(findings);
}

/** What people read on stderr: every service with something to say, what was not understood, the totals. */
export function summaryText(findings: Findings, style: TerminalStyle): string {
  const services = findings.plans.map((plan) => serviceReport(plan, style)).join('');
  const problems = findings.problems.map(({ at, message }) => `${style.paint.yellow('not understood')}  ${sentence(`${style.show(at.path)}:${at.line}: ${message}`)}\n`).join('');
  return `${services}${problems}${problems === '' ? '' : '\n'}${totals(summarise(findings.plans), style)}`;
}
