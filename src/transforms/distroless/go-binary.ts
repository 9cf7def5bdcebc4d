/** Is a Go binary static, and if not, what does it need? */

import { lineage } from '../../dockerfile/runtime-contract.ts';
import { codeOf } from '../../dockerfile/shell-instruction.ts';
import { programsNamed } from '../../dockerfile/shell-program.ts';
import { cgoUse, goFacts, goModule } from '../../project/go.ts';
import { absolutePath } from '../../dockerfile/image-path.ts';
import { dirname, repoPath } from '../../repository/path.ts';
import { buildContext } from '../build-context.ts';
import { contextCopies, repositoryPath } from '../context-copy.ts';
import { goCommands, lastFlag, written, type GoCommand } from '../go-command.ts';
import { environmentAt } from '../step-environment.ts';
import type { Subject } from '../transform.ts';
import type { Candidate } from './candidate.ts';
import { refuse, type BinaryAnswer } from './binary.ts';

const C_COMPILERS = /^(?:gcc|g\+\+|build-base|build-essential|musl-dev|clang|alpine-sdk|musl-gcc|zig)$/;

export function goBinary(subject: Subject, { builder, contract, binary }: Candidate): BinaryAnswer {
  const { dockerfile } = subject;
  const stage = subject.contract(builder);
  const from = dockerfile.stages[builder]?.from.at ?? { path: dockerfile.path, line: 1 };
  const builds = lineage(dockerfile, builder).flatMap(({ instructions }) => instructions).flatMap((instruction) => {
    if (instruction.keyword !== 'RUN') return [];
    return (goCommands(dockerfile, instruction) ?? []).filter(({ verb, packages }) => verb === 'build' || (verb === 'install' && !packages.some((one) => written(one).includes('@'))));
  });
  const unparsable = lineage(dockerfile, builder).flatMap(({ instructions }) => instructions).find((instruction) => instruction.keyword === 'RUN' && goCommands(dockerfile, instruction) === undefined);
  if (unparsable) return refuse('shell-unparsable', unparsable.at, 'the shell code could not be parsed with certainty');
  const relevant = buildsOf(builds, binary?.source);
  if (relevant.length === 0) {
    const indirect = indirectBuild(subject, builder);
    return refuse('indirect-build', indirect?.at ?? binary?.at ?? contract.files[0]?.at ?? from, indirect === undefined ? 'no `go build` here is known to make the program' : `\`${indirect.text}\` runs the build: whether the binary is static cannot be seen here`, 'Call `go build` with CGO_ENABLED=0 in the Dockerfile itself.');
  }
  const facts = factsOf(subject, relevant);
  const pie = relevant.find((command) => lastFlag(command, 'buildmode')?.value === 'pie');
  if (pie) return refuse('dynamic-binary-unknown', pie.at, '`-buildmode=pie` makes a binary that asks for a dynamic loader', 'Build without -buildmode=pie.');
  const race = relevant.find((command) => lastFlag(command, 'race') !== undefined);
  if (race) return refuse('dynamic-binary-unknown', race.at, '`-race` needs cgo and a dynamic binary', 'Build without -race for production.');

  const cgo = relevant.map((command) => ({ command, value: command.variable('CGO_ENABLED')?.value }));
  if (cgo.every(({ value }) => value === '0')) return { kind: 'binary', image: 'static', edits: [], because: [{ text: 'CGO_ENABLED=0: the binary is static', at: relevant[0]?.at ?? from }], ...facts };
  const unknown = relevant.find((command) => command.variable('CGO_ENABLED') !== undefined && command.variable('CGO_ENABLED')?.value === undefined);
  if (unknown) return refuse('dynamic-binary-unknown', unknown.at, 'the value of CGO_ENABLED is not known here', 'Give it a default of 0.');
  const compiler = stage.packages.find(({ name }) => C_COMPILERS.test(name));
  const asked = cgo.some(({ value }) => value !== undefined && value !== '0');
  if (stage.platform.libc === 'musl' && compiler === undefined && !asked) {
    return withoutCgo(relevant, `\`${stage.base}\` has no C compiler, so that cgo was off already; CGO_ENABLED=0 says so`, facts);
  }
  return byModule(subject, relevant, facts, stage.platform, asked, from);
}

type Facts = Pick<Extract<BinaryAnswer, { kind: 'binary' }>, 'facts'>;

