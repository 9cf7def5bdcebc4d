/** Starts the images before and after under the same conditions, and watches both. */

import { existsSync } from 'node:fs';
import type { Plan } from '../plan/plan.ts';
import type { ContainerState, RunRequest } from './engine.ts';
import type { Expectations } from './expectations.ts';
import type { ImageConfig } from './image-config.ts';
import { observe, type Observation, type Watch } from './observe.ts';
import type { Reach } from './probe.ts';
import type { BothSides, Leavings, SideName, VerifyOptions } from './verification.ts';

/** Asked of every port that speaks HTTP; only differences count. */
const USUAL_PATHS = ['/', '/healthz', '/health'] as const;

/** Hardened first. Where the image as it is cannot live with that, both run plainly: the question is what the change does. */
export async function runSides(
  plan: Plan,
  tags: BothSides<string>,
  config: BothSides<ImageConfig>,
  expectations: BothSides<Expectations>,
  leavings: Leavings,
  options: VerifyOptions,
): Promise<BothSides<Observation>> {
  const said = [expectations.before, expectations.after];
  const ports = [
    ...new Set([
      ...said.flatMap(({ ports: expected }) => expected),
      ...[...config.before.ports, ...config.after.ports].filter((port) => !port.endsWith('/udp')).map((port) => Number.parseInt(port, 10)),
    ]),
  ].filter((port) => port > 0 && port < 65536);
  const watch: Omit<Watch, 'probes'> = {
    uptime: options.limits.uptime,
    patience: options.limits.patience,
    paths: [...new Set([...USUAL_PATHS, ...said.flatMap(({ paths }) => paths)])],
    reach: (state) => reachOf(state, options),
    now: options.now,
    sleep: options.sleep,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const network = await networkFor(options, leavings);
  const start = async (which: SideName, profile: RunRequest['profile']): Promise<Observation> => {
    options.onStep?.(`running ${plan.service} ${which === 'before' ? 'as it is' : 'as it would be'}`);
    const name = `dockmod-verify-${options.id}-${which}-${profile}`;
    leavings.containers.push(name);
    const { user, env, volumes, tmpfs, entrypoint, command, probes } = expectations[which];
    const observation = await observe(
      options.engine,
      {
        image: tags[which],
        name,
        profile,
        network,
        ports,
        env,
        volumes,
        tmpfs,
        memory: options.limits.memory,
        ...(user === undefined ? {} : { user }),
        ...(entrypoint === undefined ? {} : { entrypoint }),
        ...(command === undefined ? {} : { command }),
      },
      { ...watch, probes },
    );
    await options.engine.remove([name], []);
    return observation;
  };
  const before = await start('before', 'hardened');
  if (before.outcome === 'up' || before.outcome === 'aborted' || before.exitCode === 0)
    return { before, after: await start('after', 'hardened') };
  const plainly = await start('before', 'plain');
  if (plainly.outcome !== 'up' && plainly.exitCode !== 0) return { before, after: await start('after', 'hardened') };
  const after = await start('after', 'hardened');
  // It may run hardened now, which it did not before; only a failure is compared under the same conditions.
  return { before: plainly, after: after.outcome === 'up' ? after : await start('after', 'plain') };
}

/** None at all where ports can be asked from inside; else one of its own. */
async function networkFor({ engine, reach, id }: VerifyOptions, leavings: Leavings): Promise<RunRequest['network']> {
  if (reach.kind === 'namespace') return { kind: 'none' };
  const name = `dockmod-verify-${id}`;
  const made = await engine.createNetwork(name);
  if (made) leavings.networks.push(name);
  return { kind: 'published', name: made ? name : undefined };
}

function reachOf(state: ContainerState, { reach }: VerifyOptions): Reach | undefined {
  if (reach.kind === 'published') return { kind: 'published', ports: state.published, node: reach.node };
  return state.pid > 0 && existsSync(`/proc/${state.pid}/ns/net`) ? { kind: 'namespace', pid: state.pid, node: reach.node } : undefined;
}
