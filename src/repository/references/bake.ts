/** Bake files: `docker-bake.hcl`, `docker-bake.json` and their overrides. */

import { basename, dirname, type RepoPath } from '../path.ts';
import { present } from '../present.ts';
import type { Survey } from '../survey.ts';
import { fillings, hole, readable } from '../syntax/holes.ts';
import { readHcl, type HclBlock, type HclValue } from '../syntax/hcl.ts';
import { references, type Reference } from './reference.ts';

const NAMED = /^(?:docker-)?bake(?:[._-].*)?\.(?:hcl|json)$|[._-]bake\.(?:hcl|json)$/i;

interface Target {
  readonly name: string;
  readonly path: RepoPath;
  readonly line: number;
  readonly attributes: Map<string, HclValue>;
}

interface BakeFile {
  readonly targets: Map<string, Target>;
  readonly groups: Map<string, readonly string[]>;
  readonly variables: Map<string, string>;
}

/** `target:other` contexts: one image is the base of another. */
export interface BakeBuild {
  readonly target: string;
  readonly references: readonly Reference[];
  readonly uses: readonly { readonly target: string; readonly path: RepoPath; readonly line: number }[];
}

/** Files of one directory are one definition, overrides last, as bake reads them. */
export function bakeBuilds(survey: Survey): readonly BakeBuild[] {
  const directories = new Map<RepoPath, RepoPath[]>();
  for (const path of survey.sources) {
    if (!NAMED.test(basename(path))) continue;
    const dir = dirname(path);
    directories.set(dir, [...(directories.get(dir) ?? []), path]);
  }
  return [...directories].flatMap(([dir, paths]) => {
    const file: BakeFile = { targets: new Map(), groups: new Map(), variables: new Map() };
    for (const path of paths.sort((a, b) => Number(a.includes('override')) - Number(b.includes('override')) || (a < b ? -1 : 1)))
      load(survey, path, file);
    return buildsOf(survey, dir, file);
  });
}

function load(survey: Survey, path: RepoPath, file: BakeFile): void {
  const text = survey.text(path);
  if (text === undefined) return;
  const answer = path.endsWith('.json') ? readJson(text) : readHcl(text);
  if (answer.kind === 'broken') return survey.note({ path, line: answer.line }, `not usable as a bake file: ${answer.message}`);
  for (const [name, value] of answer.body.attributes) if (value.kind === 'text') file.variables.set(name, value.text);
  for (const {
    type,
    labels: [name],
    line,
    attributes,
  } of answer.body.blocks) {
    if (name === undefined) continue;
    if (type === 'variable') {
      const fallback = attributes.get('default');
      if (fallback?.kind === 'text') file.variables.set(name, fallback.text);
    } else if (type === 'group') file.groups.set(name, textsOf(attributes.get('targets')));
    else if (type === 'target') {
      const known = file.targets.get(name);
      if (known) for (const [key, value] of attributes) known.attributes.set(key, value);
      else file.targets.set(name, { name, path, line, attributes: new Map(attributes) });
    }
  }
}

/** JSON has the same shape, with the labels as keys. */
function readJson(text: string): ReturnType<typeof readHcl> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return { kind: 'broken', line: 1, message: error instanceof Error ? error.message : String(error) };
  }
  const converted = fromJson(value, 0);
  const blocks: HclBlock[] = [];
  for (const type of ['variable', 'group', 'target']) {
    const section = converted.kind === 'object' ? converted.entries.get(type) : undefined;
    if (section?.kind !== 'object') continue;
    for (const [name, block] of section.entries) {
      const at = text.indexOf(JSON.stringify(name));
      if (block.kind === 'object')
        blocks.push({
          type,
          labels: [name],
          line: text.slice(0, Math.max(0, at)).split('\n').length,
          attributes: block.entries,
          blocks: [],
        });
    }
  }
  return { kind: 'read', body: { type: '', labels: [], line: 1, attributes: new Map(), blocks } };
}

function fromJson(value: unknown, depth: number): HclValue {
  if (depth > 50) return { kind: 'unknown' };
  if (typeof value === 'string') return { kind: 'text', text: value.replace(/\$\{(\w+)\}/g, (_, name: string) => hole(name)) };
  if (typeof value === 'number' || typeof value === 'boolean') return { kind: 'text', text: String(value) };
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => fromJson(item, depth + 1)) };
  if (typeof value === 'object' && value !== null)
    return { kind: 'object', entries: new Map(Object.entries(value).map(([key, item]) => [key, fromJson(item, depth + 1)])) };
  return { kind: 'unknown' };
}

function buildsOf(survey: Survey, dir: RepoPath, file: BakeFile): readonly BakeBuild[] {
  const grouped = new Set([...file.groups.values()].flat());
  const inherited = new Set([...file.targets.values()].flatMap(({ attributes }) => textsOf(attributes.get('inherits'))));
  return [...file.targets.values()].flatMap((target) => {
    // What is only inherited from is a template; so is what build tools fill in.
    const abstract =
      !grouped.has(target.name) && (inherited.has(target.name) || /^_|^docker-metadata-action$|^default-platforms$/.test(target.name));
    return abstract ? [] : combinations(target, file).map((matrix) => build(survey, dir, file, target, matrix));
  });
}

