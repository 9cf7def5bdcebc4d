/** The edits that make a stage run as a user: create it, give it its files, switch to it. */

import type { RuntimeContract } from '../../dockerfile/contract.ts';
import type { Instruction } from '../../dockerfile/dockerfile.ts';
import { absolutePath, isInside } from '../../dockerfile/image-path.ts';
import { codeOf } from '../../dockerfile/shell-instruction.ts';
import { programOf } from '../../dockerfile/shell-program.ts';
import type { ImageFacts } from '../../images/facts.ts';
import type { Edit } from '../../repository/edit.ts';
import type { Location } from '../../repository/location.ts';
import { comment } from '../comment.ts';
import type { Refusal } from '../refusal.ts';
import type { NonEmpty, Subject } from '../transform.ts';
import { madePaths } from './made-paths.ts';
import type { ServiceUser } from './service-user.ts';

export type Rewrite =
  | { readonly edits: NonEmpty<Edit>; readonly owned: readonly string[]; readonly at: Location; readonly handsOver: (path: string) => boolean }
  | { readonly refusal: Refusal };

/** Package managers whose local installs belong to the user that runs the service. */
const USER_SAFE = new Set(['npm', 'yarn', 'pnpm', 'bun', 'deno', 'node', 'tsc', 'npx', 'bunx', 'echo', 'true', 'set', 'cd', 'test']);

/**
 * `state`: volumes and other directories that the service writes to, outside of its working directory.
 * `writesHere`: whether it may write to its working directory, which then becomes its own.
 */
export function rewrite(subject: Subject, stage: number, contract: RuntimeContract, facts: ImageFacts, user: ServiceUser, state: readonly string[], writesHere: boolean): Rewrite {
  const { dockerfile, settings } = subject;
  const instructions = dockerfile.stages[stage]?.instructions ?? [];
  const switchAfter = userPosition(subject, instructions, facts, user);
  const first = instructions.findIndex(({ keyword }) => keyword === 'COPY' || keyword === 'ADD');
  const home = facts.users.find(({ uid }) => uid === user.uid)?.home;
  const here = writesHere && contract.workdir !== '/' && !(home !== undefined && home !== '/' && isInside(contract.workdir, home));
  const candidates = [...(here ? [contract.workdir] : []), ...state];
  const owned = [...new Set(candidates)].filter((path) => path !== '/' && path !== '/tmp');

  const ids = `${user.uid}:${user.gid}`;
  const hasShell = facts.shell !== 'none';
  if (!hasShell && state.length > 0) {
    return { refusal: { code: 'volume-ownership', at: contract.files[0]?.at ?? { path: dockerfile.path, line: 1 }, reason: `${state[0]} must be writable, and the image has no shell to create it`, unblock: `Create an empty directory in the builder and copy it with --chown=${ids}.` } };
  }
  const prepareAfter = first >= 0 && first - 1 < switchAfter ? first - 1 : switchAfter;
  const volume = instructions.findIndex(({ keyword }) => keyword === 'VOLUME');
  if (hasShell && volume >= 0 && volume <= prepareAfter) {
    return { refusal: { code: 'volume-ownership', at: instructions[volume]?.at ?? { path: dockerfile.path, line: 1 }, reason: 'VOLUME comes before the steps that would give its directory to the user, which older builders then discard', unblock: 'Move VOLUME to the end of the stage.' } };
  }

  // What earlier steps made is handed over in the same breath; what later ones make, in a line of its own.
  const made = hasShell ? madePaths(dockerfile, instructions, subject.images).filter(({ path }) => !owned.some((dir) => isInside(dir, path))) : [];
  const early = made.filter(({ index }) => index <= prepareAfter).map(({ path }) => path);
  const late = made.filter(({ index }) => index > prepareAfter && index <= switchAfter).map(({ path }) => path);
  const missing = owned.filter((path) => !isWorkdir(instructions, path, prepareAfter, contract));
  const handedOver = [...owned, ...early];
  const steps = hasShell
    ? [
        ...(user.create === undefined ? [] : [user.create]),
        ...(missing.length === 0 ? [] : [`mkdir -p ${missing.join(' ')}`]),
        ...(handedOver.length === 0 ? [] : [`chown ${ids} ${handedOver.join(' ')}`]),
      ]
    : [];
  const upper = dockerfile.text.slice(instructions[0]?.keywordSpan.start, instructions[0]?.keywordSpan.end) !== 'from';
  const keyword = (name: string): string => (upper ? name : name.toLowerCase());
  const note = comment(settings, 'nonroot');
  const switchLine = `${keyword('USER')} ${ids}`;
  const runLine = `${keyword('RUN')} ${steps.join(' && ')}`;
  const lateLines = late.length === 0 ? [] : [`${keyword('RUN')} chown ${ids} ${late.join(' ')}`];
  const lines = (...texts: readonly (string | undefined)[]): readonly string[] => texts.filter((text) => text !== undefined);
  const edits: Edit[] =
    steps.length === 0 ? [insertAfter(subject, instructions, switchAfter, [...lines(note), ...lateLines, switchLine])]
    : prepareAfter === switchAfter ? [insertAfter(subject, instructions, switchAfter, lines(note, runLine, switchLine))]
    : [insertAfter(subject, instructions, prepareAfter, lines(note, runLine)), insertAfter(subject, instructions, switchAfter, [...lateLines, switchLine])];
  edits.push(...ownCopies(subject, instructions, contract, owned, ids));
  const handsOver = (path: string): boolean => owned.some((dir) => isInside(path, dir)) && contract.files.some(({ target }) => isInside(path, absolutePath(target, '/')));
  const [edit, ...rest] = edits;
  const at = instructions[switchAfter]?.at ?? { path: dockerfile.path, line: 1 };
  return edit === undefined ? { refusal: { code: 'unknown-layout', at, reason: 'the stage is empty' } } : { edits: [edit, ...rest], owned: hasShell ? [...owned, ...made.map(({ path }) => path)] : [], at, handsOver };
}

