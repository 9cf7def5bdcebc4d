/** Copies that bring what the service writes to: `--chown` gives it to the user, without a layer of its own. */

import type { RuntimeContract } from '../../dockerfile/contract.ts';
import type { Instruction } from '../../dockerfile/dockerfile.ts';
import { isInside } from '../../dockerfile/image-path.ts';
import type { ImageFacts } from '../../images/facts.ts';
import type { Edit } from '../../repository/edit.ts';
import { repoPath } from '../../repository/path.ts';
import type { Subject } from '../transform.ts';
import { isForPrograms } from './made-directories.ts';
import { isClosedDownload } from './root-only.ts';

export interface CoveringCopy {
  readonly instruction: Instruction;
  /** The copied tree can be given away as a whole. */
  readonly chown: boolean;
  /** Owned directories that are in the tree. */
  readonly brings: readonly string[];
}

/** Copies into a directory above an owned one: they set the owner of every directory they bring. */
export function coveringCopies(
  { files, service }: Subject,
  instructions: readonly Instruction[],
  contract: RuntimeContract,
  owned: readonly string[],
): readonly CoveringCopy[] {
  const { context } = service.builds[0];
  return instructions.flatMap((instruction) => {
    if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') return [];
    return contract.files.flatMap(({ at, target, source, origin }): readonly CoveringCopy[] => {
      const top = target.length > 1 ? target.replace(/\/$/, '') : target;
      const below = at.line === instruction.at.line ? owned.filter((dir) => dir !== top && isInside(dir, top)) : [];
      const root =
        context === undefined || origin.kind !== 'context' ? undefined : repoPath(source.replace(/^(?:\.?\/)+/, '') || '.', context);
      if (below.length === 0 || root === undefined || !files.isDirectory(root)) return [];
      // Which of them it brings, only the build knows.
      if (below.some((dir) => dir.includes('$'))) return [{ instruction, chown: false, brings: [] }];
      const brings = below.filter((dir) => {
        const path = repoPath(dir.slice(top === '/' ? 1 : top.length + 1), root);
        return path !== undefined && files.isDirectory(path);
      });
      return brings.length === 0 ? [] : [{ instruction, chown: !isForPrograms(top), brings: !isForPrograms(top) ? brings : [] }];
    });
  });
}

/** `ids`: the new owner, as numbers. */
export function ownCopies(
  { dockerfile }: Subject,
  instructions: readonly Instruction[],
  contract: RuntimeContract,
  owned: readonly string[],
  covering: readonly CoveringCopy[],
  { family }: ImageFacts,
  ids: string,
): readonly Edit[] {
  return instructions.flatMap((instruction) => {
    if ((instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') || instruction.flags.some(({ name }) => name === 'chown'))
      return [];
    const inside =
      covering.some((copy) => copy.instruction === instruction && copy.chown) ||
      isClosedDownload(dockerfile, instruction) ||
      contract.files.some(({ at, source, target, origin }) => {
        const path = target.length > 1 ? target.replace(/\/$/, '') : target;
        // A directory of state that the builder has made under the same name.
        const moved =
          family === 'python' &&
          origin.kind === 'stage' &&
          source === target &&
          /^\/[\w-]+(?:\/[\w-]+)*$/.test(path) &&
          !isForPrograms(path);
        return at.line === instruction.at.line && (moved || owned.some((dir) => isInside(path, dir)));
      });
    return inside
      ? [{ path: dockerfile.path, start: instruction.keywordSpan.end, end: instruction.keywordSpan.end, text: ` --chown=${ids}` }]
      : [];
  });
}
