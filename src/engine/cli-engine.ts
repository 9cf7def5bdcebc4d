/** Docker, Podman and Buildah through their command lines, which agree in nearly everything. */

import { countSteps, failureReason, isEngineGone, isOutOfSpace } from './build-log.ts';
import {
  VERIFY_IMAGE,
  type BuildOutcome,
  type BuildRequest,
  type ContainerState,
  type Engine,
  type EngineFailure,
  type EngineName,
  type RunRequest,
} from './engine.ts';
import { parseImageConfig } from './image-config.ts';
import { runCommand, type CommandOptions, type CommandResult } from './run-command.ts';

export interface EngineOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends whatever runs. Removing what was created is not affected by it. */
  readonly signal?: AbortSignal;
  /** Network of RUN instructions: the engine's default, or the host's. */
  readonly buildNetwork?: string;
  /** Of this process: marks what it creates, so that a later run can tell what was left behind. */
  readonly pid: number;
  /** Milliseconds on a steady clock. */
  readonly now: () => number;
}

const LABEL = 'dev.dockmod.verify';
/** Milliseconds for commands that only ask or remove. */
const SHORT = 30_000;

export function cliEngine(name: EngineName, version: string, options: EngineOptions): Engine {
  const env = { ...options.env, DOCKER_BUILDKIT: '1', BUILDKIT_PROGRESS: 'plain', NO_COLOR: '1' };
  const call = (args: readonly string[], more: Partial<CommandOptions> = {}, program: string = name): Promise<CommandResult> =>
    runCommand(program, args, { timeout: SHORT, env, ...(options.signal === undefined ? {} : { signal: options.signal }), ...more });
  /** For clearing up: also after an interruption. */
  const always = (args: readonly string[]): Promise<CommandResult> => runCommand(name, args, { timeout: SHORT, env });
  const labels = ['--label', `${LABEL}=${options.pid}`];

  async function build(request: BuildRequest): Promise<BuildOutcome> {
    const started = options.now();
    const result = await call(buildArguments(name, request, labels, options.buildNetwork), {
      timeout: request.timeout,
      cwd: request.context,
      maxOutput: 4 << 20,
    });
    const log = `${result.stdout}${result.stderr}`;
    if (result.outcome === 'exited' && result.code === 0)
      return { kind: 'built', seconds: (options.now() - started) / 1000, ...countSteps(log), log };
    if (result.outcome === 'timeout') return { kind: 'timeout', reason: `the build took longer than ${request.timeout / 1000} s`, log };
    if (result.outcome === 'aborted') return { kind: 'aborted', reason: 'interrupted', log };
    if (isOutOfSpace(log)) return { kind: 'no-space', reason: 'no space left for the build', log };
    if (result.outcome !== 'exited' || isEngineGone(log)) return { kind: 'engine-gone', reason: `${name} does not answer`, log };
    return { kind: 'failed', reason: failureReason(log), log };
  }

  async function inspect(image: string): Promise<ReturnType<Engine['inspect']> extends Promise<infer T> ? T : never> {
    const result = await call(name === 'buildah' ? ['inspect', '--type', 'image', image] : ['image', 'inspect', image]);
    const config = result.code === 0 ? parseImageConfig(firstObject(result.stdout, name)) : undefined;
    return config ?? { kind: 'failed', reason: said(result) };
  }

  async function run(request: RunRequest): Promise<{ readonly kind: 'started' } | EngineFailure> {
    const result = await call(runArguments(name, request, labels));
    return result.code === 0 ? { kind: 'started' } : { kind: 'failed', reason: said(result) };
  }

  async function state(container: string): Promise<ContainerState> {
    const result = await call(['container', 'inspect', container]);
    const value = result.code === 0 ? firstObject(result.stdout, name) : undefined;
    return containerState(value);
  }

  return {
    name,
    version,
    canRun: name !== 'buildah',
    build,
    inspect,
    run,
    state,
    logs: async (container) => {
      const result = await call(['logs', '--tail', '400', container], { maxOutput: 128 << 10 });
      return `${result.stdout}${result.stderr}`;
    },
    exec: async (container, argv) => {
      const result = await call(['exec', container, ...argv], { timeout: 15_000, maxOutput: 64 << 10 });
      return { code: result.outcome === 'exited' ? result.code : undefined, output: `${result.stdout}${result.stderr}` };
    },
    uid: async (container) => {
      const result = await call(['top', container, ...(name === 'podman' ? ['huser'] : ['-eo', 'uid,pid,args'])]);
      const uid = /^\s*(\d+)\b/.exec(result.stdout.split('\n')[1] ?? '')?.[1];
      return uid === undefined ? undefined : Number(uid);
    },
    createNetwork: async (network) => name !== 'buildah' && (await call(['network', 'create', ...labels, network])).code === 0,
    remove: async (containers, images, networks = []) => {
      if (containers.length > 0) await always(['rm', '-f', '-v', ...containers]);
      if (networks.length > 0) await always(['network', 'rm', ...networks]);
      if (images.length > 0) await always([...(name === 'buildah' ? ['rmi', '-f'] : ['image', 'rm', '-f']), ...images]);
    },
    save: async (image, consume) => {
      const options = { timeout: 10 * 60_000, onStdout: consume };
      // Buildah opens /dev/stdout by its name, which works for a pipe and not for the socket that Node.js gives to a child.
      const result =
        name === 'buildah'
          ? await call(['-c', 'buildah push --quiet "$1" docker-archive:/dev/stdout | cat', 'sh', image], options, 'sh')
          : await call(['image', 'save', image], options);
      return result.outcome === 'exited' && result.code === 0;
    },
    sweep: async (isAlive) => {
      if (name === 'buildah') return 0;
      const left = async (list: readonly string[]): Promise<readonly string[]> => {
        const result = await call(list);
        return result.stdout.split('\n').flatMap((line) => {
          const [id, pid] = line.trim().split(' ');
          return id !== undefined && id !== '' && pid !== undefined && /^\d+$/.test(pid) && !isAlive(Number(pid)) ? [id] : [];
        });
      };
      const format = [
        '--filter',
        `label=${LABEL}`,
        '--format',
        `{{.ID}} {{${name === 'docker' ? `.Label "${LABEL}"` : `index .Labels "${LABEL}"`}}}`,
      ];
      const containers = await left(['ps', '-a', ...format]);
      if (containers.length > 0) await always(['rm', '-f', '-v', ...containers]);
      const networks = await left(['network', 'ls', ...format]);
      if (networks.length > 0) await always(['network', 'rm', ...networks]);
      const tags = await call(['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', VERIFY_IMAGE]);
      const images = tags.stdout.split('\n').filter((tag) => {
        const owner = /:(\d+)-/.exec(tag)?.[1];
        return owner !== undefined && !isAlive(Number(owner));
      });
      if (images.length > 0) await always(['image', 'rm', '-f', ...images]);
      return containers.length + images.length;
    },
  };
}

