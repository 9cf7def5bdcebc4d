/** Bounded reading of source trees: a scan that was cut off says so, and its reader answers "unknown". */

import { textOf, type RepositoryFiles } from '../repository/files.ts';
import { basename, relativeTo, type RepoPath } from '../repository/path.ts';

/** Enough for large services; a monorepo of thousands of files is cut off rather than read for seconds. */
const MAX_FILES = 1500;
/** UTF-16 units in all. */
const MAX_TEXT = 16_000_000;
/** Generated and minified sources say nothing about run time. */
const MAX_FILE_TEXT = 1_000_000;

export interface SourceFile {
  readonly path: RepoPath;
  readonly text: string;
}

export interface Scan {
  readonly complete: boolean;
  readonly sources: readonly SourceFile[];
}

/** Reads the given files until the bounds are met; unreadable and oversized ones make the scan incomplete. */
export function readSources(files: RepositoryFiles, paths: readonly RepoPath[]): Scan {
  const sources: SourceFile[] = [];
  let complete = true;
  let total = 0;
  for (const path of paths) {
    if (sources.length >= MAX_FILES || total > MAX_TEXT) return { complete: false, sources };
    const text = textOf(files, path);
    if (text === undefined || text.length > MAX_FILE_TEXT) {
      complete = false;
      continue;
    }
    total += text.length;
    sources.push({ path, text });
  }
  return { complete, sources };
}

/** Directories that hold no first-party sources, in any language. */
const SKIPPED = new Set(['node_modules', '.git', 'vendor', 'target', '.venv', 'venv', '__pycache__', 'dist', 'build', '.next', 'testdata']);

/** Files below `dir` whose name ends in one of `endings`, without dependency and output directories. */
export function sourcesUnder(files: RepositoryFiles, dir: RepoPath, endings: readonly string[]): readonly RepoPath[] {
  return files.under(dir).filter((path) => {
    if (!endings.some((ending) => path.endsWith(ending))) return false;
    const parts = (relativeTo(path, dir) ?? path).split('/');
    return !parts.slice(0, -1).some((part) => SKIPPED.has(part));
  });
}

/** The first of `names` that is a file in `dir` or, going up, in a directory not above `ceiling`. */
export function nearest(files: RepositoryFiles, dir: RepoPath, ceiling: RepoPath, names: readonly string[]): RepoPath | undefined {
  for (const at of upwards(dir, ceiling)) {
    const found = names.map((name) => child(at, name)).find((path) => files.isFile(path));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `dir` and the directories above it, down to and including `ceiling`; only `dir` when it does not lie below it. */
export function upwards(dir: RepoPath, ceiling: RepoPath): readonly RepoPath[] {
  const below = relativeTo(dir, ceiling);
  const result: RepoPath[] = [dir];
  if (below === undefined || below === '.') return result;
  let at: string = dir;
  for (let steps = below.split('/').length; steps > 0; steps--) {
    const slash = at.lastIndexOf('/');
    at = slash < 0 ? '.' : at.slice(0, slash);
    result.push(at as RepoPath);
  }
  return result;
}

export function child(dir: RepoPath, name: string): RepoPath {
  return (dir === '.' ? name : `${dir}/${name}`) as RepoPath;
}

/** True for the names that decide facts about a language, wherever they stand. */
export function named(...names: readonly string[]): (path: RepoPath) => boolean {
  const wanted = new Set(names);
  return (path) => wanted.has(basename(path));
}
