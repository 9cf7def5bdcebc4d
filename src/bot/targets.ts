/** Which repositories a command means: one, a list in a file, or everything of an owner. */

import type { Platform, Repository } from './github/platform.ts';
import { isRepositoryName } from './names.ts';
import { isRemote } from './remote-error.ts';

export type Target =
  | { readonly kind: 'repositories'; readonly names: readonly string[] }
  | { readonly kind: 'owner'; readonly owner: string };

/** Lines `owner/name`; blank lines and `#` comments are skipped. Returns the lines that are neither. */
export function parseRepositoryList(text: string): { readonly names: readonly string[]; readonly problems: readonly string[] } {
  const lines = text
    .split(/\r?\n/)
    .map((line, index) => ({ at: index + 1, name: line.replace(/#.*$/, '').trim() }))
    .filter(({ name }) => name !== '');
  const names = lines.filter(({ name }) => isRepositoryName(name)).map(({ name }) => name);
  return {
    names: [...new Set(names)],
    problems: lines.filter(({ name }) => !isRepositoryName(name)).map(({ at, name }) => `line ${at}: "${name}" is not owner/name`),
  };
}

/** A repository of a list that cannot be seen is skipped by name, and does not stop the others. */
export async function* repositoriesOf(target: Target, platform: Platform): AsyncGenerator<Repository, void> {
  if (target.kind === 'owner') return yield* platform.repositories(target.owner);
  for (const name of target.names) {
    try {
      yield await platform.repository(name);
    } catch (error) {
      if (!isRemote(error, 'not-found') && !isRemote(error, 'forbidden')) throw error;
      yield {
        name,
        defaultBranch: 'main',
        skip: { reason: 'failed', detail: 'the repository does not exist, or the credential may not see it' },
      };
    }
  }
}
