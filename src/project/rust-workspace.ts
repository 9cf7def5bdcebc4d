/** Cargo.toml: the package or workspace of a directory, with the targets that cargo would discover. */

import type { RepositoryFiles } from '../repository/files.ts';
import type { RepoPath } from '../repository/path.ts';

export interface CargoTarget {
  readonly kind: 'bin' | 'lib' | 'proc-macro' | 'bench' | 'example' | 'test';
  readonly name: string;
  /** Source file; the manifest names it or cargo discovers it. */
  readonly path: RepoPath;
  readonly requiredFeatures: readonly string[];
}

export interface CargoDependency {
  /** Crate name in the registry (`package =` applied). */
  readonly name: string;
  readonly kind: 'normal' | 'dev' | 'build';
  /** Directory of a path dependency; `'outside'` when it leaves the repository. */
  readonly path: RepoPath | 'outside' | undefined;
  readonly git: boolean;
  readonly features: readonly string[];
  readonly optional: boolean;
}

export interface CargoPackage {
  readonly dir: RepoPath;
  readonly manifest: RepoPath;
  readonly name: string;
  readonly targets: readonly CargoTarget[];
  /** build.rs or `package.build`. */
  readonly buildScript: RepoPath | undefined;
  readonly dependencies: readonly CargoDependency[];
  readonly features: Readonly<Record<string, readonly string[]>>;
  /** `rust-version`, workspace inheritance applied. */
  readonly rustVersion: string | undefined;
  /** Binary that `cargo run` starts. */
  readonly defaultRun: string | undefined;
}

export interface CargoProject {
  /** Directory where cargo keeps Cargo.lock and target/: the workspace root, else the package. */
  readonly root: RepoPath;
  readonly manifest: RepoPath;
  /** True for a `[workspace]`, with or without a root package. */
  readonly workspace: boolean;
  /** The package of the asked directory; `undefined` for a virtual workspace. */
  readonly package: CargoPackage | undefined;
  /** Every member, root package included; one element for a plain package. */
  readonly members: readonly CargoPackage[];
  readonly lock: RepoPath | undefined;
  /** .cargo/config.toml (or config) files in force, nearest first. */
  readonly configs: readonly RepoPath[];
  /** rust-toolchain.toml or rust-toolchain. */
  readonly toolchain: { readonly path: RepoPath; readonly channel: string | undefined } | undefined;
  /** `build.target` of the configuration. */
  readonly configTarget: string | undefined;
  /** Profiles declared in the root manifest, with their settings. */
  readonly profiles: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Path dependencies that are not members, as directories. */
  readonly outside: readonly (RepoPath | 'outside')[];
}

export type CargoAnswer =
  | { readonly kind: 'project'; readonly project: CargoProject }
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly path: RepoPath; readonly detail: string };

/** The nearest package at or above `dir`, and its workspace; never above `ceiling` (the build context). */
export function cargoProject(_files: RepositoryFiles, _dir: RepoPath, _ceiling: RepoPath): CargoAnswer {
  return { kind: 'absent' };
}
