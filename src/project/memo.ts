/** Facts are computed once per set of files, and kept when an overlay changes only files they do not depend on. */

import type { RepositoryFiles } from '../repository/files.ts';
import type { RepoPath } from '../repository/path.ts';

/**
 * Wraps a pure function of files and further arguments (strings by value, objects by identity) in a cache. `dependsOn`
 * names the files that may change its answer: an overlay that touches none of them (a Dockerfile that a transform
 * rewrote) reuses the answer for the files below it.
 */
export function perFiles<Args extends readonly (string | object | undefined)[], Result>(
  dependsOn: (path: RepoPath) => boolean,
  compute: (files: RepositoryFiles, ...args: Args) => Result,
): (files: RepositoryFiles, ...args: Args) => Result {
  const caches = new WeakMap<RepositoryFiles, Map<string, Result>>();
  return (asked, ...args) => {
    const files = lowest(asked, dependsOn);
    let cache = caches.get(files);
    if (!cache) caches.set(files, (cache = new Map()));
    const key = args.map((arg) => (typeof arg === 'object' ? `#${identity(arg)}` : (arg ?? '\x01'))).join('\0');
    const known = cache.get(key);
    if (known !== undefined || cache.has(key)) return known as Result;
    const result = compute(files, ...args);
    cache.set(key, result);
    return result;
  };
}

function lowest(files: RepositoryFiles, dependsOn: (path: RepoPath) => boolean): RepositoryFiles {
  let at = files;
  while (at.layer && ![...at.layer.changed].some(dependsOn)) at = at.layer.base;
  return at;
}

const identities = new WeakMap<object, number>();
let next = 0;

function identity(value: object): number {
  let id = identities.get(value);
  if (id === undefined) identities.set(value, (id = next++));
  return id;
}
