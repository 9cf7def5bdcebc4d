/** Does a Go program need cgo, and which shared libraries come with it? */

import type { RepositoryFiles } from '../repository/files.ts';
import type { Location } from '../repository/location.ts';
import type { RepoPath } from '../repository/path.ts';
import type { GoModule } from './go-module.ts';

export interface CgoReason {
  /** Module path, or the first-party package's directory. */
  readonly module: string;
  readonly at: Location;
  /** Sonames needed at run time beyond libc (`libpcap.so.0.8`); empty = compiled in; `undefined` = not known. */
  readonly libraries: readonly string[] | undefined;
  /** Needs libstdc++ (C++ code). */
  readonly cxx: boolean;
}

export type CgoUse =
  | { readonly kind: 'none' }
  | { readonly kind: 'cgo'; readonly reasons: readonly [CgoReason, ...CgoReason[]] }
  | { readonly kind: 'unknown'; readonly because: string; readonly at: Location };

/**
 * `packageDir` narrows the question to what that main package reaches. `none` means: no `import "C"` in reachable
 * first-party (and vendored) code and no known cgo module; the standard library's own cgo (net, os/user) is not counted.
 */
export function cgoUse(_files: RepositoryFiles, module: GoModule, _packageDir?: RepoPath): CgoUse {
  return { kind: 'unknown', because: 'not scanned', at: { path: module.manifest, line: 1 } };
}
