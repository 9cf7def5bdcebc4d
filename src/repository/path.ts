/** Paths inside a repository: relative, '/'-separated, never leaving the root. */

declare const repoPathBrand: unique symbol;

/** A normalised path below the repository root: no leading `/` or `./`, no `..`, no trailing `/`; the root itself is `.`. */
export type RepoPath = string & { readonly [repoPathBrand]: true };

export const ROOT = '.' as RepoPath;

/** Normal already, as nearly every path is: no empty or dotted segment, no slash at the end. */
const PLAIN = /^[^/.][^/]*(?:\/[^/.][^/]*)*$/;

/** Normalises `text` as a path relative to `from`; `undefined` when it is absolute, has a NUL, or leaves the root. */
export function repoPath(text: string, from: RepoPath = ROOT): RepoPath | undefined {
  if (text.startsWith('/') || text.includes('\0')) return undefined;
  if (PLAIN.test(text)) return (from === ROOT ? text : `${from}/${text}`) as RepoPath;
  const parts = from === ROOT ? [] : from.split('/');
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return (parts.length === 0 ? '.' : parts.join('/')) as RepoPath;
}

export function dirname(path: RepoPath): RepoPath {
  const slash = path.lastIndexOf('/');
  return (slash < 0 ? '.' : path.slice(0, slash)) as RepoPath;
}

export function basename(path: RepoPath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** True when `path` is `dir` or lies below it. */
export function isUnder(path: RepoPath, dir: RepoPath): boolean {
  return dir === ROOT || path === dir || path.startsWith(`${dir}/`);
}

/** `path` as seen from `dir` (`.` for `dir` itself); `undefined` when it does not lie below it. */
export function relativeTo(path: RepoPath, dir: RepoPath): string | undefined {
  if (!isUnder(path, dir)) return undefined;
  if (dir === ROOT) return path;
  return path === dir ? '.' : path.slice(dir.length + 1);
}
