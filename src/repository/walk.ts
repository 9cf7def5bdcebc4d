/** Finds the files of a repository on disk: what git tracks, and what .gitignore leaves of the rest. */

import { lstatSync, readdirSync, readFileSync, type Dirent } from 'node:fs';
import { join, resolve } from 'node:path';
import { trackedPaths } from './git-index.ts';
import { isIgnored, withRules, type IgnoreRules } from './gitignore.ts';
import { dockerfileName } from './dockerfile-names.ts';
import { ROOT, type RepoPath } from './path.ts';
import type { SkippedFile } from './service.ts';

export interface Walk {
  /** Regular files and links, sorted by code unit. */
  readonly files: readonly RepoPath[];
  readonly directories: ReadonlySet<string>;
  /** Links are not followed; a Dockerfile that is one is an outcome, so that they are known. */
  readonly links: ReadonlySet<string>;
  /** Directories that could not be listed. */
  readonly problems: readonly { readonly path: RepoPath; readonly detail: string }[];
  /** Submodules and clones inside of the work tree; pipes, sockets and devices that are called like a Dockerfile. */
  readonly leftOut: readonly SkippedFile[];
}

/** Never worth a look, ignored or not. */
const SKIPPED = new Set(['.git', '.hg', '.svn', 'node_modules', '.venv', '__pycache__', '.terraform']);

/** Deeper trees come from loops or malice. */
const MAX_DEPTH = 200;

/** A directory whose entries are still to be visited. */
interface Visit {
  readonly dir: RepoPath;
  readonly rules: IgnoreRules;
  /** Inside of an ignored directory: only what git tracks counts. */
  readonly ignored: boolean;
  readonly depth: number;
}

/**
 * Ignored directories are pruned, unless git tracks something in them: .gitignore has no say over tracked files, and a
 * `build/` or `bin/` that is ignored and holds a committed Dockerfile is common.
 */
export function walk(root: string): Walk {
  const tracked = new Set(readIndex(root));
  const trackedDirectories = directoriesOf(tracked);
  const files: RepoPath[] = [];
  const directories = new Set<string>([ROOT]);
  const links = new Set<string>();
  const problems: { path: RepoPath; detail: string }[] = [];
  const leftOut: SkippedFile[] = [];
  let isRepository = false;
  const pending: Visit[] = [{ dir: ROOT, rules: readRules(root, '.git/info/exclude', ROOT, []), ignored: false, depth: 0 }];
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    const { dir, ignored, depth } = visit;
    let entries: Dirent[];
    try {
      entries = readdirSync(join(root, dir), { withFileTypes: true });
    } catch (error) {
      problems.push({
        path: dir,
        detail: `the directory cannot be listed (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`,
      });
      continue;
    }
    const hasGit = entries.some(({ name }) => name === '.git');
    if (dir === ROOT) isRepository = hasGit;
    // What another repository holds cannot be committed here; a folder of clones, without git itself, is looked into.
    else if (isRepository && hasGit && !trackedDirectories.has(dir)) {
      leftOut.push({ path: dir, reason: 'repository', detail: 'a repository of its own (a submodule or a clone): run dockmod in it' });
      continue;
    }
    const own = entries.some((entry) => entry.name === '.gitignore' && entry.isFile());
    const rules = own ? readRules(root, dir === ROOT ? '.gitignore' : `${dir}/.gitignore`, dir, visit.rules) : visit.rules;
    for (const entry of entries) {
      const path = (dir === ROOT ? entry.name : `${dir}/${entry.name}`) as RepoPath;
      if (entry.isDirectory()) {
        if (SKIPPED.has(entry.name)) continue;
        const out = ignored || isIgnored(rules, path, 'directory');
        if (out && !trackedDirectories.has(path)) continue;
        directories.add(path);
        if (depth < MAX_DEPTH) pending.push({ dir: path, rules, ignored: out, depth: depth + 1 });
        else problems.push({ path, detail: `more than ${MAX_DEPTH} directories deep` });
      } else if (entry.isFile() || entry.isSymbolicLink()) {
        if (!tracked.has(path) && (ignored || isIgnored(rules, path, 'file'))) continue;
        files.push(path);
        if (entry.isSymbolicLink()) links.add(path);
      } else if (dockerfileName(path) !== undefined) leftOut.push({ path, reason: 'unreadable', detail: 'a pipe, a socket or a device' });
    }
  }
  return { files: files.sort(), directories, links, problems, leftOut };
}

function directoriesOf(paths: ReadonlySet<string>): ReadonlySet<string> {
  const directories = new Set<string>();
  for (const path of paths) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const directory = path.slice(0, at);
      if (directories.has(directory)) break;
      directories.add(directory);
    }
  }
  return directories;
}

function readRules(root: string, file: string, dir: RepoPath, above: IgnoreRules): IgnoreRules {
  try {
    return withRules(above, dir, readFileSync(join(root, file), 'utf8'));
  } catch {
    return above;
  }
}

/** Also of a linked work tree, whose `.git` is a file that names the real directory. None without git. */
function readIndex(root: string): readonly string[] {
  try {
    const git = join(root, '.git');
    const named = lstatSync(git).isFile() ? /^gitdir: (.+)/.exec(readFileSync(git, 'utf8'))?.[1]?.trim() : '.git';
    return (named === undefined ? undefined : trackedPaths(readFileSync(resolve(root, named, 'index')))) ?? [];
  } catch {
    return [];
  }
}
