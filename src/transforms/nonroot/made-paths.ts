/** Directories and empty files that build steps make for the program: they belong to root until somebody hands them over. */

import { absolutePath, isInside } from '../../dockerfile/image-path.ts';
import type { Dockerfile, Instruction } from '../../dockerfile/dockerfile.ts';
import type { Images } from '../../images/images.ts';
import { commandsOf, type ExpandedCommand } from '../shell-argv.ts';
import { environmentAt } from '../step-environment.ts';

/** What a shell would expand. */
const PATTERN = /[{}*?[\]~]/;

export interface MadePath {
  readonly path: string;
  /** Index among the instructions of the stage. */
  readonly index: number;
}

/** Directories of the system, and what only its own programs work on. */
const SYSTEM = /^\/(?:usr|etc|bin|sbin|lib\w*|boot|dev|proc|sys|tmp|root|var\/tmp|var\/lib\/(?:apt|dpkg|apk)|var\/cache\/(?:apt|apk)|run\/secrets)(?:\/|$)/;

/**
 * What `mkdir` and `touch` make in the stage's own steps, except system directories, what is removed again, and the
 * directories that a build then works in (`mkdir build && cd build && cmake ..`, stubs for cargo). Paths that only the build knows are left out.
 */
export function madePaths(dockerfile: Dockerfile, instructions: readonly Instruction[], images: Images): readonly MadePath[] {
  const made = new Map<string, number>();
  for (const [index, instruction] of instructions.entries()) {
    if (instruction.keyword !== 'RUN' || !/\b(?:mkdir|touch|rm|cd)\b/.test(instruction.args.text + instruction.heredocs.map(({ body }) => body).join(''))) continue;
    let cwd: string | undefined = environmentAt(dockerfile, instruction, images).workdir;
    for (const command of commandsOf(dockerfile, instruction) ?? []) {
      const [program, ...args] = operands(command);
      const paths = cwd === undefined ? args.filter((arg) => arg?.startsWith('/')) : args;
      const resolved = paths.flatMap((path) => (path === undefined ? [] : [absolutePath(path, cwd ?? '/')]));
      if (program === 'cd') {
        const [target] = args;
        cwd = target === undefined || (cwd === undefined && !target.startsWith('/')) ? undefined : absolutePath(target, cwd ?? '/');
        if (cwd !== undefined) made.delete(cwd);
      } else if (program === 'cargo') forgetStubs(made, index);
      else if (program === 'rm') for (const path of resolved) forget(made, path);
      else if (program === 'mkdir' || program === 'touch') for (const path of resolved.flatMap((one) => withParents(one, cwd ?? '/'))) if (!SYSTEM.test(path) && !PATTERN.test(path) && path !== '/') made.set(path, index);
    }
  }
  return [...made].map(([path, index]) => ({ path, index }));
}

/** Program and operands; `undefined` for what is not known. Options and their modes are left out. */
function operands({ argv }: ExpandedCommand): readonly (string | undefined)[] {
  const [program, ...rest] = argv.map(({ text }) => text);
  return [program, ...rest.filter((text, at) => text === undefined || !(text.startsWith('-') || /^-\w*m$/.test(rest[at - 1] ?? '')))];
}

/** `mkdir -p storage/logs` makes `storage` as well. Directories above the working directory are somebody else's. */
function withParents(path: string, cwd: string): readonly string[] {
  const parents: string[] = [];
  for (let at = path.lastIndexOf('/'); at > cwd.length && cwd !== '/' && isInside(path, cwd); at = path.lastIndexOf('/', at - 1)) parents.unshift(path.slice(0, at));
  return [...parents, path];
}

/** `mkdir -p crates/api/src && cargo build`: what cargo builds a dependency layer from is no state of the program. */
function forgetStubs(made: Map<string, number>, index: number): void {
  const own = [...made].flatMap(([path, at]) => (at === index ? [path] : []));
  const sources = own.filter((path) => /(?:\/src(?:\/|$)|\.rs$)/.test(path));
  for (const path of own) if (sources.some((source) => isInside(source, path) || isInside(path, source))) made.delete(path);
}

function forget(made: Map<string, number>, removed: string): void {
  for (const path of made.keys()) if (isInside(path, removed)) made.delete(path);
}
