/** go.mod and go.work: which module a directory belongs to and what it requires. */

import type { RepositoryFiles } from '../repository/files.ts';
import type { RepoPath } from '../repository/path.ts';

export interface GoRequire {
  readonly path: string;
  readonly version: string;
  readonly indirect: boolean;
  readonly line: number;
}

export interface GoReplace {
  readonly from: string;
  readonly to: string;
  /** True for `./x` and `../x` (a directory). */
  readonly local: boolean;
  /** The local directory; `undefined` when it leaves the repository. */
  readonly dir: RepoPath | undefined;
  readonly line: number;
}

export interface GoModule {
  readonly dir: RepoPath;
  readonly manifest: RepoPath;
  /** Module path, `example.com/shop`. */
  readonly path: string;
  /** `1.24` or `1.24.3`. */
  readonly go: string | undefined;
  readonly goLine: number | undefined;
  /** `go1.24.3` without its prefix. */
  readonly toolchain: string | undefined;
  readonly requires: readonly GoRequire[];
  readonly replaces: readonly GoReplace[];
  /** go.sum beside it. */
  readonly sum: RepoPath | undefined;
  /** vendor/modules.txt exists: `go build` uses it without `-mod`. */
  readonly vendored: boolean;
  /** The go.work in force, unless it does not use this module. */
  readonly work: { readonly path: RepoPath; readonly uses: readonly RepoPath[]; readonly go: string | undefined } | undefined;
}

/** The nearest module at or above `dir`, never above `ceiling` (the build context). */
export function goModule(_files: RepositoryFiles, _dir: RepoPath, _ceiling: RepoPath): GoModule | undefined {
  return undefined;
}
