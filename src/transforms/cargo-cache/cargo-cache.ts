/** Dependencies of Rust programs are built in a layer of their own. */

import type { Instruction } from '../../dockerfile/dockerfile.ts';
import { lineage } from '../../dockerfile/runtime-contract.ts';
import { textOf } from '../../repository/files.ts';
import type { Location } from '../../repository/location.ts';
import { buildContext, type BuildContext } from '../build-context.ts';
import { mountedCaches } from '../cache-mount.ts';
import { comment } from '../comment.ts';
import { contextCopies } from '../context-copy.ts';
import { addIgnoreLines } from '../ignore-lines.ts';
import { createJournal, verdictOf, type Journal } from '../journal.ts';
import { stagesOfProducts } from '../product-stages.ts';
import type { Refusal } from '../refusal.ts';
import { environmentAt } from '../step-environment.ts';
import type { Edit } from '../../repository/edit.ts';
import type { Subject, Transform, Verdict } from '../transform.ts';
import { buildStep } from './build-step.ts';
import { cargoCommands, hasOption, OTHER_BUILDERS } from './cargo-command.ts';
import { chefStages, type StrategyEdits } from './chef-stages.ts';
import { dependencyStage, existingLayer, preparesDependencies } from './existing-layer.ts';
import { imageProject, type ImageProject } from '../image-project.ts';
import { mountTarget } from './mounted-target.ts';
import { differsByCommit, placement, sourceCopies, type Placement } from './source-position.ts';
import { chooseStrategy, strategyWithoutChef } from './strategy.ts';
import type { Layer } from './stub-layer.ts';
import { cleanCommand } from './stub-commands.ts';
import { hasDependencies, stubPlan } from './stub-plan.ts';
import { stubStages } from './stub-strategy.ts';

export const cargoCache: Transform = {
  id: 'cargo-cache',
  version: 1,
  title: 'Build Rust dependencies in a layer of their own',
  why: 'Where all sources are copied before `cargo build`, every edit compiles every dependency again. The manifests come first, with a stub for exactly each target that exists; the dependencies are built from them, and the stubs are cleaned out with `cargo clean -p`, so that cargo cannot take one for the real program (COPY keeps old modification times: rust-lang/cargo#7181, #9312); where options come from a variable, the build touches its sources instead. Large workspaces use cargo-chef. Errors are never swallowed.',
  silent: [
    'The dependencies are built or fetched before the sources, by cargo-chef, in a stage of their own, or in a cache mount: already. A handwritten stub layer that could ship its stub is repaired.',
    "The lock names no crate but the project's own: there is nothing to cache.",
    'A handwritten layer swallows its errors: refused, since nobody knows whether it ever worked.',
    'Something between the sources and the build may need the sources, or the build stands in a condition: refused with its line.',
    'Another tool drives cargo (make, just, trunk, leptos, maturin): refused or left alone.',
    'The manifest does not parse, or a member replaces a crate of the registry.',
  ],
  defaultState: 'on',
  apply,
};

interface Run {
  readonly subject: Subject;
  readonly journal: Journal;
  readonly edits: Edit[];
  already: { readonly at: Location; readonly because: string } | undefined;
  nothing: string | undefined;
}

function apply(subject: Subject): Verdict {
  const { dockerfile, products } = subject;
  if (!/\bcargo\b/.test(dockerfile.text)) return { kind: 'not-applicable', because: 'cargo does not occur' };
  const run: Run = { subject, journal: createJournal(), edits: [], already: undefined, nothing: undefined };
  const shipped = stagesOfProducts(dockerfile, products);
  for (const stage of shipped) stageLayer(run, stage);
  const { already, nothing } = run;
  return verdictOf(
    run.edits,
    run.journal,
    already === undefined
      ? { kind: 'not-applicable', because: nothing ?? 'no `cargo build` of this context' }
      : { kind: 'already', evidence: already.at, because: already.because },
  );
}

/** The first build behind the sources decides: the layer is made for all builds of its RUN. */
function stageLayer(run: Run, stage: number): void {
  const { subject } = run;
  const { dockerfile } = subject;
  const runs = (dockerfile.stages[stage]?.instructions ?? []).filter(({ keyword }) => keyword === 'RUN');
  for (const instruction of runs) if (decides(run, instruction)) return;
  otherBuilder(run, runs);
}