function build(survey: Survey, dir: RepoPath, file: BakeFile, target: Target, matrix: ReadonlyMap<string, string>): BakeBuild {
  const attribute = (key: string): HclValue | undefined => inheritedValue(file, target, key, new Set());
  const known = (name: string): readonly string[] | undefined => {
    const value = matrix.get(name) ?? file.variables.get(name);
    return value === undefined ? undefined : [value];
  };
  const filled = (text: string): string => fillings([text], known)[0]?.[0] ?? text;
  const one = (value: HclValue | undefined): string | undefined =>
    value?.kind === 'text' ? filled(value.text) : value?.kind === 'name' ? filled(hole(value.name)) : undefined;
  const many = (value: HclValue | undefined): readonly string[] =>
    (value?.kind === 'list' ? value.items : value === undefined ? [] : [value]).flatMap((item) => one(item) ?? []);
  const map = (value: HclValue | undefined): readonly (readonly [string, string | undefined])[] =>
    value?.kind === 'object' ? [...value.entries].map(([key, item]) => [key, one(item)] as const) : [];
  const stage = one(attribute('target'));
  const at = { path: target.path, line: target.line };
  const inline = attribute('dockerfile-inline') !== undefined;
  return {
    target: target.name,
    uses: map(attribute('contexts')).flatMap(([, value]) =>
      value?.startsWith('target:') ? [{ target: value.slice('target:'.length), ...at }] : [],
    ),
    references: inline
      ? []
      : references(survey, {
          by: 'bake',
          at,
          bases: [dir, '.' as RepoPath],
          name: readable(one(target.attributes.get('name')) ?? target.name),
          context: one(attribute('context')) ?? '.',
          fileFrom: 'context',
          ...(one(attribute('dockerfile')) === undefined ? {} : { file: one(attribute('dockerfile')) ?? '' }),
          ...present({ target: stage }),
          args: Object.fromEntries(map(mergedArguments(file, target, new Set()))),
          platforms: many(attribute('platforms')),
          images: many(attribute('tags')),
        }),
  };
}

/** Of several parents the last one wins, as bake merges them. */
function inheritedValue(file: BakeFile, target: Target, key: string, seen: Set<string>): HclValue | undefined {
  const own = target.attributes.get(key);
  if (own !== undefined || seen.has(target.name)) return own;
  seen.add(target.name);
  for (const parent of [...textsOf(target.attributes.get('inherits'))].reverse()) {
    const other = file.targets.get(parent);
    const value = other && inheritedValue(file, other, key, seen);
    if (value !== undefined) return value;
  }
  return undefined;
}

function mergedArguments(file: BakeFile, target: Target, seen: Set<string>): HclValue {
  const entries = new Map<string, HclValue>();
  if (!seen.has(target.name)) {
    seen.add(target.name);
    for (const parent of textsOf(target.attributes.get('inherits'))) {
      const other = file.targets.get(parent);
      const merged = other && mergedArguments(file, other, seen);
      if (merged?.kind === 'object') for (const [key, value] of merged.entries) entries.set(key, value);
    }
    const own = target.attributes.get('args');
    if (own?.kind === 'object') for (const [key, value] of own.entries) entries.set(key, value);
  }
  return { kind: 'object', entries };
}

/** One map of names for each combination of the target's matrix. */
function combinations({ attributes }: Target, { variables }: BakeFile): readonly ReadonlyMap<string, string>[] {
  const matrix = attributes.get('matrix');
  let maps: ReadonlyMap<string, string>[] = [new Map()];
  if (matrix?.kind !== 'object') return maps;
  for (const [name, value] of matrix.entries) {
    const items =
      value.kind === 'list' ? value.items : value.kind === 'name' ? [{ kind: 'text' as const, text: variables.get(value.name) ?? '' }] : [];
    if (items.length === 0 || maps.length * items.length > 200) continue;
    maps = maps.flatMap((map) => items.map((item) => new Map([...map, ...fieldsOf(name, item)])));
  }
  return maps;
}

/** `svc` of a list of texts; `svc.name` of a list of objects. */
function fieldsOf(name: string, value: HclValue): readonly (readonly [string, string])[] {
  if (value.kind === 'text') return [[name, value.text]];
  if (value.kind !== 'object') return [];
  return [...value.entries].flatMap(([key, item]): readonly (readonly [string, string])[] =>
    item.kind === 'text' ? [[`${name}.${key}`, item.text]] : [],
  );
}

function textsOf(value: HclValue | undefined): readonly string[] {
  return value?.kind === 'list' ? value.items.flatMap((item) => (item.kind === 'text' ? [item.text] : [])) : [];
}
