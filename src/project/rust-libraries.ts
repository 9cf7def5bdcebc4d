/** Shared libraries that a Rust binary needs at run time, read from the `-sys` crates of Cargo.lock. */

import type { RepositoryFiles } from '../repository/files.ts';
import type { Location } from '../repository/location.ts';
import type { CargoProject } from './rust-workspace.ts';

export interface SysCrate {
  readonly crate: string;
  readonly version: string;
  readonly at: Location;
  /**
   * `static`: compiled in; `distroless`: dynamic, and base and cc have it (libssl3); `missing`: dynamic, and distroless
   * has it not; `unknown`: a -sys crate without an entry in the table.
   */
  readonly linkage: 'static' | 'distroless' | 'missing' | 'unknown';
  /** `libssl.so.3`, `libpq.so.5`. */
  readonly libraries: readonly string[];
  /** Feature or crate that decides, in words. */
  readonly because: string;
}

export type SysCrates =
  | { readonly kind: 'known'; readonly crates: readonly SysCrate[] }
  /** No Cargo.lock: nothing can be said. */
  | { readonly kind: 'unknown'; readonly because: string };

/** `packageName` narrows to the crates that this member depends on (dev-dependencies of others do not count). */
export function sysCrates(_files: RepositoryFiles, _project: CargoProject, _packageName?: string): SysCrates {
  return { kind: 'unknown', because: 'not scanned' };
}
