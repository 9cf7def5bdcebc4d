/** Which engine is there, and answers. */

import { cliEngine, type EngineOptions } from './cli-engine.ts';
import type { Engine, EngineName } from './engine.ts';
import { runCommand } from './run-command.ts';

const ORDER: readonly EngineName[] = ['docker', 'podman', 'buildah'];

export type Detection =
  | { readonly kind: 'found'; readonly engine: Engine }
  | { readonly kind: 'none'; /** What was tried and what came of it, one sentence each. */ readonly reasons: readonly string[] };

/** The engine that `wanted` names, else the first that answers. An installed client without its daemon is no engine. */
export async function detectEngine(wanted: EngineName | undefined, options: EngineOptions): Promise<Detection> {
  const reasons: string[] = [];
  for (const name of wanted === undefined ? ORDER : [wanted]) {
    const args = name === 'docker' ? ['version', '--format', '{{.Server.Version}}'] : ['--version'];
    const result = await runCommand(name, args, {
      timeout: 15_000,
      env: options.env,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const version = /\d+\.\d+[\w.+~-]*/.exec(result.stdout)?.[0];
    if (result.outcome === 'exited' && result.code === 0 && version !== undefined)
      return { kind: 'found', engine: cliEngine(name, `${name} ${version}`, options) };
    reasons.push(
      result.outcome === 'missing'
        ? `${name} is not installed`
        : `${name} does not answer: ${result.stderr.trim().split('\n')[0] ?? result.outcome}`,
    );
  }
  return { kind: 'none', reasons };
}
