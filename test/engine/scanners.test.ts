/** Scanners played by scripts on PATH that print what trivy 0.5x and docker scout 1.1x print, shortened to the fields that are read. */

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { scanImages } from '../../src/engine/scanners.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'dockmod-scanner-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function program(name: string, script: string): void {
  writeFileSync(join(directory, name), `#!/bin/sh\necho "$*" >> ${directory}/calls\n${script}\n`);
  chmodSync(join(directory, name), 0o755);
}
const calls = (): string => readFileSync(join(directory, 'calls'), 'utf8');
const scan = (offline = false) => scanImages(['app:before', 'app:after'], { env: { PATH: `${directory}:/usr/bin:/bin` }, offline });

const TRIVY_BEFORE = JSON.stringify({
  SchemaVersion: 2,
  ArtifactName: 'app:before',
  ArtifactType: 'container_image',
  Results: [
    {
      Target: 'app:before (debian 12.7)',
      Class: 'os-pkgs',
      Type: 'debian',
      Packages: [{ Name: 'apt' }, { Name: 'bash' }, { Name: 'perl-base' }],
      Vulnerabilities: [
        { VulnerabilityID: 'CVE-2023-31484', Severity: 'HIGH' },
        { VulnerabilityID: 'CVE-2023-45853', Severity: 'CRITICAL' },
        { VulnerabilityID: 'CVE-2011-3374', Severity: 'LOW' },
        { VulnerabilityID: 'CVE-0', Severity: 'UNKNOWN' },
      ],
    },
    {
      Target: 'app',
      Class: 'lang-pkgs',
      Type: 'gobinary',
      Packages: [{ Name: 'stdlib' }],
      Vulnerabilities: [{ VulnerabilityID: 'CVE-2024-24790', Severity: 'CRITICAL' }],
    },
  ],
});
/** An image in which trivy finds no package manager and no manifest. */
const TRIVY_AFTER = JSON.stringify({ SchemaVersion: 2, ArtifactName: 'app:after', ArtifactType: 'container_image' });
const TRIVY_VERSION = JSON.stringify({
  Version: '0.58.0',
  VulnerabilityDB: {
    Version: 2,
    NextUpdate: '2026-09-18T00:00:00Z',
    UpdatedAt: '2026-09-17T12:16:05.164Z',
    DownloadedAt: '2026-09-17T15:00:00Z',
  },
});
const TRIVY = `case "$*" in version*) echo '${TRIVY_VERSION}' ;; *app:before) echo '${TRIVY_BEFORE}' ;; *) echo '${TRIVY_AFTER}' ;; esac`;
const SCOUT = (severities: readonly string[]): string =>
  JSON.stringify({
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'docker scout',
            version: '1.15.0',
            rules: severities.map((cvssV3_severity, index) => ({ id: `CVE-${index}`, properties: { cvssV3_severity } })),
          },
        },
        results: [],
      },
    ],
  });

test('trivy: counts, packages, and the day of its database', async () => {
  program('trivy', TRIVY);
  expect(await scan()).toEqual({
    kind: 'scanned',
    before: {
      scanner: 'trivy',
      vulnerabilities: { critical: 2, high: 1, medium: 0, low: 1 },
      packages: 4,
      databaseDate: '2026-09-17T12:16:05.164Z',
    },
    after: {
      scanner: 'trivy',
      vulnerabilities: { critical: 0, high: 0, medium: 0, low: 0 },
      packages: 0,
      databaseDate: '2026-09-17T12:16:05.164Z',
    },
  });
  expect(calls()).not.toContain('--skip-db-update');
});

test('offline, trivy uses the database that it has, and docker scout is not asked', async () => {
  program('trivy', 'echo "FATAL Fatal error run error: --skip-db-update cannot be specified on the first run" >&2; exit 1');
  program('docker', 'exit 0');
  expect(await scan(true)).toEqual({
    kind: 'none',
    reasons: [expect.stringMatching(/^trivy did not count vulnerabilities: FATAL .*first run$/)],
  });
  expect(calls()).toContain('--skip-db-update --offline-scan app:before');
  expect(calls()).not.toContain('scout');
});

test('docker scout where there is no trivy: its database has no date', async () => {
  program(
    'docker',
    `case "$*" in *before) echo '${SCOUT(['CRITICAL', 'HIGH', 'HIGH', 'MEDIUM', 'LOW', 'UNSPECIFIED'])}' ;; *) echo '${SCOUT([])}' ;; esac`,
  );
  expect(await scan()).toEqual({
    kind: 'scanned',
    before: { scanner: 'docker scout', vulnerabilities: { critical: 1, high: 2, medium: 1, low: 1 } },
    after: { scanner: 'docker scout', vulnerabilities: { critical: 0, high: 0, medium: 0, low: 0 } },
  });
  expect(calls()).toContain('scout cves --format sarif local://app:before');
});

test.each([
  [
    'neither is installed',
    'echo "unknown flag: --format" >&2; echo "Run docker --help" >&2; exit 125',
    'neither trivy nor docker scout is installed',
  ],
  [
    'docker scout wants a login',
    '[ "$2" = version ] || { echo "ERROR Status: Log in with your Docker ID" >&2; exit 1; }',
    'docker scout did not count vulnerabilities: ERROR Status: Log in',
  ],
  ['garbage', 'echo "<html>"', 'not the format'],
])('%s: it is said, and nothing is counted', async (_what, docker, text) => {
  program('docker', docker);
  expect(await scan()).toEqual({ kind: 'none', reasons: [expect.stringContaining(text)] });
});

test('the two images are never counted by different scanners', async () => {
  program(
    'trivy',
    `case "$*" in *after) echo "FATAL cannot analyse" >&2; exit 1 ;; version*) echo '${TRIVY_VERSION}' ;; *) echo '${TRIVY_BEFORE}' ;; esac`,
  );
  program('docker', `echo '${SCOUT(['LOW'])}'`);
  expect(await scan()).toMatchObject({ kind: 'scanned', before: { scanner: 'docker scout' }, after: { scanner: 'docker scout' } });
});
