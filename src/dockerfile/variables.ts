/** ARG and ENV by BuildKit's scoping: which value a variable has at which instruction. */

import type { Dockerfile, Instruction } from './dockerfile.ts';

/** Variables at one place. `has` is true for declared ones, also when their value is not known. */
export interface Scope {
  readonly get: (name: string) => string | undefined;
  readonly has: (name: string) => boolean;
}

/** What the caller knows from outside: `docker build --build-arg`, compose `args`. */
export type BuildArgs = Readonly<Record<string, string | undefined>>;

/** The scope that an instruction's own words are expanded in (before what it declares itself). */
export function scopeAt(_dockerfile: Dockerfile, _instruction: Instruction, _args: BuildArgs = {}): Scope {
  return { get: () => undefined, has: () => false };
}

/** Expands `$V`, `${V}`, `${V:-x}`, `${V:+x}`, `${V#p}`, `${V/p/r}` and removes quotes; `undefined` when a value is not known. */
export function expand(_text: string, _scope: Scope, _escape: '\\' | '`' = '\\'): string | undefined {
  return undefined;
}
