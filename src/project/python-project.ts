/** Python manifests of a directory: pyproject.toml, lock files, requirements, layout. */

import type { RepositoryFiles } from '../repository/files.ts';
import type { Location } from '../repository/location.ts';
import type { RepoPath } from '../repository/path.ts';

/** PEP 503 normalised name with what the manifest says. */
export interface PythonRequirement {
  readonly name: string;
  /** Version specifier or URL as written. */
  readonly specifier: string;
  readonly at: Location;
}

export interface RequirementsFile {
  readonly path: RepoPath;
  /** `-r` and `-c` includes resolved, depth first; `undefined` names that do not exist. */
  readonly includes: readonly { readonly path: RepoPath | undefined; readonly text: string; readonly kind: 'requirements' | 'constraints' }[];
  readonly requirements: readonly PythonRequirement[];
  /** Any `--hash=`: a supply-chain control. */
  readonly hashed: boolean;
  /** `-e .`, `./local`, `file:`: sources must be there when it is installed. */
  readonly local: readonly { readonly text: string; readonly at: Location }[];
  /** `git+https://`: git must be there when it is installed. */
  readonly git: readonly { readonly text: string; readonly at: Location }[];
  /** `--index-url` and the like. */
  readonly options: readonly string[];
}

export interface Pyproject {
  readonly path: RepoPath;
  readonly name: string | undefined;
  readonly requiresPython: string | undefined;
  readonly dependencies: readonly PythonRequirement[];
  readonly scripts: Readonly<Record<string, string>>;
  readonly dynamic: readonly string[];
  /** `build-system.build-backend`; `undefined` without a build system. */
  readonly buildBackend: string | undefined;
  readonly buildSystem: boolean;
  /** Files that building the project reads: `readme`, license files, dynamic version file. */
  readonly buildInputs: readonly RepoPath[];
  /** `[dependency-groups]` and `[tool.uv] dev-dependencies`. */
  readonly groups: readonly string[];
  readonly extras: readonly string[];
  readonly uv: {
    readonly present: boolean;
    /** `tool.uv.package`: `undefined` = decided by the build system. */
    readonly package: boolean | undefined;
    readonly workspace: boolean;
    /** `[tool.uv.sources]` with path or workspace: directories that the sync needs. */
    readonly localSources: readonly { readonly name: string; readonly path: RepoPath | undefined; readonly workspace: boolean }[];
    readonly requiredVersion: string | undefined;
  };
  readonly poetry: boolean;
}

export interface PythonProject {
  readonly dir: RepoPath;
  readonly pyproject: Pyproject | undefined;
  readonly uvLock: RepoPath | undefined;
  readonly poetryLock: RepoPath | undefined;
  readonly pdmLock: RepoPath | undefined;
  readonly pipfile: RepoPath | undefined;
  readonly pipfileLock: RepoPath | undefined;
  /** Root `requirements*.txt` and `requirements/*.txt`. */
  readonly requirements: readonly RepoPath[];
  readonly setup: RepoPath | undefined;
  /** `.python-version`. */
  readonly pythonVersion: { readonly path: RepoPath; readonly version: string } | undefined;
  /** True when uv sync would install the project itself, not only its dependencies. */
  readonly installsItself: boolean;
  readonly layout: 'src' | 'flat' | 'none';
  /** Import packages that the project ships, as directories. */
  readonly packages: readonly RepoPath[];
}

/** The project whose manifests stand in `dir` (exactly: Python has no upward search); `undefined` when it has none. */
export function pythonProject(_files: RepositoryFiles, _dir: RepoPath): PythonProject | undefined {
  return undefined;
}

/** One requirements file with its includes followed. */
export function requirementsFile(_files: RepositoryFiles, _path: RepoPath): RequirementsFile | undefined {
  return undefined;
}
