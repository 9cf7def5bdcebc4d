/** Dockerfiles that nobody references beside one that somebody does: most likely left over. */

import { basename, dirname, type RepoPath } from './path.ts';
import type { Build } from './service.ts';
import { variantOf } from './service-names.ts';

interface Candidate {
  readonly dockerfile: RepoPath;
  readonly builds: readonly Build[];
}

/** Words that tell variants of one image, not different programs. */
const VARIANT = new Set(
  `
  dev develop development prod production staging stage test tests testing debug local ci alpine debian ubuntu slim distroless scratch multistage multi
  optimized old new orig original backup bak copy legacy deprecated arm arm64 arm64v8 armhf amd64 x86 aarch64 base release build builder final minimal
  full cpu gpu cuda rocm simple example sample tmp temp
`
    .trim()
    .split(/\s+/),
);

/** The referenced Dockerfile that `dockerfile`, which nobody references, is a twin of. */
export function twinOf(dockerfile: RepoPath, context: RepoPath | undefined, referenced: readonly Candidate[]): RepoPath | undefined {
  const dir = dirname(dockerfile);
  const siblings = referenced.filter((other) => dirname(other.dockerfile) === dir);
  const own = words(dockerfile);
  const plain = own.length === 0;
  if (siblings.length > 0) {
    const related = siblings.find((other) => words(other.dockerfile).some((word) => own.includes(word)));
    const unnamed = siblings.find((other) => words(other.dockerfile).length === 0);
    return (related ?? unnamed ?? (siblings.length === 1 || plain ? siblings[0] : undefined))?.dockerfile;
  }
  // One context of its own that another file is built with: `docker/api.Dockerfile` for `api/`, and `api/Dockerfile` beside it.
  const sharers = referenced.filter(({ builds }) =>
    builds.some((build) => build.context !== undefined && build.context !== '.' && (build.context === dir || build.context === context)),
  );
  return sharers.length === 1 && (plain || related(own, sharers[0])) ? sharers[0]?.dockerfile : undefined;
}

function related(own: readonly string[], other: Candidate | undefined): boolean {
  return (
    other !== undefined &&
    (words(other.dockerfile).some((word) => own.includes(word)) || own.includes(basename(dirname(other.dockerfile)).toLowerCase()))
  );
}

/** What the name says besides "Dockerfile" and the kind of variant. */
function words(dockerfile: RepoPath): readonly string[] {
  return (variantOf(dockerfile) ?? '')
    .toLowerCase()
    .split(/[._-]/)
    .filter((word) => word !== '' && !VARIANT.has(word) && !/^v?\d+$/.test(word));
}
