/** The module graph of a Deno entry point, as far as the repository holds it. */

import type { RepositoryFiles } from '../repository/files.ts';
import type { Location } from '../repository/location.ts';
import type { RepoPath } from '../repository/path.ts';
import type { DenoConfig } from './deno-config.ts';

export interface DenoExternal {
  /** `npm:express@4`, `jsr:@std/http`, `https://...`, `node:fs`, after the import map. */
  readonly specifier: string;
  readonly kind: 'npm' | 'jsr' | 'https' | 'node' | 'unresolved';
  /** `express`, `@std/http`; the URL for https. */
  readonly name: string;
  readonly at: Location;
}

export interface DenoGraph {
  readonly entry: RepoPath;
  readonly complete: boolean;
  readonly modules: readonly RepoPath[];
  readonly externals: readonly DenoExternal[];
  /** `import(expression)` that is not a constant, unparsable modules, and the like. */
  readonly gaps: readonly { readonly at: Location; readonly reason: string }[];
}

/** `undefined` when the entry is not a file of the repository. */
export function denoGraph(_files: RepositoryFiles, _entry: RepoPath, _config: DenoConfig | undefined): DenoGraph | undefined {
  return undefined;
}
