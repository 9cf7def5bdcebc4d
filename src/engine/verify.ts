/** The proof of a plan: builds the image before and after, starts both, and says same, better or worse. */

import type { Plan } from '../plan/plan.ts';
import { discover } from '../repository/discover.ts';
import { overlay } from '../repository/files.ts';
import type { Build, Service } from '../repository/service.ts';
import { compareLayers, type Layer } from '../size/layers.ts';
import type { Measure } from '../size/measure.ts';
import { privateDirectory, removeDirectory } from './build-context.ts';
import { buildSides, rebuildSides, type BuiltSide } from './build-sides.ts';
import type { BuildOutcome, Engine } from './engine.ts';
import { expectationsOf } from './expectations.ts';
import { compareConfigs, type ImageConfig } from './image-config.ts';
import { judge, type Judgement } from './judge.ts';
import type { Observation } from './observe.ts';
import { pulledImage, type CompressedLayers } from './pull-size.ts';
import { runSides } from './run-sides.ts';
import { scanImages } from './scanners.ts';
import type { BothSides, Leavings, Side, SideName, Verification, VerifyOptions } from './verification.ts';

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
  const leavings: Leavings = { images: [], containers: [], networks: [] };
  try {
    return await proof(plan, service, build, directory, leavings, options);
  } finally {
    await options.engine.remove(leavings.containers, leavings.images, leavings.networks);
    await removeDirectory(directory);
  }
}

async function proof(
  plan: Plan,
  service: Service,
  build: Build,
  directory: string,
  leavings: Leavings,
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
  notes.push(...limitsOf(service, build));
  const built = await buildSides(plan, build, directory, leavings, options);
  if (built.kind === 'aborted') return done('aborted');
  if (built.kind === 'unknown') return done('unknown', { notes: [...notes, built.reason] });
  const { before, after } = built;
  if (built.syntaxLeftOut) notes.push('the `# syntax=` line was left out: its frontend image cannot be fetched here');
  if (before.outcome.kind !== 'built' || after.outcome.kind !== 'built') return buildVerdict(before.outcome, after.outcome, done);

  const configs = await bothConfigs(engine, before, after);
  if (configs === undefined)
    return done('unknown', {
      before: { build: before.outcome },
      after: { build: after.outcome },
      notes: [...notes, 'the engine does not describe the images that it built'],
    });
  const declares = plan.outcomes.flatMap((outcome) => (outcome.kind === 'applied' ? (outcome.declares ?? []) : []));
  const differences = compareConfigs(configs.before, configs.after, declares);

  onStep?.(`measuring ${plan.service}`);
  const compressed = options.compressed ?? new Map<string, number>();
  const measures = {
    before: await measured(engine, before.tag, configs.before, compressed),
    after: await measured(engine, after.tag, configs.after, compressed),
  };
  // Scanners look where the engine that runs images keeps them.
  const scans = options.scan && engine.canRun ? await scanImages([before.tag, after.tag], options) : undefined;
  if (scans?.kind === 'none') notes.push(...scans.reasons);
  const rebuild = options.rebuild ? await rebuildSides(plan, service, build, built, options) : undefined;
  const side = (which: SideName, observation?: Observation): Side => ({
    build: built[which].outcome,
    config: configs[which],
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
  const runs = await runSides(plan, { before: before.tag, after: after.tag }, configs, expectations, leavings, options);
  if (options.signal?.aborted === true) return done('aborted');
  const { judgement, findings } = judge(runs.before, runs.after, differences, { before: configs.before.size, after: configs.after.size });
  return done(judgement, { ...rest, findings, before: side('before', runs.before), after: side('after', runs.after) });
}

/** What this proof leaves out, in words. */
function limitsOf(service: Service, build: Build): readonly string[] {
  const missing = Object.entries(build.args).flatMap(([name, value]) => (value === undefined ? [name] : []));
  const others = otherBuilds(service.builds, build).map(
    ({ by, name, target }) => `${name ?? by}${target === undefined ? '' : ` (target ${target})`}`,
  );
  return [
    ...(missing.length === 0 ? [] : [`build arguments without a value here: ${missing.join(', ')}`]),
    ...(others.length === 0 ? [] : [`not built here: ${others.join(', ')}, with another context, target or arguments`]),
  ];
}

async function bothConfigs(
  engine: Engine,
  { tag: tagBefore }: BuiltSide,
  { tag: tagAfter }: BuiltSide,
): Promise<BothSides<ImageConfig> | undefined> {
  const before = await engine.inspect(tagBefore);
  const after = await engine.inspect(tagAfter);
  return before.kind === 'config' && after.kind === 'config' ? { before, after } : undefined;
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
