/** Directories whose Dockerfiles belong to somebody else or to tests. */

import type { RepoPath } from './path.ts';

const VENDORED = /^(?:vendor|third[_-]?party|node_modules|bower_components|site-packages|_vendor)$/i;
const FIXTURE = /^(?:testdata|test[_-]data|fixtures|fixture|__fixtures__|__snapshots__|test-?fixtures?|testcases?)$/i;

/**
 * Why a file is left out unless something from outside of its tree names it. A Dockerfile right in `vendor/` counts as
 * first-party (a service that is called "vendor"); vendored code lies deeper.
 */
export function foreignTree(path: RepoPath): 'vendored' | 'test-fixture' | undefined {
  const parts = path.split('/');
  for (let index = 0; index < parts.length - 1; index++) {
    const part = parts[index] ?? '';
    if (VENDORED.test(part) && (part !== 'vendor' || index < parts.length - 2)) return 'vendored';
    if (FIXTURE.test(part)) return 'test-fixture';
  }
  return undefined;
}
