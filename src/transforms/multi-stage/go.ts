/** Single-stage Go services. */

import { absolutePath } from '../../dockerfile/image-path.ts';
import { codeOf } from '../../dockerfile/shell-instruction.ts';
import { programsNamed, type Program } from '../../dockerfile/shell-program.ts';
import { cgoUse, goFacts, goModule } from '../../project/go.ts';
import { basename, dirname, repoPath } from '../../repository/path.ts';
import { buildContext, type BuildContext } from '../build-context.ts';
import { contextCopies, repositoryPath } from '../context-copy.ts';
import { environmentAt, type StepEnvironment } from '../step-environment.ts';
import type { Subject } from '../transform.ts';
import { splitCompiled } from './compiled-program.ts';
import { refuse, type SplitAnswer } from './split.ts';
import { startedProgram } from './started-program.ts';
import type { Instruction } from '../../dockerfile/dockerfile.ts';

const BUILD_ONLY = /^(?:CGO_.*|GO.*|PKG_CONFIG.*|CC|CXX)$/;

export function splitGo(subject: Subject, stage: number): SplitAnswer {
  const { dockerfile, files, images } = subject;
  const contract = subject.contract(stage);
  if (contract.base === undefined || images.facts(contract.base)?.family !== 'golang') return undefined;
  const started = startedProgram(subject, stage);
  if (started === undefined) return undefined;
  if (/^(?:go|air|dlv|make|reflex|CompileDaemon)$/.test(started.program)) {
    return refuse('artefact-unknown', started.at, `\`${started.text}\` builds when the container starts`, 'Build with `go build -o` in a RUN and start the binary.');
  }
  const context = buildContext(subject);
  if (context === undefined) return refuse('unknown-context', started.at, 'the build context is not known');
  const wanted = started.path;
  for (const instruction of dockerfile.stages[stage]?.instructions ?? []) {
    if (instruction.keyword !== 'RUN') continue;
    const code = codeOf(dockerfile, instruction);
    if (code.kind !== 'script') continue;
    for (const program of programsNamed(code, 'go')) {
      if (program.args[0]?.value !== 'build') continue;
      const environment = environmentAt(dockerfile, instruction, images);
      const built = builtBinary(program, environment, code.commands.some(({ words }) => words[0]?.value === 'cd'));
      if (built === undefined) continue;
      const found = mainPackage(subject, instruction, environment, context, built.target);
      if (found === undefined) return refuse('unknown-layout', instruction.at, 'which package is built here is not known');
      const { dir, module } = found;
      const output = built.output ?? absolutePath(defaultName(module.path, dir, module.dir), environment.workdir);
      if (output !== wanted) continue;
      const cgo = program.assignments.some((one) => ('name' in one ? `${one.name}=${one.word?.value}` : one.text) === 'CGO_ENABLED=0') || environment.env['CGO_ENABLED'] === '0' || contract.platform.libc === 'musl' ? { kind: 'none' as const } : cgoUse(files, module, dir);
      if (cgo.kind === 'unknown') return refuse('dynamic-binary-unknown', cgo.at, cgo.because);
      if (cgo.kind === 'cgo') {
        const [reason] = cgo.reasons;
        if (reason.cxx || reason.libraries === undefined || reason.libraries.length > 0) return refuse('cgo-library', reason.at, `${reason.module} needs shared libraries at run time`, 'Split the Dockerfile by hand and install them.');
      }
      return splitCompiled(subject, stage, context, { build: instruction, binary: output, facts: goFacts(files, module, dir), libraries: [], buildOnly: BUILD_ONLY });
    }
  }
  return refuse('artefact-unknown', started.at, `no \`go build\` here is known to make \`${started.text}\``, 'Build with `go build -o <path>` and start that path.');
}

/** `-o` as an absolute path, and the package; `undefined` when a word is computed or the shell changed directory. */
function builtBinary({ args }: Program, { workdir }: StepEnvironment, changesDirectory: boolean): { readonly output: string | undefined; readonly target: string } | undefined {
  if (changesDirectory || args.some(({ value }) => value === '-C')) return undefined;
  let output: string | undefined;
  let target: string | undefined;
  for (let index = 1; index < args.length; index++) {
    const word = args[index];
    const text = word?.text ?? '';
    if (text === '-o') {
      const value = args[++index]?.value;
      if (value === undefined || value.endsWith('/')) return undefined;
      output = absolutePath(value, workdir);
    } else if (text.startsWith('-o=')) {
      const value = word?.value?.slice(3);
      if (value === undefined || value.endsWith('/')) return undefined;
      output = absolutePath(value, workdir);
    } else if (/^--?(?:ldflags|tags|gcflags|asmflags|mod|buildmode|p|compiler|installsuffix|pkgdir|overlay|modfile|pgo)$/.test(text)) index++;
    else if (!text.startsWith('-')) {
      if (target !== undefined && !text.endsWith('.go')) return undefined;
      if (word?.value === undefined) return undefined;
      target ??= word.value;
    }
  }
  return { output, target: target ?? '.' };
}

function mainPackage({ dockerfile, files }: Subject, instruction: Instruction, environment: StepEnvironment, context: BuildContext, target: string) {
  const copies = contextCopies(dockerfile, instruction, environment, context);
  const here = repositoryPath(copies, context, environment.workdir);
  const image = absolutePath(target.endsWith('.go') ? target.replace(/[^/]*$/, '.') : target.replace(/\/?\.\.\.$/, ''), environment.workdir);
  const single = copies.find(({ directory, target: file, source }) => !directory && source.endsWith('.go') && absolutePath('..', file) === image);
  const dir = repositoryPath(copies, context, image) ?? (single && dirname(single.source)) ?? (here === undefined || target.startsWith('/') ? undefined : repoPath(target.endsWith('.go') ? target.replace(/[^/]*$/, '.') : target, here));
  if (dir === undefined) return undefined;
  const module = goModule(files, dir, context.dir);
  return module === undefined ? undefined : { dir, module };
}

/** `go build` names the binary after the last element of the package's import path, major version suffix left out. */
function defaultName(modulePath: string, dir: string, moduleDir: string): string {
  if (dir !== moduleDir) return basename(dir as never);
  const parts = modulePath.split('/');
  const last = parts.at(-1) ?? modulePath;
  return /^v\d+$/.test(last) && parts.length > 1 ? (parts.at(-2) ?? last) : last;
}
