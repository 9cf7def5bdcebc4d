/** Brings a private engine with stand-in base images up before the tests, and down again afterwards. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

export interface EngineUnderTest {
  readonly env: Record<string, string>;
  readonly directory: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** `undefined` where no engine can be had; the tests are skipped then. */
    engine: EngineUnderTest | undefined;
  }
}

/** Each list's images need those of the lists above it; lists of one line are made side by side. */
const BASES = [
  [
    ['debian', 'trixie'],
    ['distroless12', 'distroless13', 'alpine'],
  ],
  [
    ['alpine', 'trixie', 'go'],
    ['rust', 'python', 'node', 'deno'],
  ],
];

/**
 * DOCKMOD_ENGINE_DIR keeps engine and images between runs. Where no engine can be had the tests are skipped, loudly;
 * with CI set that is a failure, so that a green run means that images were built.
 */
export async function setup(project: TestProject): Promise<void> {
  const kept = process.env['DOCKMOD_ENGINE_DIR'];
  const directory = kept ?? join(tmpdir(), 'dockmod-engine');
  const started = spawnSync('scripts/engine/up.sh', [directory], { stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8' });
  if (started.status !== 0) {
    const reason = started.stderr.trim().split('\n').at(-1) ?? 'unknown';
    if (process.env['CI'] !== undefined) throw new Error(`engine tests cannot run: ${reason}`);
    process.stderr.write(`\nSKIPPED (${reason}): no image was built, nothing was proven by an engine\n\n`);
    project.provide('engine', undefined);
    return;
  }
  const env: Record<string, string> = { HOME: process.env['HOME'] ?? '/root', DOCKMOD_ENGINE_DIR: directory };
  for (const [, name, value] of readFileSync(join(directory, 'env'), 'utf8').matchAll(/([A-Z_]+)=(\S+)/g))
    if (name !== undefined && value !== undefined) env[name] = value;
  for (const line of BASES) {
    const made = line.map((names) =>
      spawn('scripts/engine/bases.sh', [join(directory, 'bases'), ...names], {
        stdio: 'inherit',
        env: { ...process.env, ...env, PATH: `${env['PATH']}:${process.env['PATH'] ?? ''}` },
      }),
    );
    const codes = await Promise.all(made.map(async (child) => ((await once(child, 'close')) as readonly unknown[])[0]));
    if (codes.some((code) => code !== 0)) throw new Error('the stand-in base images could not be made');
  }
  project.provide('engine', { env, directory });
  if (kept === undefined) running = directory;
}

/** The engine to stop afterwards; one that was there before stays. */
let running: string | undefined;

export function teardown(): void {
  if (running !== undefined) spawnSync('scripts/engine/down.sh', [running], { stdio: 'inherit' });
}
