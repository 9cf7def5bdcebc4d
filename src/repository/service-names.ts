/** Names of services: unique in the repository, and the same in every run as long as the files are. */

import { isPackagingDirectory } from './guess-context.ts';
import { basename, dirname, ROOT, type RepoPath } from './path.ts';
import type { Build } from './service.ts';

/**
 * The compose service's name where there is just one and no other Dockerfile has it; else the directory's, with what tells
 * the file from others in it (`api/Dockerfile.worker` is `api-worker`, the top one `root`); else the path.
 */
export function serviceNames(
  services: readonly { readonly dockerfile: RepoPath; readonly builds: readonly Build[] }[],
): ReadonlyMap<RepoPath, string> {
  const names = new Map<RepoPath, string>();
  const taken = new Set<string>();
  for (const propose of [composeName, directoryName, ({ dockerfile }: { readonly dockerfile: RepoPath }) => dockerfile]) {
    const proposals = services
      .filter(({ dockerfile }) => !names.has(dockerfile))
      .map((service) => ({ dockerfile: service.dockerfile, name: propose(service) }));
    const counts = new Map<string, number>();
    for (const { name } of proposals) if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const { dockerfile, name } of proposals) {
      if (name === undefined || counts.get(name) !== 1 || taken.has(name)) continue;
      names.set(dockerfile, name);
      taken.add(name);
    }
  }
  return names;
}

function composeName({ builds }: { readonly builds: readonly Build[] }): string | undefined {
  const names = new Set(builds.flatMap(({ by, name }) => (by === 'compose' && name !== undefined ? [name] : [])));
  const [name] = names;
  return names.size === 1 ? name : undefined;
}

function directoryName({ dockerfile }: { readonly dockerfile: RepoPath }): string | undefined {
  let dir = dirname(dockerfile);
  while (dir !== ROOT && isPackagingDirectory(dir)) dir = dirname(dir);
  const variant = variantOf(dockerfile);
  if (dir === ROOT) return variant ?? 'root';
  return variant === undefined ? basename(dir) : `${basename(dir)}-${variant}`;
}

/** `worker` of `Dockerfile.worker` and `worker.Dockerfile`. */
export function variantOf(dockerfile: RepoPath): string | undefined {
  const variant = basename(dockerfile)
    .replace(/^(?:dockerfile|containerfile)[._-]?/i, '')
    .replace(/[._-]?(?:dockerfile|containerfile)$/i, '');
  return variant === '' ? undefined : variant;
}
