/** Read-only view of a repository's files. Everything that dockmod decides, it decides from this. */

import { isUnder, ROOT, type RepoPath } from './path.ts';
import type { SkippedFile } from './service.ts';

/** Why a file's text cannot be had. Each is an outcome to report, never an exception. */
export type UnreadableReason = 'absent' | 'directory' | 'symlink' | 'too-large' | 'binary' | 'encoding' | 'bidi' | 'unreadable';

export type FileText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason; readonly detail: string };

export interface RepositoryFiles {
  /**
   * Every file of the repository, sorted by code unit: what git tracks, and what is untracked and not ignored. Symbolic links
   * to files are listed (`read` refuses them); `.git` and installed packages (`node_modules`) never are.
   */
  readonly list: () => readonly RepoPath[];
  /** Files at or below a directory, sorted. */
  readonly under: (dir: RepoPath) => readonly RepoPath[];
  readonly isFile: (path: RepoPath) => boolean;
  readonly isDirectory: (path: RepoPath) => boolean;
  /** Text with BOM kept as U+FEFF, so that offsets and a write-back are exact. Cached by the implementation. */
  readonly read: (path: RepoPath) => FileText;
  /** Directories that could not be listed, e.g. for lack of permission. */
  readonly problems?: () => readonly { readonly path: RepoPath; readonly detail: string }[];
  /** What stands in the tree and is no file of this repository, as far as it would interest whoever looks for Dockerfiles. */
  readonly leftOut?: () => readonly SkippedFile[];
  /** For an overlay: what lies below and which paths differ, so that facts about other files can be kept. */
  readonly layer?: { readonly base: RepositoryFiles; readonly changed: ReadonlySet<RepoPath> };
}

/** The text of a file, or `undefined` for whatever reason it cannot be read. */
export function textOf(files: RepositoryFiles, path: RepoPath | undefined): string | undefined {
  if (path === undefined) return undefined;
  const result = files.read(path);
  return result.kind === 'text' ? result.text : undefined;
}

/** Files held in memory: for tests, and for texts that are not on disk. */
export function memoryFiles(texts: ReadonlyMap<RepoPath, string>): RepositoryFiles {
  const list = [...texts.keys()].sort();
  const directories = new Set<string>([ROOT]);
  for (const path of list) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) directories.add(path.slice(0, at));
  }
  return {
    list: () => list,
    under: (dir) => list.filter((path) => isUnder(path, dir)),
    isFile: (path) => texts.has(path),
    isDirectory: (path) => directories.has(path),
    read: (path) => {
      const text = texts.get(path);
      if (text !== undefined) return { kind: 'text', text };
      if (directories.has(path)) return { kind: 'unreadable', reason: 'directory', detail: `${path} is a directory` };
      return { kind: 'unreadable', reason: 'absent', detail: `${path} does not exist` };
    },
  };
}

/** `base` with some files replaced or added: how a transform sees what the transforms before it wrote. */
export function overlay(base: RepositoryFiles, texts: ReadonlyMap<RepoPath, string>): RepositoryFiles {
  if (texts.size === 0) return base;
  const over = memoryFiles(texts);
  const added = over.list().filter((path) => !base.isFile(path));
  // Most overlays replace texts and add nothing: then the base's own lists serve.
  const merge = (paths: readonly RepoPath[], more: readonly RepoPath[]): readonly RepoPath[] =>
    more.length === 0 ? paths : [...paths, ...more].sort();
  let list: readonly RepoPath[] | undefined;
  return {
    list: () => (list ??= merge(base.list(), added)),
    under: (dir) =>
      merge(
        base.under(dir),
        added.filter((path) => isUnder(path, dir)),
      ),
    isFile: (path) => over.isFile(path) || base.isFile(path),
    isDirectory: (path) => over.isDirectory(path) || base.isDirectory(path),
    read: (path) => (over.isFile(path) ? over.read(path) : base.read(path)),
    ...(base.problems && { problems: base.problems }),
    ...(base.leftOut && { leftOut: base.leftOut }),
    layer: { base, changed: new Set(texts.keys()) },
  };
}
