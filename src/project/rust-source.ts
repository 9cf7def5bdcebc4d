/** What Rust sources say about build time and run time. */

import type { RepositoryFiles } from '../repository/files.ts';
import type { Location } from '../repository/location.ts';
import type { ProgramFacts } from './program.ts';
import type { CargoPackage } from './rust-workspace.ts';

export interface RustFacts extends ProgramFacts {
  /** sqlx `query!` macros: the build needs `.sqlx` or sqlx-data.json (or a database). */
  readonly sqlxMacros: readonly Location[];
}

/** Facts of a package and of the path dependencies given with it. */
export function rustFacts(_files: RepositoryFiles, _packages: readonly CargoPackage[]): RustFacts {
  return { complete: false, files: [], computedFiles: [], executes: [], ports: [], probes: [], embeds: [], timezones: [], users: [], healthPaths: [], sqlxMacros: [] };
}
