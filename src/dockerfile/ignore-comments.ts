/** `# dockmod: ignore [transform...]` above an instruction and `# dockmod: ignore-file [transform...]`: people's opt-outs. */

import type { Comment, Dockerfile } from './dockerfile.ts';

export interface IgnoredInstructions {
  /** True when the whole file is to be left alone. */
  readonly file: boolean;
  /** Whether an instruction (by its index) is not to be touched by a transform. */
  readonly isIgnored: (instruction: number, transform: string) => boolean;
  /** Every id that the comments name: one that is no transform is a typing error worth telling. */
  readonly ids: ReadonlySet<string>;
}

/** `undefined` ids mean every transform. */
type Ids = ReadonlySet<string> | undefined;

const OPT_OUT = /^#[ \t]*dockmod:[ \t]*(ignore|ignore-file)(?:[ \t]+(\S.*))?$/i;

const cache = new WeakMap<Dockerfile, IgnoredInstructions>();

/**
 * A comment counts for the instruction that follows its comment block (blank lines may stand between) and for the instruction
 * whose continued lines it stands in. `ignore-file` may stand anywhere. Cached per file.
 */
export function ignoredInstructions(dockerfile: Dockerfile): IgnoredInstructions {
  const known = cache.get(dockerfile);
  if (known !== undefined) return known;
  const files: Ids[] = [];
  const instructions = new Map<number, Ids[]>();
  let next = 0;
  for (const comment of dockerfile.comments) {
    const optOut = readOptOut(comment);
    if (optOut === undefined) continue;
    while (next < dockerfile.instructions.length && (dockerfile.instructions[next]?.span.start ?? 0) < comment.span.start) next++;
    if (optOut.file) files.push(optOut.ids);
    else {
      const index = comment.inside ?? next;
      const ids = instructions.get(index);
      if (ids === undefined) instructions.set(index, [optOut.ids]);
      else ids.push(optOut.ids);
    }
  }
  const covers = (list: readonly Ids[] | undefined, transform: string): boolean =>
    list?.some((ids) => ids === undefined || ids.has(transform)) ?? false;
  const result: IgnoredInstructions = {
    ids: new Set([files, ...instructions.values()].flat().flatMap((ids) => [...(ids ?? [])])),
    file: files.includes(undefined),
    isIgnored: (instruction, transform) => covers(files, transform) || covers(instructions.get(instruction), transform),
  };
  cache.set(dockerfile, result);
  return result;
}

/** Ids end at the first word that is no id, so that a reason can follow: `ignore nonroot -- reads host logs`. */
function readOptOut({ text }: Comment): { readonly file: boolean; readonly ids: Ids } | undefined {
  const match = OPT_OUT.exec(text.trimEnd());
  if (match === null) return undefined;
  const ids: string[] = [];
  for (const word of (match[2] ?? '').split(/[\s,]+/)) {
    if (!/^[a-z][a-z0-9-]*$/.test(word)) break;
    ids.push(word);
  }
  return { file: match[1]?.toLowerCase() === 'ignore-file', ids: ids.length === 0 ? undefined : new Set(ids) };
}
