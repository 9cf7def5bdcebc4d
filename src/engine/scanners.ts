/** Counts of packages and known vulnerabilities, from scanners that happen to be installed. Nothing is installed or sent anywhere. */

import { runCommand } from './run-command.ts';

export interface Scan {
  readonly scanner: 'trivy' | 'docker scout';
  readonly vulnerabilities: Readonly<Record<'critical' | 'high' | 'medium' | 'low', number>>;
  /** Installed packages, where the scanner lists them. */
  readonly packages?: number;
  /** When the scanner's database was made (ISO 8601), where it says so: counts without a date mean nothing. */
  readonly databaseDate?: string;
}

export interface ScanOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

const LIMITS = { timeout: 5 * 60_000, maxOutput: 64 << 20 } as const;

/** What the first scanner that is there says about a local image; `undefined` when there is none or it fails. */
export async function scanImage(image: string, options: ScanOptions): Promise<Scan | undefined> {
  return (await trivy(image, options)) ?? scout(image, options);
}

async function trivy(image: string, options: ScanOptions): Promise<Scan | undefined> {
  const result = await runCommand('trivy', ['image', '--quiet', '--format', 'json', '--scanners', 'vuln', '--list-all-pkgs', image], { ...LIMITS, ...options });
  const report = result.code === 0 ? record(parse(result.stdout)) : undefined;
  if (report === undefined || !Array.isArray(report['Results'])) return undefined;
  const results = report['Results'].map(record);
  const found = results.flatMap((entry) => (Array.isArray(entry?.['Vulnerabilities']) ? entry['Vulnerabilities'] : [])).map((entry) => record(entry)?.['Severity']);
  const packages = results.reduce((sum, entry) => sum + (Array.isArray(entry?.['Packages']) ? entry['Packages'].length : 0), 0);
  const version = await runCommand('trivy', ['version', '--format', 'json'], { ...LIMITS, ...options, timeout: 15_000 });
  const updated = record(record(parse(version.stdout))?.['VulnerabilityDB'])?.['UpdatedAt'];
  return { scanner: 'trivy', vulnerabilities: count(found), packages, ...(typeof updated === 'string' ? { databaseDate: updated } : {}) };
}

async function scout(image: string, options: ScanOptions): Promise<Scan | undefined> {
  const result = await runCommand('docker', ['scout', 'cves', '--format', 'sarif', `local://${image}`], { ...LIMITS, ...options });
  const runs = result.code === 0 ? record(parse(result.stdout))?.['runs'] : undefined;
  const run = Array.isArray(runs) ? record(runs[0]) : undefined;
  const rules = record(record(run?.['tool'])?.['driver'])?.['rules'];
  if (!Array.isArray(rules)) return undefined;
  return { scanner: 'docker scout', vulnerabilities: count(rules.map((rule) => record(record(rule)?.['properties'])?.['cvssV3_severity'])) };
}

function count(severities: readonly unknown[]): Scan['vulnerabilities'] {
  const of = (name: string): number => severities.filter((severity) => typeof severity === 'string' && severity.toLowerCase() === name).length;
  return { critical: of('critical'), high: of('high'), medium: of('medium'), low: of('low') };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}
