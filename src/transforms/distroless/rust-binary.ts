/** What a Rust binary is linked against. */

import { lineage } from '../../dockerfile/runtime-contract.ts';
import { codeOf } from '../../dockerfile/shell-instruction.ts';
import { programsNamed, withNested } from '../../dockerfile/shell-program.ts';
import { cargoProject, rustFacts, sysCrates } from '../../project/rust.ts';
import { buildContext } from '../build-context.ts';
import { contextCopies, repositoryPath } from '../context-copy.ts';
import { environmentAt } from '../step-environment.ts';
import type { Subject } from '../transform.ts';
import { refuse, type BinaryAnswer } from './binary.ts';
import type { Candidate } from './candidate.ts';

export function rustBinary(subject: Subject, { builder, binary }: Candidate): BinaryAnswer {
  const { dockerfile, files, images, settings } = subject;
  const stage = subject.contract(builder);
  const from = dockerfile.stages[builder]?.from.at ?? { path: dockerfile.path, line: 1 };
  const context = buildContext(subject);
  if (context === undefined) return refuse('unknown-context', from, 'the build context is not known: which libraries the program needs cannot be read');
  const name = binary?.source.slice(binary.source.lastIndexOf('/') + 1);
  const build = lineage(dockerfile, builder).flatMap(({ instructions }) => instructions).findLast((instruction) => {
    const code = instruction.keyword === 'RUN' ? codeOf(dockerfile, instruction) : undefined;
    return code?.kind === 'script' && withNested(code).some((script) => script.kind === 'script' && programsNamed(script, 'cargo', 'cross').some(({ args }) => /^(?:build|install|zigbuild|auditable)$/.test(args[0]?.value ?? '')));
  });
  if (build === undefined) return refuse('indirect-build', binary?.at ?? from, 'no `cargo build` here is known to make the program', 'Call cargo in the Dockerfile itself.');
  const text = build.args.text;
  const environment = environmentAt(dockerfile, build, images);
  const dir = repositoryPath(contextCopies(dockerfile, build, environment, context), context, environment.workdir) ?? context.dir;
  const answer = cargoProject(files, dir, context.dir);
  if (answer.kind !== 'project') return refuse('unknown-layout', build.at, answer.kind === 'broken' ? `${answer.path}: ${answer.detail}` : 'there is no Cargo.toml where cargo runs: which libraries the program needs cannot be read');
  const { project } = answer;
  const owner = project.members.find(({ targets }) => targets.some((target) => target.kind === 'bin' && target.name === name)) ?? (project.members.length === 1 ? project.members[0] : undefined);
  const crates = sysCrates(files, project, owner?.name);
  if (crates.kind === 'unknown') return refuse('sys-crate', build.at, `which shared libraries the program needs is not known: ${crates.because}`, 'Commit Cargo.lock.');
  const musl = /--target[= ]\S*-musl/.test(text) || (environment.env['CARGO_BUILD_TARGET'] ?? '').includes('musl') || stage.platform.libc === 'musl';
  for (const crate of crates.crates) {
    if (crate.linkage === 'static') continue;
    // Without the headers the crate builds its own copy.
    if (crate.linkage === 'builder' && /slim/.test(stage.base ?? '') && !stage.packages.some(({ name: installed }) => installed === crate.developmentPackage)) continue;
    if (musl) return refuse('sys-crate', crate.at, `${crate.crate} links against a shared library, and the binary is built for musl`, `Enable the crate's vendored or bundled feature.`);
    if (crate.linkage === 'distroless' && crate.debian !== undefined && crate.debian <= settings.distroless.debian) continue;
    return refuse('sys-crate', crate.at, `${crate.crate} needs ${crate.libraries.join(', ') || 'a shared library'} at run time, which distroless does not have`, 'Enable the crate\'s vendored or bundled feature, or stay on Debian slim.');
  }
  if (/crt-static/.test(text) && !musl) return refuse('dynamic-binary-unknown', build.at, 'a static glibc binary still loads name service libraries at run time', 'Build for a musl target.');
  const facts = rustFacts(files, owner === undefined ? project.members : [owner, ...project.members.filter((member) => member !== owner && owner.dependencies.some(({ path }) => path === member.dir))]);
  if (musl) return { kind: 'binary', image: 'static', edits: [], because: [{ text: 'built for musl: the binary is static', at: build.at }], facts };
  const dynamic = crates.crates.filter(({ linkage }) => linkage === 'distroless').map(({ crate }) => crate);
  const linked = dynamic.length === 0 ? 'linked against glibc and libgcc' : `linked against glibc, libgcc and, through ${dynamic.join(', ')}, libraries that distroless has`;
  return { kind: 'binary', image: 'cc', edits: [], because: [{ text: linked, at: build.at }], facts };
}
