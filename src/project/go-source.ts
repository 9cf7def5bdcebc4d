/** Go packages of a module and what their sources say about run time. */

import type { RepositoryFiles } from '../repository/files.ts';
import type { Location } from '../repository/location.ts';
import type { RepoPath } from '../repository/path.ts';
import type { GoModule } from './go-module.ts';
import type { ProgramFacts } from './program.ts';

export interface GoImport {
  readonly path: string;
  readonly at: Location;
}

export interface GoPackage {
  readonly dir: RepoPath;
  /** Package clause: `main` is a program. */
  readonly name: string;
  /** Files built on linux without extra tags: no tests, no excluded build tags. */
  readonly files: readonly RepoPath[];
  readonly imports: readonly GoImport[];
  /** Import path. */
  readonly path: string;
}

export interface GoPackages {
  readonly complete: boolean;
  readonly packages: readonly GoPackage[];
}

/** All packages of a module; nested modules, vendor, testdata and `_`/`.` directories are left out as Go does. */
export function goPackages(_files: RepositoryFiles, _module: GoModule): GoPackages {
  return { complete: false, packages: [] };
}

/** Packages of the module (and of local replaces and go.work siblings) that a main package reaches, itself included. */
export function goReachable(_files: RepositoryFiles, _module: GoModule, _packageDir: RepoPath): GoPackages {
  return { complete: false, packages: [] };
}

/** Run-time facts of the program in `packageDir` (all packages of the module without it). */
export function goFacts(_files: RepositoryFiles, _module: GoModule, _packageDir?: RepoPath): ProgramFacts {
  return { complete: false, files: [], computedFiles: [], executes: [], ports: [], probes: [], embeds: [], timezones: [], users: [], healthPaths: [] };
}
