/** ARG before the first FROM: the only variables that FROM lines see, besides the predefined ones. */

import type { Dockerfile, Instruction } from './dockerfile.ts';
import { expandWord, type Variable } from './word-lexer.ts';

/** What the builder itself defines for FROM and for a bare `ARG NAME`: its values depend on the build. */
const PREDEFINED: ReadonlySet<string> = new Set([
  'BUILDPLATFORM',
  'BUILDOS',
  'BUILDOSVERSION',
  'BUILDARCH',
  'BUILDVARIANT',
  'TARGETPLATFORM',
  'TARGETOS',
  'TARGETOSVERSION',
  'TARGETARCH',
  'TARGETVARIANT',
  'TARGETSTAGE',
]);

function isPredefined(name: string): boolean {
  return PREDEFINED.has(name);
}

export type GlobalLookup = (name: string) => Variable;

const UNKNOWN: Variable = { kind: 'unknown' };
const UNSET: Variable = { kind: 'unset' };

/** Values by name after all global ARGs: their defaults unless `args` (from `--build-arg`) says otherwise. */
export function globalLookup(
  before: readonly Instruction[],
  escape: Dockerfile['escape'],
  args: Readonly<Record<string, string | undefined>> = {},
): GlobalLookup {
  const values = new Map<string, Variable>();
  const lookup: GlobalLookup = (name) => values.get(name) ?? (isPredefined(name) ? UNKNOWN : UNSET);
  for (const { keyword, pairs } of before) {
    if (keyword !== 'ARG') continue;
    for (const { name, raw } of pairs) {
      if (Object.hasOwn(args, name)) {
        const given = args[name];
        values.set(name, given === undefined ? UNKNOWN : { kind: 'value', value: given });
      } else if (raw !== undefined) {
        const result = expandWord(raw, { escape, lookup });
        values.set(name, result.kind === 'expanded' ? { kind: 'value', value: result.value } : UNKNOWN);
      }
    }
  }
  return lookup;
}
