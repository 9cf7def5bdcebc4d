/** What the engine tests share: repositories in scratch directories, stand-in tags, plans that force a change. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { detectEngine } from '../../../src/engine/detect.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { DEFAULT_LIMITS, type Verification } from '../../../src/engine/verification.ts';
import { verify } from '../../../src/engine/verify.ts';
import { createImages } from '../../../src/images/table.ts';
import { migrate } from '../../../src/migrate.ts';
import { DEFAULT_CONFIGURATION, type Configuration } from '../../../src/plan/configuration.ts';
import { PLAN_SCHEMA, type Plan } from '../../../src/plan/plan.ts';
import { openRepository } from '../../../src/repository/disk-files.ts';
import { textOf } from '../../../src/repository/files.ts';
import type { RepoPath } from '../../../src/repository/path.ts';
import type { Service } from '../../../src/repository/service.ts';
import type { ContractChange } from '../../../src/transforms/transform.ts';

export const engineUnderTest = inject('engine');

export function docker(args: readonly string[], input?: string): { readonly status: number; readonly out: string } {
  const result = spawnSync('docker', args, { env: engineUnderTest?.env, encoding: 'utf8', input, maxBuffer: 64 << 20 });
  return { status: result.status ?? -1, out: `${result.stdout}${result.stderr}` };
}

/** For preparations: what they need must work. */
export function must<T extends { readonly status: number | null }>(result: T): T {
  if (result.status !== 0) throw new Error(JSON.stringify(result));
  return result;
}

export async function engine(): Promise<Engine> {
  const detection = await detectEngine('docker', {
    env: engineUnderTest?.env ?? {},
    pid: process.pid,
    now: () => performance.now(),
    buildNetwork: 'host',
  });
  if (detection.kind === 'none') throw new Error(detection.reasons.join('; '));
  return detection.engine;
}

/** The stand-in for a public image; `undefined` for an image that has none. */
function standIn(reference: string): string | undefined {
  if (reference.startsWith('golang:') && /alpine|trixie/.test(reference))
    return reference.includes('alpine') ? 'golang:stand-in-alpine' : 'golang:stand-in-trixie';
  // The traps' builder, which is never measured.
  if (reference === 'golang:1.25-bookworm') return 'golang:stand-in-warm';
  if (reference.startsWith('golang:')) return 'golang:stand-in';
  if (reference.startsWith('rust:')) return 'rust:stand-in';
  if (reference.startsWith('python:')) return 'python:stand-in';
  if (reference.startsWith('node:')) return 'node:stand-in';
  if (reference.startsWith('denoland/deno:'))
    return reference.startsWith('denoland/deno:bin') ? 'denoland/deno:stand-in-bin' : 'denoland/deno:stand-in';
  if (/^alpine(?:$|:)/.test(reference)) return 'alpine:3.20';
  return undefined;
}

/** Gives the stand-ins the names that these Dockerfiles use. */
export function tagStandIns(...dockerfiles: readonly string[]): void {
  for (const text of dockerfiles) {
    for (const [, reference = ''] of text.matchAll(/^(?:FROM|COPY)[ \t]+(?:--(?:from|platform)=)?([^\s]+)/gim)) {
      const full = reference.includes(':') ? reference : `${reference}:latest`;
      const from = standIn(full);
      if (from !== undefined && from !== full && docker(['tag', from, full]).status !== 0)
        throw new Error(`no stand-in ${from} for ${full}`);
    }
  }
}

export interface Repository {
  readonly root: string;
  readonly plans: readonly Plan[];
  readonly services: readonly Service[];
}

/** Writes a repository with times long past, as a checkout in CI has them against a warm build cache. */
export function repository(files: Readonly<Record<string, string>>, configuration: Configuration = DEFAULT_CONFIGURATION): Repository {
  const root = mkdtempSync(join(tmpdir(), 'dockmod-engine-test-'));
  const old = new Date('2024-01-01T00:00:00Z');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    utimesSync(join(root, path), old, old);
  }
  return plan(root, configuration);
}

export function plan(root: string, configuration: Configuration = DEFAULT_CONFIGURATION): Repository {
  const plans: Plan[] = [];
  const run = migrate(openRepository(root), { configuration, images: createImages() });
  let step = run.next();
  for (; step.done !== true; step = run.next()) plans.push(step.value);
  return { root, plans, services: step.value.services };
}

/** A plan that replaces the Dockerfile whatever dockmod thinks of it: a naive codemod. */
export function forced({ root, plans: [original] }: Repository, after: string): Plan {
  if (original === undefined) throw new Error('no service found');
  const declares = (
    ['base', 'user', 'entrypoint', 'cmd', 'workdir', 'env', 'files', 'packages', 'platform', 'volumes', 'healthcheck'] as const
  ).map((field): ContractChange => ({ field, because: 'forced' }));
  const before = textOf(openRepository(root), original.dockerfile);
  return {
    schema: PLAN_SCHEMA,
    service: original.service,
    dockerfile: original.dockerfile,
    outcomes: [{ transform: 'forced', kind: 'applied', evidence: [], refusals: [], lines: [], declares }],
    changes: [{ path: original.dockerfile, before, after }],
    checks: [],
    hash: 'sha256:0',
  };
}

let runs = 0;
export async function proven(
  repo: Repository,
  which: Plan,
  options: { readonly rebuild?: boolean; /** Milliseconds to wait for ports and health. */ readonly patience?: number } = {},
): Promise<Verification> {
  const service = repo.services.find(({ name, dockerfile }) => name === which.service && dockerfile === which.dockerfile);
  if (service === undefined) throw new Error(`no service ${which.service}`);
  const files = openRepository(repo.root);
  tagStandIns(textOf(files, which.dockerfile) ?? '', which.changes.find(({ path }) => path === which.dockerfile)?.after ?? '');
  runs += 1;
  return verify(which, service, {
    root: repo.root,
    files,
    engine: await engine(),
    id: `${process.pid}-${runs}`,
    offline: true,
    reach: { kind: 'namespace', node: process.execPath },
    limits: { ...DEFAULT_LIMITS, uptime: 1500, patience: options.patience ?? DEFAULT_LIMITS.patience },
    env: engineUnderTest?.env ?? {},
    now: () => performance.now(),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    scan: false,
    rebuild: options.rebuild === true,
    compressed,
  });
}
const compressed = new Map<string, number>();

/** Codes with which dockmod refused anything here. */
export function refusals({ plans }: Repository): readonly string[] {
  return plans.flatMap(({ outcomes }) =>
    outcomes.flatMap((outcome) => ('refusals' in outcome ? outcome.refusals.map(({ code }) => code) : [])),
  );
}

export function serviceDockerfile({ root }: Repository, path: string): string {
  return textOf(openRepository(root), path as RepoPath) ?? '';
}
