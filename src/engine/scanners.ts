/** Counts of packages and known vulnerabilities, from scanners that happen to be installed. None is installed. */

import { runCommand, type CommandResult } from './run-command.ts';

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
  /** Nothing can be fetched: databases are used as they are. */
  readonly offline: boolean;
}

const LIMITS = { timeout: 5 * 60_000, maxOutput: 64 << 20 } as const;

export type Scans =
  | { readonly kind: 'scanned'; readonly before: Scan; readonly after: Scan }
  | { readonly kind: 'none'; /** Why nothing was counted. */ readonly reasons: readonly string[] };

/** `problem` is undefined where the scanner is not installed. */
type Answer = Scan | { readonly scanner: Scan['scanner']; readonly problem: string | undefined };

/** What the first scanner that is there says about two local images. Both are asked of the same one: counts of two differ. */
export async function scanImages([before, after]: readonly [string, string], options: ScanOptions): Promise<Scans> {
  const reasons: string[] = [];
  for (const scan of [trivy, scout]) {
    const first = await scan(before, options);
    const second = 'problem' in first ? first : await scan(after, options);
    if (!('problem' in first) && !('problem' in second)) return { kind: 'scanned', before: first, after: second };
    const { scanner, problem } = 'problem' in second ? second : (first as Extract<Answer, { readonly problem: unknown }>);
    if (problem !== undefined) reasons.push(`${scanner} did not count vulnerabilities: ${problem}`);
  }
  return {
    kind: 'none',
    reasons: reasons.length > 0 ? reasons : ['vulnerabilities were not counted: neither trivy nor docker scout is installed'],
  };
}

/** Source: https://trivy.dev/docs/latest/configuration/reporting/#json. An image in which there is nothing to count has no `Results`. */
async function trivy(image: string, { env, signal, offline }: ScanOptions): Promise<Answer> {
  const common = { ...LIMITS, env, ...(signal === undefined ? {} : { signal }) };
  const result = await runCommand(
    'trivy',
    [
      'image',
      '--quiet',
      '--format',
      'json',
      '--scanners',
      'vuln',
      '--list-all-pkgs',
      ...(offline ? ['--skip-db-update', '--offline-scan'] : []),
      image,
    ],
    common,
  );
  if (result.outcome === 'missing') return { scanner: 'trivy', problem: undefined };
  const report = result.code === 0 ? record(parse(result.stdout)) : undefined;
  if (report === undefined || typeof report['SchemaVersion'] !== 'number') return { scanner: 'trivy', problem: reason(result) };
  const results = (Array.isArray(report['Results']) ? report['Results'] : []).map(record);
  const found = results
    .flatMap((entry) => (Array.isArray(entry?.['Vulnerabilities']) ? entry['Vulnerabilities'] : []))
    .map((entry) => record(entry)?.['Severity']);
  const packages = results.reduce((sum, entry) => sum + (Array.isArray(entry?.['Packages']) ? entry['Packages'].length : 0), 0);
  const version = await runCommand('trivy', ['version', '--format', 'json'], { ...common, timeout: 15_000 });
  const updated = record(record(parse(version.stdout))?.['VulnerabilityDB'])?.['UpdatedAt'];
  return { scanner: 'trivy', vulnerabilities: count(found), packages, ...(typeof updated === 'string' ? { databaseDate: updated } : {}) };
}

/** Source: https://docs.docker.com/reference/cli/docker/scout/cves/. Its database lives with Docker, and no date is told. */
async function scout(image: string, { env, signal, offline }: ScanOptions): Promise<Answer> {
  if (offline) return { scanner: 'docker scout', problem: undefined };
  const common = { ...LIMITS, env, ...(signal === undefined ? {} : { signal }) };
  // A docker without the plugin has several ways to say so; none of them answers this.
  if ((await runCommand('docker', ['scout', 'version'], { ...common, timeout: 15_000 })).code !== 0)
    return { scanner: 'docker scout', problem: undefined };
  const result = await runCommand('docker', ['scout', 'cves', '--format', 'sarif', `local://${image}`], common);
  const runs = result.code === 0 ? record(parse(result.stdout))?.['runs'] : undefined;
  const run = Array.isArray(runs) ? record(runs[0]) : undefined;
  const rules = record(record(run?.['tool'])?.['driver'])?.['rules'] ?? [];
  if (run === undefined || !Array.isArray(rules)) return { scanner: 'docker scout', problem: reason(result) };
  return {
    scanner: 'docker scout',
    vulnerabilities: count(rules.map((rule) => record(record(rule)?.['properties'])?.['cvssV3_severity'])),
  };
}

function reason({ outcome, stderr }: CommandResult): string {
  if (outcome !== 'exited') return outcome === 'timeout' ? 'it took too long' : `it was ${outcome}`;
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return (lines.findLast((line) => /error|fatal/i.test(line)) ?? lines.at(-1) ?? 'its answer is not the format that it is known for').slice(
    0,
    300,
  );
}

function count(severities: readonly unknown[]): Scan['vulnerabilities'] {
  const of = (name: string): number =>
    severities.filter((severity) => typeof severity === 'string' && severity.toLowerCase() === name).length;
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
