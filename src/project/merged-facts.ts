/** What several programs of one image say about their run time, together. */

import type { ProgramFacts } from './program.ts';

/** The first program is the one that the container starts: its probes are the image's. */
export function mergedFacts(all: readonly ProgramFacts[]): ProgramFacts {
  const pick = <Item>(list: (facts: ProgramFacts) => readonly Item[]): readonly Item[] => [...new Set(all.flatMap(list))];
  return {
    complete: all.every(({ complete }) => complete),
    files: pick(({ files }) => files),
    computedFiles: pick(({ computedFiles }) => computedFiles),
    executes: pick(({ executes }) => executes),
    ports: pick(({ ports }) => ports),
    probes: all[0]?.probes ?? [],
    embeds: pick(({ embeds }) => embeds),
    timezones: pick(({ timezones }) => timezones),
    users: pick(({ users }) => users),
    healthPaths: pick(({ healthPaths }) => healthPaths),
    privileges: pick(({ privileges }) => privileges ?? []),
    orphans: pick(({ orphans }) => orphans ?? []),
    homes: pick(({ homes }) => homes ?? []),
  };
}