function byModule(subject: Subject, relevant: readonly GoCommand[], facts: Facts, platform: ReturnType<Subject['contract']>['platform'], asked: boolean, from: Candidate['contract']['files'][number]['at']): BinaryAnswer {
  const [first] = relevant;
  const modules = relevant.map((command) => moduleOf(subject, command));
  if (first === undefined || modules.includes(undefined)) return refuse('dynamic-binary-unknown', first?.at ?? from, 'neither CGO_ENABLED nor the module tells whether the binary is static', 'Set CGO_ENABLED=0.');
  const uses = modules.map((module) => (module === undefined ? undefined : cgoUse(subject.files, module.module, module.dir)));
  const unknown = uses.find((use) => use?.kind === 'unknown');
  if (unknown?.kind === 'unknown') return refuse('dynamic-binary-unknown', unknown.at, `whether the binary is static cannot be known: ${unknown.because}`, 'Set CGO_ENABLED=0.');
  const cgo = uses.flatMap((use) => (use?.kind === 'cgo' ? use.reasons : []));
  if (cgo.length === 0) {
    if (asked) return refuse('dynamic-binary-unknown', first.at, 'CGO_ENABLED=1 asks for a dynamic binary, though nothing in the module uses cgo', 'Remove CGO_ENABLED=1.');
    return withoutCgo(relevant, 'nothing in the module uses cgo; CGO_ENABLED=0 makes the binary static', facts);
  }
  const [reason] = cgo;
  if (reason === undefined) return refuse('dynamic-binary-unknown', first.at, 'whether the binary is static cannot be known');
  if (platform.libc === 'musl') return refuse('libc-mismatch', reason.at, `${reason.module} uses cgo, and the builder links against musl, which no distroless image has`, 'Build on the Debian variant of the golang image.');
  const needing = cgo.find(({ libraries }) => libraries === undefined || libraries.some((library) => !/^lib(?:ssl|crypto)\.so\.3$/.test(library)));
  if (needing) return refuse('cgo-library', needing.at, `${needing.module} uses cgo and needs ${needing.libraries?.join(', ') ?? 'shared libraries that are not known'}, which distroless does not have`, 'Stay on Debian slim, or build without it.');
  const image = cgo.some(({ cxx }) => cxx) ? 'cc' : 'base';
  return { kind: 'binary', image, edits: [], because: [{ text: `${reason.module} uses cgo: the binary needs glibc${image === 'cc' ? ' and libstdc++' : ''}`, at: reason.at }], ...facts };
}

/** `CGO_ENABLED=0` in front of each build that does not say it yet. */
function withoutCgo(commands: readonly GoCommand[], text: string, facts: Facts): BinaryAnswer {
  const missing = commands.filter((command) => command.variable('CGO_ENABLED')?.value !== '0');
  const unplaced = missing.find(({ start }) => start === undefined);
  if (unplaced) return refuse('dynamic-binary-unknown', unplaced.at, 'CGO_ENABLED=0 has no place in the JSON form of RUN', 'Write `ENV CGO_ENABLED=0` above it.');
  const edits = missing.map(({ instruction, start = 0 }) => ({ path: instruction.at.path, start, end: start, text: 'CGO_ENABLED=0 ' }));
  return { kind: 'binary', image: 'static', edits, because: [{ text, at: missing[0]?.at ?? commands[0]?.at }].flatMap(({ text: said, at }) => (at ? [{ text: said, at }] : [{ text: said }])), ...facts };
}

/** Builds whose `-o` names the copied file; all of them when none says so. */
function buildsOf(commands: readonly GoCommand[], source: string | undefined): readonly GoCommand[] {
  const name = source?.slice(source.lastIndexOf('/') + 1);
  const named = name === undefined ? [] : commands.filter((command) => {
    const output = lastFlag(command, 'o')?.value;
    return output !== undefined && (output === source || output.slice(output.lastIndexOf('/') + 1) === name);
  });
  return named.length > 0 ? named : commands;
}

const BUILD_TOOLS = ['make', 'task', 'mage', 'just', 'goreleaser', 'ko', 'bazel', 'sh', 'bash'] as const;

function indirectBuild({ dockerfile }: Subject, builder: number) {
  for (const { instructions } of lineage(dockerfile, builder)) {
    for (const instruction of instructions) {
      if (instruction.keyword !== 'RUN') continue;
      const code = codeOf(dockerfile, instruction);
      const [tool] = code.kind === 'script' ? [...programsNamed(code, ...BUILD_TOOLS), ...code.commands.flatMap((command) => (/\.sh$/.test(command.words[0]?.value ?? '') ? [{ command }] : []))] : [];
      if (tool) return { at: dockerfile.locate(tool.command.span), text: dockerfile.text.slice(tool.command.span.start, tool.command.span.end).replace(/\s+/g, ' ').slice(0, 80) };
    }
  }
  return undefined;
}

function moduleOf(subject: Subject, command: GoCommand) {
  const context = buildContext(subject);
  if (context === undefined) return undefined;
  const environment = environmentAt(subject.dockerfile, command.instruction, subject.images);
  const copies = contextCopies(subject.dockerfile, command.instruction, environment, context);
  const changed = command.script?.commands.find(({ words, index }) => words[0]?.value === 'cd' && command.command !== undefined && index < command.command.index);
  const here = command.directory ?? changed?.words[1]?.value;
  if (changed && here === undefined) return undefined;
  const workdir = here === undefined ? environment.workdir : absolutePath(here, environment.workdir);
  const target = command.packages.length === 1 ? command.packages[0]?.text : command.packages.length === 0 ? '.' : undefined;
  const package_ = target === undefined || target.endsWith('.go') ? '.' : target.replace(/\/?\.\.\.$/, '');
  const image = absolutePath(package_ === '' ? '.' : package_, workdir);
  const single = copies.find(({ directory, target: file, source }) => !directory && source.endsWith('.go') && absolutePath('..', file) === image);
  const root = repositoryPath(copies, context, workdir) ?? (single && dirname(single.source));
  const dir = repositoryPath(copies, context, image) ?? (single && dirname(single.source)) ?? (root && repoPath(package_, root));
  const from = dir ?? root;
  const module = from === undefined ? undefined : goModule(subject.files, from, context.dir);
  return module === undefined || from === undefined ? undefined : { module, dir: dir === undefined || target === undefined || /\.\.\./.test(target) ? undefined : dir };
}

function factsOf(subject: Subject, relevant: readonly GoCommand[]): Facts {
  const [first] = relevant;
  const found = first === undefined ? undefined : moduleOf(subject, first);
  return { facts: found === undefined ? undefined : goFacts(subject.files, found.module, found.dir) };
}
