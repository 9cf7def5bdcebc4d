/** Facts about Node and Bun projects: package.json, lock files, workspaces, native modules, build output. */

import type { RepositoryFiles } from '../repository/files.ts';
import type { Location } from '../repository/location.ts';
import type { RepoPath } from '../repository/path.ts';

export interface NodeLock {
  readonly path: RepoPath;
  readonly manager: 'npm' | 'pnpm' | 'yarn-classic' | 'yarn-berry' | 'bun';
}

export interface NativeModule {
  readonly name: string;
  readonly at: Location;
  /** `prebuilt`: ships binaries per libc; `compiled`: node-gyp at install; `browser`: downloads or drives Chrome. */
  readonly kind: 'prebuilt' | 'compiled' | 'browser';
  /** Debian packages needed at run time. */
  readonly needs: readonly string[];
}

export interface NodeProject {
  readonly dir: RepoPath;
  readonly manifest: RepoPath;
  readonly name: string | undefined;
  readonly type: 'module' | 'commonjs';
  readonly main: string | undefined;
  readonly bin: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly engines: Readonly<Record<string, string>>;
  /** `packageManager` field, `pnpm@9.1.0`. */
  readonly packageManager: string | undefined;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  /** Lock files beside it, or at the workspace root. */
  readonly locks: readonly NodeLock[];
  /** Workspace root above or at it, within the ceiling. */
  readonly workspaceRoot: RepoPath | undefined;
  /** Directories of all workspace members when this is the root; manifests that an install needs. */
  readonly workspaces: readonly RepoPath[];
  readonly native: readonly NativeModule[];
  /** Build tools recognised with the directories that the production server needs. */
  readonly outputs: readonly { readonly tool: 'next' | 'next-standalone' | 'vite' | 'nest' | 'tsc' | 'nuxt' | 'svelte-kit' | 'remix' | 'astro'; readonly paths: readonly string[]; readonly at: Location }[];
  /** Files besides manifest and lock that an install reads: .npmrc, .yarnrc.yml, .yarn/, patches/, prisma/schema.prisma with postinstall. */
  readonly installInputs: readonly RepoPath[];
  /** `preinstall`, `postinstall`, `prepare` scripts of this package that run code of the repository. */
  readonly installScripts: readonly string[];
}

/** The nearest package.json at or above `dir`, never above `ceiling` (the build context). */
export function nodeProject(_files: RepositoryFiles, _dir: RepoPath, _ceiling: RepoPath): NodeProject | undefined {
  return undefined;
}
