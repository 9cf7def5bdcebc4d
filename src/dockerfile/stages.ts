/** Cuts instructions into build stages and resolves their bases, as BuildKit names them. */

import type { Dockerfile, Instruction, Stage } from './dockerfile.ts';
import { globalLookup } from './global-args.ts';
import { expandWord } from './word-lexer.ts';

/** `instructions` carry their stage numbers already. */
export function stagesOf(instructions: readonly Instruction[], escape: Dockerfile['escape']): readonly Stage[] {
  const groups: Instruction[][] = [];
  const before: Instruction[] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === 'FROM') groups.push([instruction]);
    else (groups.at(-1) ?? before).push(instruction);
  }
  const lookup = globalLookup(before, escape);
  const byName = new Map<string, number>();
  const stages: Stage[] = [];
  for (const members of groups) {
    const [from] = members;
    if (from === undefined) continue;
    const index = stages.length;
    const baseText = from.words[0]?.raw ?? '';
    const expanded = expandWord(baseText, { escape, lookup, needValues: true });
    const base = expanded.kind === 'expanded' && expanded.value !== '' ? expanded.value : undefined;
    // BuildKit compares the base with the lower-cased names as it is written; a stage never sees itself or later ones.
    const parent = base === undefined ? undefined : byName.get(base);
    const platform = from.flags.find(({ name }) => name === 'platform')?.value;
    const name = from.words[2]?.raw.toLowerCase();
    stages.push({ index, name, from, baseText, base, parent, platform, instructions: members });
    if (name !== undefined) byName.set(name, index);
  }
  return stages;
}
