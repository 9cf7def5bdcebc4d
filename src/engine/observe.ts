/** Starts an image as a container platform would, and watches what it does. */

import type { ContainerState, Engine, RunRequest } from './engine.ts';
import { probePorts, type PortAnswer, type Reach } from './probe.ts';
import { symptomsIn, type Symptom } from './symptoms.ts';

/** A probe that a compose file or a manifest runs inside the container. */
export interface InsideProbe {
  /** The same for the probe that stands in this one's place after a change. */
  readonly key: string;
  readonly argv: readonly string[];
  /** `compose.yaml:12`. */
  readonly at: string;
}

export interface Watch {
  /** Milliseconds that the container must stay up. */
  readonly uptime: number;
  /** Milliseconds to wait for ports and health at most. */
  readonly patience: number;
  readonly paths: readonly string[];
  readonly probes: readonly InsideProbe[];
  readonly reach: (state: ContainerState) => Reach | undefined;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly signal?: AbortSignal;
}

export interface Observation {
  readonly profile: RunRequest['profile'];
  /** up: still running at the end; exited: it ended by itself; not-started: the engine could not start it. */
  readonly outcome: 'up' | 'exited' | 'not-started' | 'aborted';
  readonly exitCode: number | undefined;
  /** Why it did not start, where the engine says so. */
  readonly error: string;
  readonly outOfMemory: boolean;
  /** Milliseconds until every expected port answered; undefined when one never did. */
  readonly readyAfter: number | undefined;
  readonly ports: readonly PortAnswer[];
  /** The ports could be asked. */
  readonly asked: boolean;
  readonly health: ContainerState['health'];
  readonly healthLog: string;
  readonly probes: readonly {
    readonly key: string;
    readonly at: string;
    readonly argv: readonly string[];
    readonly code: number | undefined;
    readonly output: string;
  }[];
  /** Effective user of the first process. */
  readonly uid: number | undefined;
  readonly symptoms: readonly Symptom[];
  readonly log: string;
}

const PAUSE = 300;

export async function observe(engine: Engine, request: RunRequest, watch: Watch): Promise<Observation> {
  const started = watch.now();
  const elapsed = (): number => watch.now() - started;
  const run = await engine.run(request);
  let state = await engine.state(request.name);
  if (run.kind !== 'started') {
    const log = await engine.logs(request.name);
    return {
      ...EMPTY,
      profile: request.profile,
      outcome: 'not-started',
      exitCode: state.exitCode,
      error: run.reason,
      symptoms: symptomsIn(`${run.reason}\n${log}`),
      log,
    };
  }
  let ports: readonly PortAnswer[] = [];
  let asked = false;
  let readyAfter: number | undefined;
  let uid: number | undefined;
  while (state.status === 'running' && watch.signal?.aborted !== true) {
    const reach = watch.reach(state);
    if (reach !== undefined && readyAfter === undefined) {
      const answers = await probePorts(reach, {
        ports: request.ports,
        paths: watch.paths,
        ...(watch.signal === undefined ? {} : { signal: watch.signal }),
      });
      if (answers !== undefined) {
        asked = true;
        ports = answers;
        if (request.ports.length > 0 && answers.length === request.ports.length && answers.every(({ open }) => open))
          readyAfter = elapsed();
      }
    }
    uid ??= await engine.uid(request.name);
    const settled =
      (request.ports.length === 0 || readyAfter !== undefined || !asked) && state.health !== 'starting' && state.health !== 'unhealthy';
    if ((elapsed() >= watch.uptime && settled) || elapsed() >= watch.patience) break;
    await watch.sleep(PAUSE);
    state = await engine.state(request.name);
  }
  const probes = [];
  if (state.status === 'running')
    for (const { key, at, argv } of watch.probes)
      probes.push({ key, at, argv, ...(await untilItPasses(engine, request.name, argv, watch, elapsed)) });
  state = await engine.state(request.name);
  const log = await engine.logs(request.name);
  const outcome = watch.signal?.aborted === true ? 'aborted' : state.status === 'running' ? 'up' : 'exited';
  return {
    profile: request.profile,
    outcome,
    exitCode: outcome === 'up' ? undefined : state.exitCode,
    error: state.error,
    outOfMemory: state.outOfMemory,
    readyAfter,
    ports,
    asked,
    health: state.health,
    healthLog: state.healthLog,
    probes,
    uid,
    symptoms: symptomsIn(`${log}\n${state.healthLog}`),
    log,
  };
}

/** A probe may fail while the service warms up: the platform asks again, and so do we. */
async function untilItPasses(
  engine: Engine,
  container: string,
  argv: readonly string[],
  watch: Watch,
  elapsed: () => number,
): Promise<{ readonly code: number | undefined; readonly output: string }> {
  for (;;) {
    const result = await engine.exec(container, argv);
    // 126 and 127: there is no such program, which waiting does not change.
    if (result.code === 0 || result.code === 126 || result.code === 127 || elapsed() >= watch.patience || watch.signal?.aborted === true)
      return { code: result.code, output: result.output.trim().slice(0, 500) };
    await watch.sleep(PAUSE);
  }
}

const EMPTY: Observation = {
  profile: 'hardened',
  outcome: 'not-started',
  exitCode: undefined,
  error: '',
  outOfMemory: false,
  readyAfter: undefined,
  ports: [],
  asked: false,
  health: 'none',
  healthLog: '',
  probes: [],
  uid: undefined,
  symptoms: [],
  log: '',
};
