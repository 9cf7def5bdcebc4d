/** deno.json, deno.jsonc and import maps, with the offsets that an edit by position needs. */

import type { RepositoryFiles } from '../repository/files.ts';
import type { Location, Span } from '../repository/location.ts';
import type { RepoPath } from '../repository/path.ts';

export interface DenoTask {
  readonly name: string;
  readonly command: string;
  readonly dependencies: readonly string[];
  /** The command's JSON string in the file, with its quotes. */
  readonly span: Span;
  readonly at: Location;
}

export interface DenoConfig {
  readonly dir: RepoPath;
  readonly path: RepoPath;
  readonly tasks: readonly DenoTask[];
  /** Import map in force: `imports` of the configuration or of the file that `importMap` names. */
  readonly imports: Readonly<Record<string, string>>;
  readonly scopes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly importMap: RepoPath | undefined;
  /** deno.lock in force; `false` when the configuration turns it off. */
  readonly lock: RepoPath | false | undefined;
  readonly frozen: boolean;
  readonly nodeModulesDir: string | undefined;
  readonly vendor: boolean;
  readonly unstable: readonly string[];
  readonly workspace: readonly RepoPath[];
}

/** The nearest deno.json(c) at or above `dir`, never above `ceiling` (the build context). */
export function denoConfig(_files: RepositoryFiles, _dir: RepoPath, _ceiling: RepoPath): DenoConfig | undefined {
  return undefined;
}
