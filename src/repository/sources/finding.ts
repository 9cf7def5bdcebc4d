/** What one file of a repository says about images: builds of Dockerfiles, and lines that rely on what is built. */

import type { Location } from '../location.ts';
import type { RepoPath } from '../path.ts';
import type { Build, Dependent } from '../service.ts';

/** How a line names the image it relies on. */
export interface ImageName {
  /** As written, without tag and digest. */
  readonly image: string;
}

export interface Findings {
  readonly builds: readonly { readonly dockerfile: RepoPath; readonly build: Build; readonly dependents: readonly Dependent[] }[];
  /** Lines tied to an image by its name: matched once all builds are known. */
  readonly uses: readonly { readonly image: string; readonly dependents: readonly Dependent[] }[];
  /** Dockerfile text inside of another file: reported, never edited. */
  readonly inline: readonly Location[];
  readonly problems: readonly { readonly at: Location; readonly message: string }[];
}

export const NOTHING: Findings = { builds: [], uses: [], inline: [], problems: [] };
