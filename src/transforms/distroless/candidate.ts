/** Which shipped stage may move to distroless: its program, where that was built, what it stands on. */

import type { Command, CopiedFile, RuntimeContract } from '../../dockerfile/contract.ts';
import { absolutePath, isInside } from '../../dockerfile/image-path.ts';
import { lineage } from '../../dockerfile/runtime-contract.ts';
import type { ImageFacts } from '../../images/facts.ts';
import type { Subject } from '../transform.ts';

export type Language = 'go' | 'rust';

export interface Candidate {
  readonly stage: number;
  readonly contract: RuntimeContract;
  readonly facts: ImageFacts | undefined;
  readonly language: Language;
  /** The stage that built the program. */
  readonly builder: number;
  /** The copy that brings the program; `undefined` when the start command does not name it. */
  readonly binary: CopiedFile | undefined;
  /** Absolute path of the program in the image. */
  readonly program: string | undefined;
}

const LANGUAGES: Readonly<Record<string, Language>> = { 'golang': 'go', 'rust': 'rust', 'lukemathwalker/cargo-chef': 'rust', 'clux/muslrust': 'rust', 'messense/rust-musl-cross': 'rust' };

/** Products whose program, or some file, comes from a Go or Rust builder. */
export function candidates(subject: Subject): readonly Candidate[] {
  return subject.products.flatMap((stage) => {
    const contract = subject.contract(stage);
    const facts = contract.base === undefined ? undefined : subject.images.facts(contract.base);
    if (facts !== undefined && languageOf(facts) !== undefined) return [];
    const program = startedPath(contract);
    const binary = program === undefined ? undefined : providing(contract.files, program, contract);
    const built = contract.files.filter(({ origin }) => origin.kind === 'stage');
    const origin = binary ?? built.find((file) => languageOfStage(subject, file) !== undefined);
    const language = origin === undefined ? undefined : languageOfStage(subject, origin);
    if (origin?.origin.kind !== 'stage' || language === undefined) return [];
    return [{ stage, contract, facts, language, builder: origin.origin.stage, binary, program: binary === undefined ? undefined : program }];
  });
}

function languageOfStage(subject: Subject, { origin }: CopiedFile): Language | undefined {
  if (origin.kind !== 'stage') return undefined;
  const base = lineage(subject.dockerfile, origin.stage)[0]?.base;
  const facts = base === undefined ? undefined : subject.images.facts(base);
  return facts === undefined ? undefined : languageOf(facts);
}

function languageOf({ family }: ImageFacts): Language | undefined {
  return LANGUAGES[family];
}

/** The absolute path that a command starts; bare names are looked up in PATH among the copied files. */
export function startedPath(contract: RuntimeContract): string | undefined {
  const command = contract.entrypoint ?? contract.cmd;
  const first = command === undefined ? undefined : argvOf(command)?.[0];
  return first === undefined || first === '' ? undefined : resolveProgram(contract, first);
}

/** `./app` by the working directory, `app` by PATH. */
export function resolveProgram(contract: RuntimeContract, word: string): string | undefined {
  if (word.includes('$')) return undefined;
  if (word.includes('/')) return absolutePath(word, contract.workdir);
  const dirs = (contract.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin').split(':');
  return dirs.map((dir) => absolutePath(word, dir)).find((path) => providing(contract.files, path, contract) !== undefined);
}

/** Words of an exec form, or of a shell form that is plain words (after `exec`). */
export function argvOf(command: Command): readonly string[] | undefined {
  if (command.form === 'exec') return command.argv;
  const words = command.text.trim().replace(/^exec\s+/, '').split(/\s+/);
  return words;
}

/** The last copy that puts a file at `path`. */
export function providing(files: readonly CopiedFile[], path: string, { workdir }: Pick<RuntimeContract, 'workdir'>): CopiedFile | undefined {
  return files.findLast(({ source, target }) => {
    const name = source.slice(source.lastIndexOf('/') + 1);
    const base = target.length > 1 ? target.replace(/\/$/, '') : target;
    if (target.endsWith('/')) return absolutePath(name, base) === path || (isInside(path, base) && !/\.\w+$/.test(name) && path !== base && name !== path.slice(path.lastIndexOf('/') + 1) && mayBeDirectory(source));
    return base === path || (base === workdir && absolutePath(name, base) === path) || (isInside(path, base) && path !== base && mayBeDirectory(source));
  });
}

/** `COPY --from=build /out /app` may copy a directory: its name has no extension. */
function mayBeDirectory(source: string): boolean {
  return !/\.\w{1,4}$/.test(source);
}
