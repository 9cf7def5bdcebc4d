/** What every reader of surroundings shares: who is known, and how a line is tied to a service. */

import type { RepoPath } from '../path.ts';
import type { CommandSite } from '../references/command-site.ts';
import type { ComposeBuild } from '../references/compose.ts';
import type { BakeBuild } from '../references/bake.ts';
import type { Reference } from '../references/reference.ts';
import type { CommandText, Dependent, Service } from '../service.ts';
import type { Survey } from '../survey.ts';
import { readable } from '../syntax/holes.ts';

export interface Surroundings {
  readonly survey: Survey;
  /** Without dependents yet. */
  readonly services: readonly Service[];
  readonly references: ReadonlyMap<RepoPath, readonly Reference[]>;
  readonly composeBuilds: readonly ComposeBuild[];
  readonly bakeBuilds: readonly BakeBuild[];
  readonly sites: readonly CommandSite[];
}

/** A dependent and the Dockerfile that it relies on. */
export interface Tie {
  readonly dockerfile: RepoPath;
  readonly dependent: Dependent;
}

/** `Omit` that keeps the members of a union apart. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What a dependent says, without who says it and where. */
export type Saying = Without<Dependent, 'source' | 'at' | 'by' | 'matched'>;

export interface Match {
  readonly dockerfile: RepoPath;
  readonly matched: NonNullable<Dependent['matched']>;
}

/** One tie for each Dockerfile that is meant. */
export function ties(matches: readonly Match[], origin: Pick<Dependent, 'source' | 'at' | 'by'>, saying: Saying): readonly Tie[] {
  return matches.map(({ dockerfile, matched }) => ({ dockerfile, dependent: { ...origin, matched, ...saying } as Dependent }));
}

export function argv(words: readonly string[]): CommandText {
  return { form: 'exec', argv: words.map(readable) };
}