/** The working directory exists, and belongs to root, once its WORKDIR line has been read. */
function isWorkdir(instructions: readonly Instruction[], path: string, until: number, { workdir }: RuntimeContract): boolean {
  return path === workdir && instructions.some(({ keyword, words }, index) => keyword === 'WORKDIR' && index <= until && absolutePath(words[0]?.value ?? '', '/') === path);
}

/** Index of the instruction after which USER goes: after the last step that needs root. */
function userPosition({ dockerfile }: Subject, instructions: readonly Instruction[], facts: ImageFacts, user: ServiceUser): number {
  const builds = instructions.flatMap(({ keyword }, index) => (keyword === 'RUN' || keyword === 'COPY' || keyword === 'ADD' || keyword === 'WORKDIR' || keyword === 'FROM' ? [index] : []));
  const last = builds.at(-1) ?? 0;
  const runtime = /^(?:node|oven\/bun|denoland\/deno)$/.test(facts.family);
  if (!runtime || user.create !== undefined) return last;
  // What the package manager installs locally belongs to the user: the server may write there (caches, temporary builds).
  const rootStep = instructions.findLastIndex((instruction) => instruction.keyword === 'RUN' && !isUserSafe(dockerfile, instruction));
  const firstSafe = instructions.findIndex(({ keyword }, index) => keyword === 'RUN' && index > rootStep);
  if (firstSafe < 0) return last;
  const workdir = instructions.findLastIndex(({ keyword }, index) => keyword === 'WORKDIR' && index < firstSafe);
  return Math.max(rootStep, workdir, 0);
}

/** Local installs and builds only; a cache mount under root's home would be lost on another user. */
function isUserSafe(dockerfile: Subject['dockerfile'], run: Instruction): boolean {
  if (run.flags.length > 0) return false;
  const code = codeOf(dockerfile, run);
  if (code.kind !== 'script') return false;
  return code.commands.every((command) => {
    const program = programOf(command);
    return program !== undefined && USER_SAFE.has(program.name) && !program.args.some(({ value }) => value === undefined || value === '-g' || value === '--global' || value === 'global' || value.startsWith('/'));
  });
}

function ownCopies({ dockerfile }: Subject, instructions: readonly Instruction[], contract: RuntimeContract, owned: readonly string[], ids: string): readonly Edit[] {
  return instructions.flatMap((instruction) => {
    if ((instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') || instruction.flags.some(({ name }) => name === 'chown')) return [];
    const inside = contract.files.some(({ at, target }) => at.line === instruction.at.line && owned.some((dir) => isInside(target.length > 1 ? target.replace(/\/$/, '') : target, dir)));
    return inside ? [{ path: dockerfile.path, start: instruction.keywordSpan.end, end: instruction.keywordSpan.end, text: ` --chown=${ids}` }] : [];
  });
}

/** Whole lines after an instruction, in the file's line ending; a missing final newline stays missing. */
function insertAfter({ dockerfile }: Subject, instructions: readonly Instruction[], index: number, lines: readonly string[]): Edit {
  const { eol, text, path } = dockerfile;
  const at = instructions[index]?.lines.end ?? text.length;
  const inserted = lines.join(eol);
  return { path, start: at, end: at, text: text.slice(0, at).endsWith('\n') || at === 0 ? `${inserted}${eol}` : `${eol}${inserted}` };
}
