/** Single-stage Rust services. */

import type { Instruction } from '../../dockerfile/dockerfile.ts';
import { absolutePath } from '../../dockerfile/image-path.ts';
import { codeOf } from '../../dockerfile/shell-instruction.ts';
import { programsNamed } from '../../dockerfile/shell-program.ts';
import { cargoProject, rustFacts, sysCrates, type CargoPackage } from '../../project/rust.ts';
import { buildContext } from '../build-context.ts';
import { contextCopies, repositoryPath } from '../context-copy.ts';
import { environmentAt } from '../step-environment.ts';
import type { Subject } from '../transform.ts';
import { splitCompiled } from './compiled-program.ts';
import { refuse, type SplitAnswer } from './split.ts';
import { startedProgram } from './started-program.ts';

const BUILD_ONLY = /^(?:CARGO_.*|RUST(?:FLAGS|C.*|UP.*|_VERSION)|SQLX_OFFLINE|PKG_CONFIG.*|OPENSSL_.*|CC|CXX)$/;
/** Debian packages of the libraries that distroless has too. */
const PACKAGES: Readonly<Record<string, string>> = { 'libssl.so.3': 'libssl3', 'libcrypto.so.3': 'libssl3', 'libz.so.1': 'zlib1g' };

export function splitRust(subject: Subject, stage: number): SplitAnswer {
  const { dockerfile, files, images } = subject;
  const contract = subject.contract(stage);
  if (contract.base === undefined || images.facts(contract.base)?.family !== 'rust') return undefined;
  const started = startedProgram(subject, stage);
  if (started === undefined) return undefined;
  if (started.program === 'cargo') return refuse('artefact-unknown', started.at, `\`${started.text}\` builds when the container starts`, 'Build with `cargo build --release` in a RUN and start the binary.');
  const context = buildContext(subject);
  if (context === undefined) return refuse('unknown-context', started.at, 'the build context is not known');

  for (const instruction of dockerfile.stages[stage]?.instructions ?? []) {
    if (instruction.keyword !== 'RUN') continue;
    const code = codeOf(dockerfile, instruction);
    if (code.kind !== 'script') continue;
    for (const { args } of programsNamed(code, 'cargo')) {
      const words = args.map(({ value }) => value);
      const verb = words[0];
      if ((verb !== 'build' && verb !== 'install') || words.includes(undefined)) continue;
      const environment = environmentAt(dockerfile, instruction, images);
      const dir = repositoryPath(contextCopies(dockerfile, instruction, environment, context), context, environment.workdir);
      if (dir === undefined) return refuse('unknown-layout', instruction.at, 'which package is built here is not known');
      const answer = cargoProject(files, dir, context.dir);
      if (answer.kind !== 'project') return refuse('unknown-layout', instruction.at, answer.kind === 'broken' ? `${answer.path}: ${answer.detail}` : 'there is no Cargo.toml where cargo runs');
      const { project } = answer;
      const owner = project.members.find(({ targets }) => targets.some(({ kind, name }) => kind === 'bin' && name === started.program));
      if (owner === undefined) continue;
      if (isMount(instruction, environment.workdir)) return refuse('artefact-unknown', instruction.at, 'the target directory is a cache mount, which no later stage can copy from', 'Copy the binary out of target/ in the same RUN.');
      const profile = words.includes('--release') || words.includes('-r') ? 'release' : 'debug';
      const target = words[words.indexOf('--target') + 1];
      const binary = verb === 'install' ? `/usr/local/cargo/bin/${started.program}` : absolutePath(`target/${words.includes('--target') && target !== undefined ? `${target}/` : ''}${profile}/${started.program}`, environment.workdir);
      const reached = verb === 'install' ? started.path === `/usr/local/bin/${started.program}` || started.path === binary : started.path === binary;
      if (!reached) continue;
      const crates = sysCrates(files, project, owner.name);
      if (crates.kind === 'unknown') return refuse('sys-crate', instruction.at, crates.because);
      const libraries = new Set<string>();
      for (const crate of crates.crates) {
        if (crate.linkage === 'static') continue;
        const needed = crate.libraries.map((library) => PACKAGES[library]);
        if (crate.linkage !== 'distroless' || needed.includes(undefined)) return refuse('sys-crate', crate.at, `${crate.crate} needs shared libraries at run time (${crate.libraries.join(', ') || 'unknown ones'})`, 'Split the Dockerfile by hand and install them.');
        for (const name of needed) if (name !== undefined) libraries.add(name);
      }
      return splitCompiled(subject, stage, context, { build: instruction, binary, ...(verb === 'install' ? { installed: started.path } : {}), facts: rustFacts(files, withPathDependencies(owner, project.members)), libraries: [...libraries], buildOnly: BUILD_ONLY });
    }
  }
  return refuse('artefact-unknown', started.at, `no \`cargo build\` here is known to make \`${started.text}\``, 'Start the binary by its path under target/release.');
}

function isMount({ flags }: Instruction, workdir: string): boolean {
  return flags.some(({ name, value }) => name === 'mount' && value !== undefined && value.includes('target=') && absolutePath(/(?:target|dst|destination)=([^,]+)/.exec(value)?.[1] ?? '/', workdir).startsWith(absolutePath('target', workdir)));
}

function withPathDependencies(owner: CargoPackage, members: readonly CargoPackage[]): readonly CargoPackage[] {
  const reached = new Map([[owner.dir, owner]]);
  for (const one of reached.values()) {
    for (const { path, kind } of one.dependencies) {
      const member = kind === 'dev' ? undefined : members.find(({ dir }) => dir === path);
      if (member) reached.set(member.dir, member);
    }
  }
  return [...reached.values()];
}