/** True when this RUN builds the program, whatever came of it. A build in front of the sources is a dependency layer. */
function decides(run: Run, instruction: Instruction): boolean {
  const { subject, journal } = run;
  const { dockerfile, images, files } = subject;
  const environment = environmentAt(dockerfile, instruction, images);
  const found = buildStep(dockerfile, instruction, environment.workdir);
  if (found.kind === 'none') return false;
  const refuse = (code: Refusal['code'], at: Location, reason: string, unblock?: string): true => {
    journal.refusals.push({ code, at, reason, ...(unblock === undefined ? {} : { unblock }) });
    return true;
  };
  if (mountedCaches(instruction).some((target) => /cargo|target|registry/.test(target))) {
    run.already ??= { at: instruction.at, because: 'the build keeps its dependencies in a cache mount' };
    return true;
  }
  const context = buildContext(subject);
  if (context === undefined)
    return refuse(
      'unknown-context',
      instruction.at,
      'the builds of this Dockerfile do not share one known build context',
      'Build it with one context everywhere.',
    );
  const copies = contextCopies(dockerfile, instruction, environment, context);
  if (copies.length === 0) {
    run.nothing ??= 'the sources do not come from the build context';
    return false;
  }
  const directory = found.kind === 'step' ? found.step.directory : environment.workdir;
  const answer = imageProject(files, context, copies, found.kind === 'step' ? found.step.workdir : environment.workdir, directory);
  if (found.kind === 'refused' && answer.kind !== 'found')
    return refuse(found.refusal.code, found.refusal.at, found.refusal.reason, found.refusal.unblock);
  if (answer.kind === 'absent') return refuse('unknown-layout', instruction.at, `no COPY brings a Cargo.toml into ${directory}`);
  if (answer.kind === 'broken')
    return refuse('unknown-layout', { path: answer.path, line: 1 }, `the manifest cannot be read: ${answer.detail}`);
  const elsewhere = dependencyStage(dockerfile, instruction);
  if (elsewhere !== undefined) {
    run.already ??= { at: elsewhere.at.at, because: elsewhere.because };
    return true;
  }
  const sources = sourceCopies(copies, context, answer.found);
  const before = lineage(dockerfile, instruction.stage)
    .flatMap(({ instructions }) => instructions)
    .filter(({ keyword, index }) => keyword === 'RUN' && index < instruction.index);
  // Sources of a part (a procedural macro, a build script) may stand in front of a layer that somebody wrote.
  const layered = sources.find((copy) =>
    before.some((earlier) => earlier.index < copy.instruction.index && preparesDependencies(dockerfile, earlier)),
  );
  const first = layered ?? sources[0];
  if (first === undefined || buildsAgain(run, instruction, directory, context)) return false;
  const image: ImageProject = answer.found;
  const layers = before.filter(({ index }) => index < first.instruction.index);
  const existing = existingLayer(dockerfile, layers, [...before, instruction], first.instruction, image, (command) =>
    cleanCommand(
      image.members.map(({ name }) => name),
      command,
    ),
  );
  switch (existing.kind) {
    case 'safe':
      run.already ??= { at: existing.at.at, because: existing.because };
      return true;
    case 'refused':
      journal.refusals.push(existing.refusal);
      return true;
    case 'repair':
      run.edits.push(existing.edit);
      journal.because.push({ text: existing.because, at: existing.at.at });
      journal.checks.push({ text: 'Build once without cache and start the image: it must be the real program that runs.' });
      return true;
    case 'none':
      break;
  }
  if (found.kind === 'refused') return refuse(found.refusal.code, found.refusal.at, found.refusal.reason, found.refusal.unblock);
  const { step } = found;
  if (first.instruction.stage !== instruction.stage)
    return refuse('unknown-layout', first.instruction.at, 'the sources are copied in another stage than the one that builds');
  if (!hasDependencies(files, image)) {
    run.nothing = 'the project has no dependencies that a layer could keep';
    return true;
  }
  const where = placement(
    dockerfile,
    sources,
    instruction,
    !needsTarget(subject, context, image),
    (at) => environmentAt(dockerfile, at, images).workdir,
  );
  if (where.kind === 'blocked')
    return refuse(
      'unknown-layout',
      where.at.at,
      `\`${firstLine(where.at)}\` stands between the sources and the build and may need the sources`,
      'Put it above the COPY of the sources, or behind the build.',
    );
  build(run, { dockerfile, context, copies, sources, step, comment: comment(subject.settings, 'cargo-cache') }, image, where);
  return true;
}

/** The same project is built once more behind further copies: this RUN is what somebody made of its dependencies. */
function buildsAgain(
  { subject: { dockerfile, images } }: Run,
  instruction: Instruction,
  directory: string,
  context: BuildContext,
): boolean {
  const later = (dockerfile.stages[instruction.stage]?.instructions ?? []).filter(
    ({ keyword, index }) => keyword === 'RUN' && index > instruction.index,
  );
  return later.some((again) => {
    const environment = environmentAt(dockerfile, again, images);
    const found = buildStep(dockerfile, again, environment.workdir);
    const place = found.kind === 'step' ? found.step.directory : found.kind === 'refused' ? environment.workdir : undefined;
    return (
      place === directory &&
      contextCopies(dockerfile, again, environment, context).some((copy) => copy.instruction.index > instruction.index)
    );
  });
}

