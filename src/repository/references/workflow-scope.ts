/** Expressions of GitHub workflows (`${{ matrix.name }}`): what can be known without running them. */

import { hole } from '../syntax/holes.ts';
import { entries, entry, get, items, text, texts, type YamlNode } from '../syntax/yaml.ts';

/** Values of contexts: `matrix.service`, `env.IMAGE`, `inputs.file`. */
export type Scope = ReadonlyMap<string, string>;

const MAX_COMBINATIONS = 200;

/** A text with its expressions worked out; unknown ones become holes named after the expression. */
export function evaluate(value: string, scope: Scope): string {
  return value.includes('${{')
    ? value.replace(/\$\{\{\s*([^}]{0,500}?)\s*\}\}/g, (_, expression: string) => expressionValue(expression, scope) ?? hole(expression))
    : value;
}

function expressionValue(expression: string, scope: Scope): string | undefined {
  for (const alternative of expression.split('||')) {
    const part = alternative.trim();
    const literal = /^'([^']*)'$/.exec(part)?.[1];
    const known = literal ?? scope.get(part.replace(/\['([\w-]+)'\]/g, '.$1'));
    if (known !== undefined && known !== '') return known;
    if (part === 'github.workspace') return hole('%top');
  }
  return undefined;
}

/** `scope` with the entries of an `env:` or `with:` map, in order. */
export function withMap(scope: Scope, prefix: string, map: YamlNode | undefined): Scope {
  const found = entries(map);
  if (found.length === 0) return scope;
  const next = new Map(scope);
  for (const { key, value } of found) {
    const known = text(value);
    if (known !== undefined) next.set(`${prefix}.${key}`, evaluate(known, next));
  }
  return next;
}

/** One scope for each combination of a job's matrix. @see https://docs.github.com/actions/using-jobs/using-a-matrix-for-your-jobs */
export function matrixScopes(scope: Scope, matrix: YamlNode | undefined): readonly Scope[] {
  let maps: ReadonlyMap<string, string>[] = [new Map()];
  const keys: string[] = [];
  for (const { key, value } of entries(matrix)) {
    if (key === 'include' || key === 'exclude') continue;
    const listed = value.kind === 'list' ? value.items : [];
    if (listed.length === 0 || maps.length * listed.length > MAX_COMBINATIONS) continue;
    keys.push(key);
    maps = maps.flatMap((map) => listed.map((item) => new Map([...map, ...fieldsOf(`matrix.${key}`, item, scope)])));
  }
  const included: ReadonlyMap<string, string>[] = [];
  for (const item of items(get(matrix, 'include'))) {
    const own = new Map(entries(item).flatMap(({ key, value }) => fieldsOf(`matrix.${key}`, value, scope)));
    const shared = keys.filter((key) => entry(item, key));
    const fits = (map: ReadonlyMap<string, string>): boolean =>
      shared.every((key) => map.get(`matrix.${key}`) === own.get(`matrix.${key}`));
    if (keys.length > 0 && maps.some(fits)) maps = maps.map((map) => (fits(map) ? new Map([...map, ...own]) : map));
    else included.push(own);
  }
  const all = keys.length === 0 && included.length > 0 ? included : [...maps, ...included];
  return all.slice(0, MAX_COMBINATIONS).map((map) => (map.size === 0 ? scope : new Map([...scope, ...map])));
}

function fieldsOf(name: string, node: YamlNode, scope: Scope): readonly (readonly [string, string])[] {
  const scalar = text(node);
  if (scalar !== undefined) return [[name, evaluate(scalar, scope)]];
  if (node.kind === 'list') return [[name, texts(node).join(',')]];
  return entries(node).flatMap(({ key, value }) =>
    text(value) === undefined ? [] : [[`${name}.${key}`, evaluate(text(value) ?? '', scope)] as const],
  );
}