function buildArguments(
  name: EngineName,
  { context, dockerfile, tag, target, args, platform }: BuildRequest,
  labels: readonly string[],
  network: string | undefined,
): readonly string[] {
  return [
    'build',
    '-f',
    dockerfile,
    '-t',
    tag,
    ...labels,
    // Docker finds the ignore file beside the Dockerfile by itself; podman would keep OCI images without health checks.
    ...(name === 'docker'
      ? ['--progress=plain', '--provenance=false']
      : ['--format', 'docker', '--layers', '--ignorefile', `${dockerfile}.dockerignore`]),
    ...(target === undefined ? [] : ['--target', target]),
    ...(platform === undefined ? [] : ['--platform', platform]),
    ...(network === undefined ? [] : ['--network', network]),
    ...Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
    context,
  ];
}

function runArguments(name: EngineName, request: RunRequest, labels: readonly string[]): readonly string[] {
  const { image, profile, network, ports, user, env, volumes, tmpfs, entrypoint, command, memory } = request;
  const [entry, ...entryArguments] = entrypoint ?? [];
  return [
    'run',
    '-d',
    '--name',
    request.name,
    ...labels,
    '--pull',
    'never',
    ...(profile === 'hardened' ? ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--tmpfs', '/tmp'] : []),
    ...(network.kind === 'none'
      ? ['--network', 'none']
      : [...(network.name === undefined ? [] : ['--network', network.name]), ...ports.flatMap((port) => ['-p', `127.0.0.1::${port}`])]),
    '--memory',
    String(memory),
    '--pids-limit',
    '512',
    ...(name === 'docker' ? ['--health-interval', '1s', '--health-timeout', '5s', '--health-retries', '5'] : []),
    ...(user === undefined ? [] : ['--user', user]),
    ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...volumes.flatMap((path) => ['--mount', `type=volume,dst=${path}`]),
    ...tmpfs.flatMap((path) => ['--tmpfs', path]),
    ...(entry === undefined ? [] : ['--entrypoint', entry]),
    image,
    ...entryArguments,
    ...(command ?? []),
  ];
}

function containerState(value: unknown): ContainerState {
  const gone: ContainerState = {
    status: 'gone',
    exitCode: undefined,
    health: 'none',
    healthLog: '',
    outOfMemory: false,
    error: '',
    pid: 0,
    published: {},
  };
  const root = record(value);
  const state = record(root?.['State']);
  if (root === undefined || state === undefined) return gone;
  const health = record(state['Health'] ?? state['Healthcheck']);
  const status = state['Status'];
  const log = Array.isArray(health?.['Log']) ? record(health['Log'].at(-1)) : undefined;
  const said = log?.['Output'];
  return {
    status: status === 'running' ? 'running' : status === 'created' || status === 'configured' ? 'created' : 'exited',
    exitCode: typeof state['ExitCode'] === 'number' ? state['ExitCode'] : undefined,
    health:
      health?.['Status'] === 'healthy' || health?.['Status'] === 'unhealthy' || health?.['Status'] === 'starting'
        ? health['Status']
        : 'none',
    healthLog: typeof said === 'string' ? said.trim().slice(0, 500) : '',
    outOfMemory: state['OOMKilled'] === true,
    error: typeof state['Error'] === 'string' ? state['Error'] : '',
    pid: typeof state['Pid'] === 'number' ? state['Pid'] : 0,
    published: publishedPorts(record(record(root['NetworkSettings'])?.['Ports'])),
  };
}

function publishedPorts(ports: Readonly<Record<string, unknown>> | undefined): Readonly<Record<number, number>> {
  const found: Record<number, number> = {};
  for (const [key, bindings] of Object.entries(ports ?? {})) {
    const host = Array.isArray(bindings) ? record(bindings[0])?.['HostPort'] : undefined;
    if (typeof host === 'string' && /^\d+$/.test(host)) found[Number.parseInt(key, 10)] = Number(host);
  }
  return found;
}

/** `inspect` prints an array; buildah prints one object with the Docker configuration inside. */
function firstObject(text: string, name: EngineName): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (name !== 'buildah') return Array.isArray(value) ? value[0] : value;
    const docker = record(record(value)?.['Docker']);
    return docker === undefined
      ? undefined
      : {
          Config: docker['config'],
          Architecture: docker['architecture'],
          Os: docker['os'],
          RootFS: { Layers: record(docker['rootfs'])?.['diff_ids'] },
        };
  } catch {
    return undefined;
  }
}

function said({ outcome, stderr, stdout }: CommandResult): string {
  if (outcome !== 'exited') return `the engine did not answer (${outcome})`;
  return failureReason(`${stdout}\n${stderr}`).replace(/^docker: /, '');
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}
