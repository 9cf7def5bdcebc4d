/** The proof of a plan: builds the image before and after, starts both, and says same, better or worse. */

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plan } from '../plan/plan.ts';
import type { RepositoryFiles } from '../repository/files.ts';
import { discover } from '../repository/discover.ts';
import { overlay, textOf } from '../repository/files.ts';
import { relativeTo } from '../repository/path.ts';
import type { Build, Service } from '../repository/service.ts';
import { compareLayers, type Layer, type LayerRow } from '../size/layers.ts';
import type { Measure } from '../size/measure.ts';
import { buildContext } from '../transforms/build-context.ts';
import { lacksFrontend } from './build-log.ts';
import { copyContext, privateDirectory, removeDirectory, sourceToTouch, syntaxOf, touch, type ContextCopy } from './build-context.ts';
import { VERIFY_IMAGE, type BuildOutcome, type BuildRequest, type ContainerState, type Engine, type RunRequest } from './engine.ts';
import { expectationsOf, type Expectations } from './expectations.ts';
import { compareConfigs, type ConfigDifference, type ImageConfig } from './image-config.ts';
import { judge, type Finding, type Judgement } from './judge.ts';
import { observe, type Observation, type Watch } from './observe.ts';
import type { Reach } from './probe.ts';
import { pulledImage, type CompressedLayers } from './pull-size.ts';
import { scanImages, type Scan } from './scanners.ts';

export interface VerifyOptions {
  /** Absolute root of the repository that the plan was made from. */
  readonly root: string;
  readonly files: RepositoryFiles;
  readonly engine: Engine;
  /** Unique among runs on this machine, the process id first: part of the names of containers, images and directories. */
  readonly id: string;
  readonly platform?: string;
  /** No frontend image can be fetched: `# syntax=` lines are left out at once. */
  readonly offline: boolean;
  readonly reach: { readonly kind: 'namespace' | 'published'; readonly node: string };
  readonly limits: Limits;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly signal?: AbortSignal;
  /** Told what happens, for progress. */
  readonly onStep?: (text: string) => void;
  /** Layers that were compressed for sizes already. */
  readonly compressed?: CompressedLayers;
  readonly scan: boolean;
  readonly rebuild: boolean;
}

export interface Limits {
  /** Milliseconds for one build. */
  readonly build: number;
  /** Milliseconds that a container must stay up. */
  readonly uptime: number;
  /** Milliseconds to wait for ports and health. */
  readonly patience: number;
  /** Bytes. */
  readonly memory: number;
  /** Bytes of a build context. */
  readonly context: number;
}

/** Asked of every port that speaks HTTP; only differences count. */
const USUAL_PATHS = ['/', '/healthz', '/health'] as const;

export const DEFAULT_LIMITS: Limits = { build: 20 * 60_000, uptime: 3000, patience: 20_000, memory: 1024 ** 3, context: 2 * 1024 ** 3 };

export interface Rebuild {
  /** The file that was changed. */
  readonly touched: string;
  readonly before: Extract<BuildOutcome, { readonly kind: 'built' }>;
  readonly after: Extract<BuildOutcome, { readonly kind: 'built' }>;
}

export interface Side {
  readonly build: BuildOutcome;
  readonly config?: ImageConfig;
  readonly measure?: Measure;
  readonly observation?: Observation;
  readonly scan?: Scan;
}

export interface Verification {
  readonly service: string;
  readonly dockerfile: string;
  readonly engine: string;
  readonly judgement: Judgement | 'unchanged' | 'aborted';
  readonly findings: readonly Finding[];
  readonly differences: readonly ConfigDifference[];
  readonly before?: Side;
  readonly after?: Side;
  readonly rebuild?: Rebuild;
  /** Compressed bytes, layer by layer. */
  readonly layers?: readonly LayerRow[];
  readonly notes: readonly string[];
}

