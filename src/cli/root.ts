/** Where the repository is: the nearest directory above a path with .git or dockmod.yaml. */

import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { CONFIGURATION_FILE } from '../plan/configuration.ts';
import { suggestion } from '../plan/suggestion.ts';
import { ROOT, repoPath, type RepoPath } from '../repository/path.ts';
import { UsageError } from './exit.ts';

export interface Place {
  /** Absolute, symbolic links resolved. */
  readonly root: string;
  /** `''`, or `dir/`: from the top of the git work tree to the root. */
  readonly prefix: string;
  /** The arguments as paths below the root. */
  readonly paths: readonly RepoPath[];
}

/**
 * Locates the repository of `paths`.
 * @throws UsageError when a path does not exist, or when they do not lie in one repository
 */
export function locateRepository(cwd: string, paths: readonly string[], option: string | undefined): Place {
  const targets = (paths.length === 0 ? ['.'] : paths).map((path) => ({ path, real: real(cwd, path) }));
  const chosen = option === undefined ? undefined : real(cwd, option);
  if (chosen !== undefined && !statSync(chosen).isDirectory()) throw new UsageError(`--root ${option}: not a directory`);
  const root = chosen ?? rootAbove(targets[0]?.real ?? cwd);
  const inside = targets.map(({ path, real: target }) => {
    // With --root and no PATH, the whole root is meant.
    const below = paths.length === 0 && !isBelow(target, root) ? ROOT : repoPath(relative(root, target).split(sep).join('/'));
    if (below === undefined)
      throw new UsageError(
        `${path} does not lie below ${root}`,
        'Run dockmod once for each repository, or choose the directory above both with --root.',
      );
    return below;
  });
  const top = above(root, (directory) => existsSync(join(directory, '.git')));
  const prefix = top === undefined || top === root ? '' : `${relative(top, root).split(sep).join('/')}/`;
  return { root, prefix, paths: inside };
}

function real(cwd: string, path: string): string {
  const absolute = resolve(cwd, path);
  try {
    return realpathSync(absolute);
  } catch {
    throw new UsageError(`${path}: no such file or directory`, nearby(cwd, absolute));
  }
}

/** What does exist on the way to a path that does not, and what was probably meant beside it. */
function nearby(cwd: string, absolute: string): string | undefined {
  const existing = above(dirname(absolute), (directory) => statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true);
  if (existing === undefined) return undefined;
  const wanted = relative(existing, absolute).split(sep)[0] ?? '';
  const meant = suggestion(wanted, readdirSync(existing).slice(0, 5000));
  return meant === undefined
    ? `${relative(cwd, existing) || '.'} has no ${wanted}.`
    : `Did you mean ${relative(cwd, join(existing, meant))}?`;
}

function rootAbove(path: string): string {
  const start = statSync(path).isDirectory() ? path : dirname(path);
  return above(start, (directory) => existsSync(join(directory, '.git')) || existsSync(join(directory, CONFIGURATION_FILE))) ?? start;
}

function above(start: string, holds: (directory: string) => boolean): string | undefined {
  for (let directory = start; ; directory = dirname(directory)) {
    if (holds(directory)) return directory;
    if (directory === dirname(directory)) return undefined;
  }
}

function isBelow(path: string, root: string): boolean {
  return repoPath(relative(root, path).split(sep).join('/')) !== undefined;
}
