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
import { chefStages } from './chef-stages.ts';
import { existingLayer } from './existing-layer.ts';
import { imageProject, type ImageProject } from './image-project.ts';
import { mountTarget } from './mounted-target.ts';
import { placement, sourceCopies } from './source-position.ts';
import { chooseStrategy } from './strategy.ts';
import { insertLayer, type Layer } from './stub-layer.ts';
import { cleanCommand, stubCommands } from './stub-commands.ts';
import { hasDependencies, stubPlan } from './stub-plan.ts';

export const cargoCache: Transform = {
  id: 'cargo-cache',
  version: 1,
  title: 'Build Rust dependencies in a layer of their own',
  why: 'Where all sources are copied before `cargo build`, every edit compiles every dependency again. The manifests come first, with a stub for exactly each target that exists; the dependencies are built from them, and the stubs are cleaned out with `cargo clean -p`, so that cargo cannot take one for the real program (COPY keeps old modification times: rust-lang/cargo#7181, #9312). Large workspaces use cargo-chef. Errors are never swallowed.',
  silent: [
    'The dependencies are built or fetched before the sources, by cargo-chef, or in a cache mount: already. A handwritten stub layer that could ship its stub is repaired.',
    'The lock names no crate but the project\'s own: there is nothing to cache.',
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
  const { dockerfile, service, products } = subject;
  if (!/\bcargo\b/.test(dockerfile.text)) return { kind: 'not-applicable', because: 'cargo does not occur' };
  const run: Run = { subject, journal: createJournal(), edits: [], already: undefined, nothing: undefined };
  const shipped = stagesOfProducts(dockerfile, products);
  for (const stage of shipped) stageLayer(run, stage);
  if (run.edits.length > 0 && service.twinOf !== undefined) {
    return { kind: 'refused', refusals: [{ code: 'unreferenced-twin', at: { path: dockerfile.path, line: 1 }, reason: `nothing references this file, while ${service.twinOf} is in use`, unblock: 'Delete it, or reference it.' }] };
  }
  const { already, nothing } = run;
  return verdictOf(run.edits, run.journal, already === undefined ? { kind: 'not-applicable', because: nothing ?? 'no `cargo build` of this context' } : { kind: 'already', evidence: already.at, because: already.because });
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
  if (context === undefined) return refuse('unknown-context', instruction.at, 'the builds of this Dockerfile do not share one known build context', 'Build it with one context everywhere.');
  const copies = contextCopies(dockerfile, instruction, environment, context);
  if (copies.length === 0) {
    run.nothing ??= 'the sources do not come from the build context';
    return false;
  }
  const directory = found.kind === 'step' ? found.step.directory : environment.workdir;
  const answer = imageProject(files, context, copies, environment.workdir, directory);
  if (found.kind === 'refused' && answer.kind !== 'found') return refuse(found.refusal.code, found.refusal.at, found.refusal.reason, found.refusal.unblock);
  if (answer.kind === 'absent') return refuse('unknown-layout', instruction.at, `no COPY brings a Cargo.toml into ${directory}`);
  if (answer.kind === 'broken') return refuse('unknown-layout', { path: answer.path, line: 1 }, `the manifest cannot be read: ${answer.detail}`);
  const sources = sourceCopies(copies, context, answer.found);
  const [first] = sources;
  if (first === undefined) return false;
  const image: ImageProject = found.kind === 'step' ? { ...answer.found, workdir: found.step.workdir } : answer.found;
  const before = lineage(dockerfile, instruction.stage).flatMap(({ instructions }) => instructions).filter(({ keyword, index }) => keyword === 'RUN' && index < instruction.index);
  const layers = before.filter(({ index }) => index < first.instruction.index);
  const existing = existingLayer(dockerfile, layers, [...before, instruction], first.instruction, image, (command) => cleanCommand(image.members.map(({ name }) => name), command));
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
  if (first.instruction.stage !== instruction.stage) return refuse('unknown-layout', first.instruction.at, 'the sources are copied in another stage than the one that builds');
  if (!hasDependencies(files, image)) {
    run.nothing = 'the project has no dependencies that a layer could keep';
    return true;
  }
  const where = placement(dockerfile, sources, instruction, (at) => environmentAt(dockerfile, at, images).workdir);
  if (where.kind === 'blocked') return refuse('unknown-layout', where.at.at, `\`${firstLine(where.at)}\` stands between the sources and the build and may need the sources`, 'Put it above the COPY of the sources, or behind the build.');
  build(run, { dockerfile, context, copies, sources, step, comment: comment(subject.settings, 'cargo-cache') }, image, where);
  return true;
}

function build(run: Run, layer: Layer, image: ImageProject, where: Parameters<typeof insertLayer>[3]): void {
  const { subject, journal, edits } = run;
  const { dockerfile, context, step } = layer;
  const at = step.instruction.at;
  const refuse = (code: Refusal['code'], where: Location, reason: string, unblock?: string): void => void journal.refusals.push({ code, at: where, reason, ...(unblock === undefined ? {} : { unblock }) });
  const allTargets = step.builds.some((command) => hasOption(command, 'all-targets', 'tests', 'test', 'benches', 'bench', 'examples', 'example'));
  const stubs = stubPlan(subject.files, context, image, allTargets);
  const chosen = chooseStrategy(subject, image, stubs, step);
  journal.because.push({ text: `strategy ${chosen.strategy}: ${chosen.because}`, at: { path: image.project.manifest, line: 1 } });
  if (chosen.strategy !== 'stub') {
    const result = chosen.strategy === 'chef' ? chefStages(subject, layer, image, where) : mountTarget(subject, layer, image);
    if (result.kind === 'blocked') return refuse('unknown-layout', result.at, result.reason);
    edits.push(...result.edits);
    journal.checks.push(...result.checks);
  } else {
    if (stubs.kind === 'impossible') return refuse('unknown-layout', { path: stubs.at, line: 1 }, stubs.reason);
    const commands = stubCommands(image, step.workdir, stubs.plan, step.builds);
    if (commands === undefined) return refuse('unknown-layout', { path: image.project.manifest, line: 1 }, 'a target\'s path cannot be written without quotes');
    const result = insertLayer(layer, [...stubs.plan.files, ...stubs.plan.directories], commands, where);
    if (result.kind === 'blocked') return refuse('unknown-layout', result.at.at, result.reason);
    edits.push(...result.edits);
  }
  // The manifests are copied once more; what ends up in the image stays the same.
  if (lineage(dockerfile, step.instruction.stage).some(({ index }) => subject.products.some((product) => lineage(dockerfile, product).some((stage) => stage.index === index)))) {
    journal.declares.push({ field: 'files', because: 'the manifests are copied before the sources' });
  }
  journal.because.push({ text: `\`${step.builds[0]?.text ?? 'cargo build'}\` compiled every dependency again after each edit of what this line copies`, at: layer.sources[0]?.instruction.at ?? at });
  if (!needsTarget(subject, context, image)) edits.push(...addIgnoreLines(subject.files, context, image.project.root, ['target']));
  if (image.project.lock === undefined) journal.checks.push({ text: 'There is no Cargo.lock: the layer keeps the versions that it resolved until a manifest changes. Commit the lock file.' });
  journal.checks.push({ text: 'Build twice with an edit in between: the second build compiles only this project.', command: `docker build -f ${dockerfile.path} ${context.dir}` });
}

/** A directory called target that holds sources, or that another Dockerfile copies from the context, must not be kept out of it. */
function needsTarget({ files }: Subject, context: BuildContext, { project }: ImageProject): boolean {
  if (context.under(project.root).some((path) => /(?:^|\/)target\//.test(path))) return true;
  return files.under(context.dir).some((path) => /(?:docker|container)file/i.test(path.slice(path.lastIndexOf('/') + 1)) && /^[ \t]*(?:COPY|ADD)[ \t](?!--from)[^\n]*\btarget\//im.test(textOf(files, path) ?? ''));
}

/** A tool in front of cargo builds the program: say so where Rust is clearly meant. */
function otherBuilder({ subject, journal, already, nothing }: Run, runs: readonly Instruction[]): void {
  if (already !== undefined || nothing !== undefined) return;
  for (const instruction of runs) {
    const other = (cargoCommands(subject.dockerfile, instruction) ?? []).find(({ verb }) => OTHER_BUILDERS.has(verb) && verb !== 'run');
    if (other) return void journal.refusals.push({ code: 'indirect-build', at: instruction.at, reason: `\`${other.text}\` builds in a way of its own`, unblock: 'Build the dependencies before the sources are copied with that tool, or use cargo-chef.' });
  }
}

function firstLine({ keyword, args }: Instruction): string {
  const text = args.text.trim();
  return `${keyword} ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
}