/** Total. Whatever was created is removed again, also when `signal` ends the work; the engine's build cache stays. */
export async function verify(plan: Plan, service: Service, options: VerifyOptions): Promise<Verification> {
  const common = {
    service: plan.service,
    dockerfile: plan.dockerfile,
    engine: options.engine.version,
    findings: [],
    differences: [],
    notes: [],
  };
  if (plan.changes.length === 0) return { ...common, judgement: 'unchanged' };
  const build = service.builds.find(({ context }) => context !== undefined);
  if (build?.context === undefined)
    return { ...common, judgement: 'unknown', notes: [`the build context of ${plan.dockerfile} is not a directory of this repository`] };
  const directory = await privateDirectory(options.id);
  const names = { images: [] as string[], containers: [] as string[], networks: [] as string[] };
  try {
    return await proof(plan, service, build, directory, names, options);
  } finally {
    await options.engine.remove(names.containers, names.images, names.networks);
    await removeDirectory(directory);
  }
}

async function proof(
  plan: Plan,
  service: Service,
  build: Build,
  directory: string,
  names: { readonly images: string[]; readonly containers: string[]; readonly networks: string[] },
  options: VerifyOptions,
): Promise<Verification> {
  const { engine, onStep } = options;
  const notes: string[] = [];
  const done = (judgement: Verification['judgement'], more: Partial<Verification> = {}): Verification => ({
    service: plan.service,
    dockerfile: plan.dockerfile,
    engine: engine.version,
    judgement: options.signal?.aborted === true ? 'aborted' : judgement,
    findings: [],
    differences: [],
    notes,
    ...more,
  });
  const missing = Object.entries(build.args).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (missing.length > 0) notes.push(`build arguments without a value here: ${missing.join(', ')}`);
  const others = otherBuilds(service.builds, build);
  if (others.length > 0)
    notes.push(
      `not built here: ${others.map(({ by, name, target }) => `${name ?? by}${target === undefined ? '' : ` (target ${target})`}`).join(', ')}, with another context, target or arguments`,
    );

  const sides: Record<
    'before' | 'after',
    { readonly copy: ContextCopy; readonly tag: string; readonly outcome: BuildOutcome } | undefined
  > = { before: undefined, after: undefined };
  let withoutSyntax = options.offline;
  for (const side of ['before', 'after'] as const) {
    onStep?.(`building ${plan.service} ${side === 'before' ? 'as it is' : 'as it would be'}`);
    let copy = await makeCopy(plan, build, join(directory, side), side, withoutSyntax, options);
    if (copy.kind !== 'copied') return done('unknown', { notes: [...notes, copy.reason] });
    const tag = `${VERIFY_IMAGE}:${options.id}-${side}`;
    names.images.push(tag);
    const ask = (from: ContextCopy): Promise<BuildOutcome> => engine.build(buildRequest(from, tag, build, options));
    let outcome = await ask(copy);
    const syntax = syntaxOf(dockerfileText(plan, options, side));
    if (outcome.kind === 'failed' && !withoutSyntax && syntax !== undefined && lacksFrontend(outcome.log, syntax)) {
      withoutSyntax = true;
      await removeDirectory(join(directory, side));
      copy = await makeCopy(plan, build, join(directory, side), side, true, options);
      if (copy.kind !== 'copied') return done('unknown', { notes: [...notes, copy.reason] });
      outcome = await ask(copy);
    }
    sides[side] = { copy, tag, outcome };
    if (options.signal?.aborted === true) return done('aborted');
    if (outcome.kind === 'no-space' || outcome.kind === 'engine-gone') return done('unknown', { notes: [...notes, outcome.reason] });
  }
  const { before, after } = sides;
  if (before === undefined || after === undefined) return done('unknown');
  if (
    withoutSyntax &&
    ['before', 'after'].some((side) => syntaxOf(dockerfileText(plan, options, side as 'before' | 'after')) !== undefined)
  )
    notes.push('the `# syntax=` line was left out: its frontend image cannot be fetched here');
  if (before.outcome.kind !== 'built' || after.outcome.kind !== 'built') return buildVerdict(before.outcome, after.outcome, done);

  const config = { before: await engine.inspect(before.tag), after: await engine.inspect(after.tag) };
  if (config.before.kind !== 'config' || config.after.kind !== 'config')
    return done('unknown', {
      before: { build: before.outcome },
      after: { build: after.outcome },
      notes: [...notes, 'the engine does not describe the images that it built'],
    });
  const declares = plan.outcomes.flatMap((outcome) => (outcome.kind === 'applied' ? (outcome.declares ?? []) : []));
  const differences = compareConfigs(config.before, config.after, declares);

  onStep?.(`measuring ${plan.service}`);
  const compressed = options.compressed ?? new Map<string, number>();
  const measures = {
    before: await measured(engine, before.tag, config.before, compressed),
    after: await measured(engine, after.tag, config.after, compressed),
  };
  // Scanners look where the engine that runs images keeps them.
  const scans = options.scan && engine.canRun ? await scanImages([before.tag, after.tag], options) : undefined;
  if (scans?.kind === 'none') notes.push(...scans.reasons);
  const rebuild = options.rebuild ? await rebuilt(plan, service, build, before, after, options) : undefined;
  const side = (which: 'before' | 'after', observation?: Observation): Side => ({
    build: sides[which]?.outcome ?? before.outcome,
    config: config[which] as ImageConfig,
    measure: measures[which].measure,
    ...(observation === undefined ? {} : { observation }),
    ...(scans?.kind === 'scanned' ? { scan: scans[which] } : {}),
  });
  const layers = compareLayers(measures.before.layers, measures.after.layers);
  const rest = { differences, ...(layers.length === 0 ? {} : { layers }), ...(rebuild === undefined ? {} : { rebuild }) };
  if (!engine.canRun)
    return done('unknown', {
      ...rest,
      before: side('before'),
      after: side('after'),
      notes: [...notes, `${engine.name} builds images and does not run them here`],
    });

  const expectations = { before: expectationsOf(service), after: expectationsOf(serviceAfter(plan, service, options)) };
  notes.push(...expectations.before.notes);
  const runs = await runBoth(
    plan,
    { before: before.tag, after: after.tag },
    { before: config.before, after: config.after },
    expectations,
    names,
    options,
  );
  if (options.signal?.aborted === true) return done('aborted');
  const { judgement, findings } = judge(runs.before, runs.after, differences, { before: config.before.size, after: config.after.size });
  return done(judgement, { ...rest, findings, before: side('before', runs.before), after: side('after', runs.after) });
}