function build(run: Run, layer: Layer, image: ImageProject, where: Exclude<Placement, { kind: 'blocked' }>): void {
  const { subject, journal, edits } = run;
  const { dockerfile, context, step } = layer;
  const at = step.instruction.at;
  const refuse = (code: Refusal['code'], place: Location, reason: string): void => void journal.refusals.push({ code, at: place, reason });
  const allTargets = step.builds.some((command) =>
    hasOption(command, 'all-targets', 'tests', 'test', 'benches', 'bench', 'examples', 'example'),
  );
  const stubs = stubPlan(subject.files, context, image, allTargets);
  const chosen = chooseStrategy(subject, image, stubs, step);
  journal.because.push({ text: `strategy ${chosen.strategy}: ${chosen.because}`, at: { path: image.project.manifest, line: 1 } });
  let { strategy } = chosen;
  const attempt = (): StrategyEdits =>
    strategy === 'chef'
      ? chefStages(subject, layer, image, where)
      : strategy === 'mount'
        ? mountTarget(subject, layer, image)
        : stubStages(subject, layer, image, stubs, where);
  let result = attempt();
  if (result.kind === 'blocked' && strategy === 'chef' && subject.settings.cargoCache.strategy === 'auto') {
    strategy = strategyWithoutChef(image.members.length);
    journal.because.push({ text: `strategy ${strategy} instead: ${result.reason}`, at: result.at });
    result = attempt();
  }
  if (result.kind === 'blocked') return refuse('unknown-layout', result.at, result.reason);
  edits.push(...result.edits);
  journal.checks.push(...result.checks);
  journal.because.push(...(result.because ?? []));
  if (strategy !== 'mount')
    for (const clean of where.dropped)
      journal.because.push({
        text: '`cargo clean` would empty the layer, and there is nothing else to clean in a fresh image',
        at: clean.at,
      });
  const loose = step.builds.find((command) => command.verb === 'install' && !hasOption(command, 'locked', 'frozen'));
  if (loose !== undefined && image.project.lock !== undefined) {
    journal.checks.push({
      text: `\`${loose.text}\` ignores Cargo.lock: with \`--locked\` the layer and the program use the locked versions`,
      at,
    });
  }
  // The manifests are copied once more; what ends up in the image stays the same.
  if (
    lineage(dockerfile, step.instruction.stage).some(({ index }) =>
      subject.products.some((product) => lineage(dockerfile, product).some((stage) => stage.index === index)),
    )
  ) {
    journal.declares.push({ field: 'files', because: 'the manifests are copied before the sources' });
  }
  journal.because.push({
    text: `\`${step.builds[0]?.text ?? 'cargo build'}\` compiled every dependency again after each edit of what this line copies`,
    at: layer.sources[0]?.instruction.at ?? at,
  });
  const early = lineage(dockerfile, step.instruction.stage)
    .flatMap(({ instructions }) => instructions)
    .find((one) => one.keyword === 'ARG' && one.index < (layer.sources[0]?.instruction.index ?? 0) && differsByCommit(one));
  if (early !== undefined)
    journal.checks.push({
      text: `\`ARG ${early.args.text.trim()}\` above the layer: a build that sets it to each commit's own value builds the dependencies each time. Move it below the layer`,
      at: early.at,
    });
  if (!needsTarget(subject, context, image)) edits.push(...addIgnoreLines(subject.files, context, image.project.root, ['target']));
  if (image.project.lock === undefined)
    journal.checks.push({
      text: 'There is no Cargo.lock: the layer keeps the versions that it resolved until a manifest changes. Commit the lock file.',
    });
  journal.checks.push({
    text: 'Build twice with an edit in between: the second build compiles only this project.',
    command: `docker build -f ${dockerfile.path} ${context.dir}`,
  });
}

/** A directory called target that holds sources, or that another Dockerfile copies from the context, must not be kept out of it. */
function needsTarget({ files }: Subject, context: BuildContext, { project }: ImageProject): boolean {
  if (context.under(project.root).some((path) => /(?:^|\/)target\//.test(path))) return true;
  return files
    .under(context.dir)
    .some(
      (path) =>
        /(?:docker|container)file/i.test(path.slice(path.lastIndexOf('/') + 1)) &&
        /^[ \t]*(?:COPY|ADD)[ \t](?!--from)[^\n]*\btarget\//im.test(textOf(files, path) ?? ''),
    );
}

/** A tool in front of cargo builds the program: say so where Rust is clearly meant. */
function otherBuilder({ subject, journal, already, nothing }: Run, runs: readonly Instruction[]): void {
  if (already !== undefined || nothing !== undefined) return;
  for (const instruction of runs) {
    const other = (cargoCommands(subject.dockerfile, instruction) ?? []).find(({ verb }) => OTHER_BUILDERS.has(verb) && verb !== 'run');
    if (other)
      return void journal.refusals.push({
        code: 'indirect-build',
        at: instruction.at,
        reason: `\`${other.text}\` builds in a way of its own`,
        unblock: 'Build the dependencies before the sources are copied with that tool, or use cargo-chef.',
      });
  }
}

function firstLine({ keyword, args }: Instruction): string {
  const text = args.text.trim();
  return `${keyword} ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
}
