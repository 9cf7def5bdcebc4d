/** YAML with places: read for what it says and for where it says it. Never printed again. */

import { createRequire } from 'node:module';
import type { Document, LineCounter, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { RepoPath } from './path.ts';
import type { Location } from './location.ts';

type Yaml = typeof import('yaml');

let yaml: Yaml | undefined;

/** Loaded at first use: it costs more start-up time than the rest together. */
export function yamlLibrary(): Yaml {
  return (yaml ??= createRequire(import.meta.url)('yaml') as Yaml);
}

/** Longer files are not written by people, and small ones may still be bombs: aliases are counted too. */
const MAX_LENGTH = 512 * 1024;
const MAX_ALIASES = 200;
const MAX_DEPTH = 60;

export interface YamlDocument {
  readonly document: Document;
  readonly at: (node: unknown) => Location;
}

export type YamlAnswer =
  | { readonly kind: 'read'; readonly documents: readonly YamlDocument[] }
  | { readonly kind: 'broken'; readonly at: Location; readonly message: string };

/** Total: whatever the text holds, an answer with a line. */
export function readYaml(path: RepoPath, text: string): YamlAnswer {
  const broken = (message: string, line = 1): YamlAnswer => ({ kind: 'broken', at: { path, line }, message });
  if (text.length > MAX_LENGTH) return broken(`${text.length} characters: too long for a file written by a person`);
  if ((text.match(/(?:^|[\s[{,:-])\*[\w-]/g)?.length ?? 0) > MAX_ALIASES) return broken(`more than ${MAX_ALIASES} aliases`);
  if (deepest(text) > MAX_DEPTH) return broken(`nested more than ${MAX_DEPTH} levels deep`);
  const { parseAllDocuments, LineCounter: Counter } = yamlLibrary();
  const lines: LineCounter = new Counter();
  try {
    const parsed = parseAllDocuments(text, { lineCounter: lines, merge: true, uniqueKeys: false, strict: false, logLevel: 'silent' });
    const documents = Array.isArray(parsed) ? parsed : [];
    const error = documents.flatMap((document) => document.errors)[0];
    if (error) return broken(error.message.split('\n')[0] ?? 'not valid YAML', error.linePos?.[0].line);
    const at = (node: unknown): Location => ({ path, line: lines.linePos((node as Node | null | undefined)?.range?.[0] ?? 0).line || 1 });
    return { kind: 'read', documents: documents.map((document) => ({ document: document as Document, at })) };
  } catch (error) {
    return broken(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
}

/** Flow nesting or indentation, whichever is deeper: a bound, not a measure. */
function deepest(text: string): number {
  let depth = 0;
  let deepestFlow = 0;
  for (const character of text) {
    if (character === '[' || character === '{') deepestFlow = Math.max(deepestFlow, ++depth);
    else if ((character === ']' || character === '}') && depth > 0) depth--;
    else if (character === '\n') depth = Math.min(depth, MAX_DEPTH);
  }
  return deepestFlow;
}

export type YamlMap = YAMLMap<Scalar, Node>;

export function isMap(node: unknown): node is YamlMap {
  return yamlLibrary().isMap(node);
}

/** The node behind an alias. */
export function resolved({ document }: YamlDocument, node: unknown): unknown {
  return yamlLibrary().isAlias(node) ? node.resolve(document) : node;
}

/** Key-value pairs of a mapping, `<<` merged in: own keys win. */
export function entries(source: YamlDocument, node: unknown): readonly { readonly key: string; readonly keyNode: unknown; readonly value: unknown }[] {
  const { isMap: isYamlMap, isScalar, isSeq } = yamlLibrary();
  const map = resolved(source, node);
  if (!isYamlMap(map)) return [];
  const found = new Map<string, { key: string; keyNode: unknown; value: unknown }>();
  const merged: unknown[] = [];
  for (const pair of (map as YAMLMap).items as Pair[]) {
    const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
    if (key === '<<') merged.push(...(isSeq(resolved(source, pair.value)) ? ((resolved(source, pair.value) as YAMLSeq).items as unknown[]) : [pair.value]));
    else if (key !== undefined) found.set(key, { key, keyNode: pair.key, value: resolved(source, pair.value) });
  }
  for (const other of merged) {
    const target = resolved(source, other);
    if (target === map) continue;
    for (const entry of entries(source, target)) if (!found.has(entry.key)) found.set(entry.key, entry);
  }
  return [...found.values()];
}

export function get(source: YamlDocument, node: unknown, ...path: readonly string[]): unknown {
  let at = resolved(source, node);
  for (const key of path) at = entries(source, at).find((entry) => entry.key === key)?.value;
  return at;
}

export function items(source: YamlDocument, node: unknown): readonly unknown[] {
  const sequence = resolved(source, node);
  return yamlLibrary().isSeq(sequence) ? (sequence.items as unknown[]).map((item) => resolved(source, item)) : [];
}

/** The text of a scalar as its author wrote it (`08080`, `yes`); `undefined` for anything else. */
export function scalar(node: unknown): string | undefined {
  const { isScalar } = yamlLibrary();
  if (!isScalar(node) || node.value === null || node.value === undefined) return undefined;
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}