/** Compose, bake and workflows often name the same build: only what would give another image counts. */
function otherBuilds(builds: readonly Build[], built: Build): readonly Build[] {
  const key = ({ context, target, args }: Build): string => JSON.stringify([context ?? '', target ?? '', Object.entries(args).sort()]);
  const seen = new Set([key(built)]);
  return builds.filter((build) => !seen.has(key(build)) && seen.add(key(build)).size > 0);
}

function buildVerdict(
  before: BuildOutcome,
  after: BuildOutcome,
  done: (judgement: Judgement, more: Partial<Verification>) => Verification,
): Verification {
  const sides = { before: { build: before }, after: { build: after } };
  if (before.kind === 'built' && after.kind !== 'built')
    return done('worse', { ...sides, findings: [{ kind: 'worse', text: `it built before; now: ${after.reason}` }] });
  if (before.kind !== 'built' && after.kind === 'built')
    return done('better', { ...sides, findings: [{ kind: 'better', text: `it builds now; before: ${before.reason}` }] });
  const reason = before.kind === 'built' ? '' : before.reason;
  return done('unknown', {
    ...sides,
    findings: [{ kind: 'note', text: `it does not build here, neither before nor after the change: ${reason}` }],
  });
}

/** A plan may rewrite the probe in a compose file together with the image: each side is started and probed as its own files say. */
function serviceAfter(plan: Plan, service: Service, { files }: VerifyOptions): Service {
  if (plan.changes.every(({ path }) => path === plan.dockerfile)) return service;
  const { services } = discover(overlay(files, new Map(plan.changes.map(({ path, after }) => [path, after]))));
  return services.find(({ dockerfile, name }) => dockerfile === service.dockerfile && name === service.name) ?? service;
}

