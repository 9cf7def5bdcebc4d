/** What a COPY or ADD puts where, with its origin. */

import type { CopiedFile } from './contract.ts';
import type { Dockerfile, Instruction } from './dockerfile.ts';
import { absolutePath } from './image-path.ts';

/** Directories of every distribution's base image: a file that is copied there keeps its name. */
export const SYSTEM_DIRECTORY =
  /^\/(?:bin|sbin|etc|opt|srv|home|root|tmp|var|lib|usr|usr\/(?:s?bin|lib|share|local|local\/(?:bin|lib|share)))$/;

/**
 * One entry for each source. `expand` substitutes variables; what it does not know stays as written.
 * `target` ends in `/` when the source keeps its name inside it: several sources, a trailing slash, `.`, or a directory that exists.
 */
export function copiedFiles(
  dockerfile: Dockerfile,
  instruction: Instruction,
  workdir: string,
  expand: (text: string) => string,
): readonly CopiedFile[] {
  const words = instruction.words;
  const last = words.at(-1);
  if (last === undefined || words.length < 2) return [];
  const sources = words.slice(0, -1);
  const written = expand(last.value);
  const path = absolutePath(written, workdir);
  const directory = sources.length > 1 || /(^|\/)\.?$/.test(written) || path === absolutePath(workdir, '/') || SYSTEM_DIRECTORY.test(path);
  const target = directory && path !== '/' ? `${path}/` : path;
  const flag = (name: string): string | undefined => {
    const value = instruction.flags.find((candidate) => candidate.name === name)?.value;
    return value === undefined ? undefined : expand(value);
  };
  const from = flag('from');
  return sources.map(({ value }) => {
    const source = expand(value);
    return {
      source,
      target,
      origin: originOf(dockerfile, instruction, from, source),
      owner: flag('chown'),
      mode: flag('chmod'),
      at: instruction.at,
    };
  });
}

function originOf(dockerfile: Dockerfile, instruction: Instruction, from: string | undefined, source: string): CopiedFile['origin'] {
  if (from !== undefined) {
    const name = from.toLowerCase();
    const stage =
      dockerfile.stages.find((candidate) => candidate.index < instruction.stage && candidate.name === name)?.index ??
      (/^\d+$/.test(from) && Number(from) < instruction.stage ? Number(from) : undefined);
    return stage === undefined ? { kind: 'image', image: from } : { kind: 'stage', stage };
  }
  if (source.startsWith('<<')) return { kind: 'heredoc' };
  if (instruction.keyword === 'ADD' && /^(https?:\/\/|git@|git:\/\/)/.test(source)) return { kind: 'remote' };
  return { kind: 'context' };
}
