/** multi-stage: a single stage that ships its build tools becomes a builder and a runtime stage. */

import { lineage } from '../../dockerfile/runtime-contract.ts';
import type { Refusal } from '../refusal.ts';
import type { ContractChange, Subject, Transform, Verdict } from '../transform.ts';
import { splitGo } from './go.ts';
import { splitNode } from './node.ts';
import { splitPython } from './python.ts';
import { splitRust } from './rust.ts';
import type { Split, SplitAnswer } from './split.ts';
import { writeStages } from './write-stages.ts';

const LANGUAGES: readonly ((subject: Subject, stage: number) => SplitAnswer)[] = [splitGo, splitRust, splitPython, splitNode];

/** Bases that bring a compiler along. */
const TOOLCHAINS = new Set(['golang', 'rust']);

export const multiStage: Transform = {
  id: 'multi-stage',
  version: 1,
  title: 'Split build and runtime into two stages',
  why:
    'An image that is built and run in one stage ships compilers, package managers, sources and headers to production: hundreds of megabytes to pull, and ' +
    'everything an intruder could wish for. The build keeps its stage; the service gets one of its own, with the same distribution and release and only what it needs to run.',
  silent: [
    'The file has several stages already.',
    'The start command builds (`go run`, `cargo run`, `air`), or the path that it starts is not one that a build step is known to make.',
    'The program opens computed paths or starts other programs: which files and packages it needs cannot be known.',
    'A probe, a script or a compose file uses a program that only the build image has (`curl`, `git`, `go`).',
    'cgo or `-sys` crates need shared libraries that the runtime image would not have.',
    'Compose uses the image for development, with the sources mounted into it.',
    'Python and Node services on a slim base without compilers have nothing to leave behind; those whose sources or packages start other programs are refused.',
    "Python packages that go elsewhere than the interpreter's directories or a virtual environment (`--target`, `--user`), or files that a step writes to the system.",
    'Java, .NET, Ruby, PHP and C++ services: their runtimes are not judged.',
  ],
  defaultState: 'on',
  apply,
};

function apply(subject: Subject): Verdict {
  const { dockerfile, products, service, images } = subject;
  const [stage] = products;
  const from = dockerfile.stages[stage]?.from;
  if (from === undefined) return { kind: 'not-applicable' };
  const contract = subject.contract(stage);
  const family = contract.base === undefined ? undefined : images.facts(contract.base)?.family;
  if (dockerfile.stages.length > 1) {
    const own = lineage(dockerfile, stage).length < dockerfile.stages.length && (family === undefined || !TOOLCHAINS.has(family));
    return own
      ? { kind: 'already', evidence: from.at, because: `the runtime stage is built on \`${contract.base ?? from.words[0]?.raw}\`` }
      : { kind: 'not-applicable', because: 'several stages, which are left as they are' };
  }
  for (const language of LANGUAGES) {
    const answer = language(subject, stage);
    if (answer === undefined) continue;
    if (service.twinOf !== undefined)
      return {
        kind: 'refused',
        refusals: [
          {
            code: 'unreferenced-twin',
            at: from.at,
            reason: `nothing references this file, while ${service.twinOf} is in use`,
            unblock: 'Delete it, or reference it.',
          },
        ],
      };
    const other = service.dependents.find(({ kind }) => kind === 'base-of');
    if (other)
      return {
        kind: 'refused',
        refusals: [
          {
            code: 'base-for-others',
            at: other.at,
            reason: 'another Dockerfile builds on this image and may need its tools',
            unblock: 'Let it build on the toolchain image itself.',
          },
        ],
      };
    if (answer.kind === 'refused') return { kind: 'refused', refusals: [answer.refusal] };
    const archived = packagesGone(subject, answer.split);
    if (archived) return { kind: 'refused', refusals: [archived] };
    const written = writeStages(subject, stage, answer.split);
    if ('refusal' in written) return { kind: 'refused', refusals: [written.refusal] };
    return {
      kind: 'proposed',
      edits: written.edits,
      checks: answer.split.checks,
      declares: declares(subject, stage, answer.split.buildOnly),
      because: answer.split.because,
    };
  }
  return { kind: 'not-applicable', because: 'no single-stage build of a supported language' };
}

/** Debian 10 and earlier left the mirrors for archive.debian.org: `apt-get update` fails in their images. */
function packagesGone({ images }: Subject, { base, packages, buildEnd }: Split): Refusal | undefined {
  const release = images.facts(base)?.platform.release;
  if (packages.length === 0 || release === undefined || !/^debian (?:\d|10)$/.test(release)) return undefined;
  return {
    code: 'missing-file',
    at: buildEnd.at,
    reason: `\`${base}\` lacks ${packages.map((name) => `\`${name}\``).join(', ')}, and the mirrors no longer have packages for ${release}`,
    unblock: 'Move to a base on a newer Debian release first.',
  };
}

/** What the builder's base brought along and the runtime does without. */
function declares(subject: Subject, stage: number, buildOnly: RegExp): readonly ContractChange[] {
  const contract = subject.contract(stage);
  const base = contract.base === undefined ? undefined : subject.images.facts(contract.base);
  const because = 'only the build needs it';
  const names = new Set([...Object.keys(base?.env ?? {}), ...Object.keys(contract.env).filter((name) => buildOnly.test(name))]);
  const fields = (['base', 'files', 'packages', 'platform'] as const).map((field): ContractChange => ({
    field,
    because: 'the runtime stage holds only what the service needs',
  }));
  return [...fields, ...[...names].map((key): ContractChange => ({ field: 'env', key, because }))];
}