/** Hardened first. Where the image as it is cannot live with that, both run plainly: the question is what the change does. */
async function runBoth(
  plan: Plan,
  tags: Readonly<Record<'before' | 'after', string>>,
  config: Readonly<Record<'before' | 'after', ImageConfig>>,
  expectations: Readonly<Record<'before' | 'after', Expectations>>,
  names: { readonly containers: string[]; readonly networks: string[] },
  options: VerifyOptions,
): Promise<Record<'before' | 'after', Observation>> {
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
  const network = await networkFor(options, names);
  const start = async (which: 'before' | 'after', profile: RunRequest['profile']): Promise<Observation> => {
    options.onStep?.(`running ${plan.service} ${which === 'before' ? 'as it is' : 'as it would be'}`);
    const name = `dockmod-verify-${options.id}-${which}-${profile}`;
    names.containers.push(name);
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
async function networkFor({ engine, reach, id }: VerifyOptions, names: { readonly networks: string[] }): Promise<RunRequest['network']> {
  if (reach.kind === 'namespace') return { kind: 'none' };
  const name = `dockmod-verify-${id}`;
  const made = await engine.createNetwork(name);
  if (made) names.networks.push(name);
  return { kind: 'published', name: made ? name : undefined };
}

function reachOf(state: ContainerState, { reach }: VerifyOptions): Reach | undefined {
  if (reach.kind === 'published') return { kind: 'published', ports: state.published, node: reach.node };
  return state.pid > 0 && existsSync(`/proc/${state.pid}/ns/net`) ? { kind: 'namespace', pid: state.pid, node: reach.node } : undefined;
}

async function makeCopy(
  plan: Plan,
  { context }: Build,
  directory: string,
  side: 'before' | 'after',
  withoutSyntax: boolean,
  options: VerifyOptions,
): ReturnType<typeof copyContext> {
  if (context === undefined) return { kind: 'unreadable', reason: 'there is no build context' };
  await mkdir(directory, { recursive: true });
  return copyContext(directory, {
    root: options.root,
    context,
    dockerfile: plan.dockerfile,
    changes: side === 'before' ? [] : plan.changes,
    withoutSyntax,
    largest: options.limits.context,
  });
}

function dockerfileText(plan: Plan, { files }: VerifyOptions, side: 'before' | 'after'): string {
  const change = plan.changes.find(({ path }) => path === plan.dockerfile);
  return (side === 'after' ? change?.after : change?.before) ?? textOf(files, plan.dockerfile) ?? '';
}

interface Measured {
  readonly measure: Measure;
  readonly layers: readonly Layer[];
}

async function measured(engine: Engine, tag: string, { size, platform }: ImageConfig, known: CompressedLayers): Promise<Measured> {
  const image = await pulledImage(engine, tag, known);
  if (image === undefined) return { measure: { kind: 'unknown', reason: `${engine.name} did not hand the image over` }, layers: [] };
  return {
    measure: { kind: 'built', pull: image.pull, ...(size === 0 ? {} : { disk: size }), platform, method: engine.version },
    layers: image.layers,
  };
}

/** Touches one source in both copies and builds again: what the order of the layers is worth. */
async function rebuilt(
  plan: Plan,
  service: Service,
  build: Build,
  before: { readonly copy: ContextCopy; readonly tag: string },
  after: { readonly copy: ContextCopy; readonly tag: string },
  options: VerifyOptions,
): Promise<Rebuild | undefined> {
  const { files } = options;
  const touched =
    build.context === undefined
      ? undefined
      : sourceToTouch(buildContext({ service, files })?.under(build.context) ?? files.under(build.context), build.context);
  const below = touched === undefined || build.context === undefined ? undefined : relativeTo(touched, build.context);
  if (touched === undefined || below === undefined) return undefined;
  options.onStep?.(`building ${plan.service} again after touching ${touched}`);
  const nonce = `dockmod ${options.id} ${Math.round(options.now())}`;
  const again = async ({ copy, tag }: { readonly copy: ContextCopy; readonly tag: string }): Promise<BuildOutcome | undefined> =>
    (await touch(copy, below, nonce)) ? options.engine.build(buildRequest(copy, `${tag}-again`, build, options)) : undefined;
  const first = await again(before);
  const second = await again(after);
  await options.engine.remove([], [`${before.tag}-again`, `${after.tag}-again`]);
  return first?.kind === 'built' && second?.kind === 'built' ? { touched, before: first, after: second } : undefined;
}

function buildRequest(
  { context, dockerfile }: ContextCopy,
  tag: string,
  { target, args }: Build,
  { limits, platform }: VerifyOptions,
): BuildRequest {
  const defined = Object.fromEntries(Object.entries(args).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  return {
    context,
    dockerfile,
    tag,
    args: defined,
    timeout: limits.build,
    ...(target === undefined ? {} : { target }),
    ...(platform === undefined ? {} : { platform }),
  };
}
