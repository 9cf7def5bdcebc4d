/** ARG and ENV by BuildKit's scoping: which value a variable has at which instruction. */

import type { Dockerfile, Instruction, Stage } from './dockerfile.ts';
import { globalLookup, type GlobalLookup } from './global-args.ts';
import { expandWord, type Variable } from './word-lexer.ts';

/** Variables at one place. */
export interface Scope {
  /** `undefined` when the variable has no value or the value is not known. */
  readonly get: (name: string) => string | undefined;
  /** True when the file declares the variable above, or the base image's environment is known to have it. */
  readonly has: (name: string) => boolean;
  /** Tells a variable that certainly has no value from one that nobody here knows. */
  readonly lookup?: (name: string) => Variable;
}

/** What the caller knows from outside of the file. Keep one object per file: results are cached by its identity. */
export interface Outside {
  /** `docker build --build-arg`, compose `args`; an `undefined` value is one that is passed but not known. */
  readonly args?: Readonly<Record<string, string | undefined>>;
  /** Environment of the base image of a stage that has no parent stage; `undefined` when it is not known. */
  readonly env?: (stage: Stage) => Readonly<Record<string, string>> | undefined;
}

interface Change {
  readonly index: number;
  readonly variable: Variable;
}

interface StageVariables {
  readonly parent: StageVariables | undefined;
  /** Environment of the base image: of stages without a parent. */
  readonly base: Readonly<Record<string, string>> | undefined;
  /** The base image's environment is known. */
  readonly closed: boolean;
  readonly changes: Map<string, Change[]>;
}

const UNKNOWN: Variable = { kind: 'unknown' };
const UNSET: Variable = { kind: 'unset' };
const NOTHING: Outside = {};
const cache = new WeakMap<Dockerfile, Map<Outside, readonly StageVariables[]>>();

/** The scope that an instruction's own words are expanded in: everything above it, nothing that it declares itself. */
export function scopeAt(dockerfile: Dockerfile, instruction: Pick<Instruction, 'stage' | 'index'>, outside: Outside = NOTHING): Scope {
  const stage = stageVariables(dockerfile, outside)[instruction.stage];
  if (stage === undefined) {
    const lookup = globals(dockerfile, outside, instruction.index);
    return scopeOf(lookup, (name) => lookup(name).kind !== 'unset');
  }
  const declared = (name: string): boolean => declaration(stage, name, instruction.index) !== undefined;
  return scopeOf((name) => lookUp(stage, name, instruction.index), declared);
}

function scopeOf(lookup: (name: string) => Variable, has: (name: string) => boolean): Scope {
  const get = (name: string): string | undefined => {
    const found = lookup(name);
    return found.kind === 'value' ? found.value : undefined;
  };
  return { lookup, get, has };
}

/** Expands `$V`, `${V}`, `${V:-x}`, `${V:+x}`, `${V#p}`, `${V/p/r}` and removes quotes; `undefined` when a value is not known or missing. */
export function expand(text: string, scope: Scope, escape: '\\' | '`' = '\\'): string | undefined {
  const lookup =
    scope.lookup ??
    ((name: string): Variable => {
      const value = scope.get(name);
      return value === undefined ? UNKNOWN : { kind: 'value', value };
    });
  const result = expandWord(text, { escape, lookup, needValues: true });
  return result.kind === 'expanded' ? result.value : undefined;
}

function globals(dockerfile: Dockerfile, { args }: Outside, before: number): GlobalLookup {
  return globalLookup(dockerfile.instructions.slice(0, Math.min(before, dockerfile.stages[0]?.from.index ?? 0)), dockerfile.escape, args);
}

/** What the stage, its parents or a known base environment say; `undefined` when none of them names the variable. */
function declaration(stage: StageVariables, name: string, before: number): Variable | undefined {
  for (let at: StageVariables | undefined = stage; at !== undefined; at = at.parent) {
    const found = lastBefore(at.changes.get(name), before);
    if (found !== undefined) return found;
    const value = at.base !== undefined && Object.hasOwn(at.base, name) ? at.base[name] : undefined;
    if (value !== undefined) return { kind: 'value', value };
  }
  return undefined;
}

/** A variable that nobody names is unset, unless the base image may bring it. */
function lookUp(stage: StageVariables, name: string, before: number): Variable {
  return declaration(stage, name, before) ?? (stage.closed ? UNSET : UNKNOWN);
}

function lastBefore(changes: readonly Change[] | undefined, before: number): Variable | undefined {
  if (changes === undefined) return undefined;
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.index ?? 0) < before) low = middle + 1;
    else high = middle;
  }
  return changes[low - 1]?.variable;
}

function stageVariables(dockerfile: Dockerfile, outside: Outside): readonly StageVariables[] {
  const known = cache.get(dockerfile)?.get(outside);
  if (known !== undefined) return known;
  const global = globals(dockerfile, outside, dockerfile.instructions.length);
  const result: StageVariables[] = [];
  for (const stage of dockerfile.stages) {
    const parent = stage.parent === undefined ? undefined : result[stage.parent];
    const base = parent !== undefined ? undefined : stage.base === 'scratch' ? {} : outside.env?.(stage);
    const own: StageVariables = { parent, base, closed: parent?.closed ?? base !== undefined, changes: new Map() };
    for (const instruction of stage.instructions) declare(own, instruction, dockerfile, global, outside);
    // A stage that declares nothing is left out of the chain, so that long chains stay cheap.
    result.push(own.changes.size === 0 && parent !== undefined ? parent : own);
  }
  const byOutside = cache.get(dockerfile) ?? new Map<Outside, readonly StageVariables[]>();
  byOutside.set(outside, result);
  cache.set(dockerfile, byOutside);
  return result;
}

function declare(
  stage: StageVariables,
  { keyword, pairs, index }: Instruction,
  { escape }: Dockerfile,
  global: GlobalLookup,
  { args = {} }: Outside,
): void {
  if (keyword !== 'ARG' && keyword !== 'ENV') return;
  // ENV expands all its values in the environment before it; ARG goes from one to the next.
  const seen = keyword === 'ENV' ? index : index + 1;
  const evaluate = (raw: string): Variable => {
    const result = expandWord(raw, { escape, lookup: (name) => lookUp(stage, name, seen), needValues: true });
    return result.kind === 'expanded' ? { kind: 'value', value: result.value } : UNKNOWN;
  };
  for (const { name, raw } of pairs) {
    const variable =
      keyword === 'ENV'
        ? evaluate(raw ?? '')
        : (argument(name, raw, evaluate, global, args) ?? (declaration(stage, name, index) === undefined ? UNSET : undefined));
    if (variable === undefined) continue;
    const changes = stage.changes.get(name);
    if (changes === undefined) stage.changes.set(name, [{ index, variable }]);
    else changes.push({ index, variable });
  }
}

/** `undefined` when `ARG NAME` has no value of its own and leaves the variable as it was. */
function argument(
  name: string,
  raw: string | undefined,
  evaluate: (raw: string) => Variable,
  global: GlobalLookup,
  args: Readonly<Record<string, string | undefined>>,
): Variable | undefined {
  if (Object.hasOwn(args, name)) {
    const given = args[name];
    return given === undefined ? UNKNOWN : { kind: 'value', value: given };
  }
  if (raw !== undefined) return evaluate(raw);
  const inherited = global(name);
  return inherited.kind === 'unset' ? undefined : inherited;
}
