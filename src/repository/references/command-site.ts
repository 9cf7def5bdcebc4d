/** A place in the repository where a docker command stands, with what is known about its variables and its directory. */

import type { Location } from '../location.ts';
import { dirname, ROOT, type RepoPath } from '../path.ts';
import { present } from '../present.ts';
import type { Source } from '../service.ts';
import { dockerCommands, type DockerCommand } from '../syntax/docker-command.ts';
import { fillings, hole, type Values } from '../syntax/holes.ts';
import { SCRIPT_DIRECTORY, TOP_DIRECTORY } from '../syntax/shell-commands.ts';

export interface CommandSite {
  readonly source: Source;
  readonly at: Location;
  /** Script, target or step: who says it. */
  readonly by: string;
  readonly command: Exclude<DockerCommand, { readonly kind: 'cd' }>;
  readonly input?: string;
  readonly bases: readonly RepoPath[];
  readonly cwd: string;
}

export interface ScriptText {
  readonly source: Source;
  readonly path: RepoPath;
  readonly text: string;
  readonly firstLine?: number;
  /** Lines of the text are not lines of the file (folded, quoted): all are at the first. */
  readonly oneLine?: boolean;
  readonly by: string;
  readonly bases: readonly RepoPath[];
  readonly cwd?: string;
  readonly values: Values;
  /** make starts each line in its own directory. */
  readonly eachLineAnew?: boolean;
}

/** The docker commands of a script, variables filled in: one site for each combination of values. */
export function commandSites(script: ScriptText): readonly CommandSite[] {
  const { source, path, by, bases, values } = script;
  const sites: CommandSite[] = [];
  const start = script.cwd ?? '';
  let cwds: readonly string[] = [start];
  const outside: (readonly string[])[] = [];
  let previousLine = 0;
  for (const { command, line: found, input } of dockerCommands(script.text, script.firstLine ?? 1)) {
    const line = script.oneLine ? (script.firstLine ?? 1) : found;
    if (script.eachLineAnew && found !== previousLine) cwds = [start];
    previousLine = found;
    if (command.kind === 'open') outside.push(cwds);
    else if (command.kind === 'close') cwds = outside.pop() ?? cwds;
    else if (command.kind === 'cd') cwds = changed(cwds, command.dir, values, start);
    else {
      const filled = cwds.flatMap((cwd) => filledCommands(command, cwd, values));
      sites.push(
        ...filled.map((one) => ({ source, at: { path, line }, by, command: one.command, bases, cwd: one.cwd, ...present({ input }) })),
      );
    }
  }
  return sites;
}

function changed(cwds: readonly string[], dir: string | undefined, values: Values, start: string): readonly string[] {
  if (dir === undefined || dir === '-') return [start];
  return cwds
    .flatMap((cwd) =>
      fillings([dir], values).map(([text = '']) => {
        const anew = text.startsWith('/') || text.startsWith(hole(TOP_DIRECTORY)) || text.startsWith(hole(SCRIPT_DIRECTORY));
        return anew || cwd === '' ? text : `${cwd}/${text}`;
      }),
    )
    .slice(0, 64);
}

/** Fills the holes of all texts of a command at once, so that one name has one value. */
function filledCommands<T extends CommandSite['command']>(
  command: T,
  cwd: string,
  values: Values,
): readonly { readonly command: T; readonly cwd: string }[] {
  const texts: string[] = [cwd];
  const collect = (value: unknown): void => {
    if (typeof value === 'string') texts.push(value);
    else if (Array.isArray(value)) value.forEach(collect);
  };
  const { kind, ...rest } = command;
  for (const value of Object.values(rest)) collect(value);
  return fillings(texts, values).map((filled) => {
    let at = 1;
    const replace = (value: unknown): unknown =>
      typeof value === 'string' ? filled[at++] : Array.isArray(value) ? value.map(replace) : value;
    return {
      cwd: filled[0] ?? '',
      command: { kind, ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, replace(value)])) } as T,
    };
  });
}

/** Where a script may run: its own directory, those above it, the top. */
export function scriptBases(path: RepoPath): readonly RepoPath[] {
  const bases: RepoPath[] = [];
  for (let dir = dirname(path); ; dir = dirname(dir)) {
    bases.push(dir);
    if (dir === ROOT) return bases;
  }
}
