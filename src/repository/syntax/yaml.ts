/** YAML with places: what a file says and on which line it says it. Read only; edits go by position (yaml-edit.ts). */

import { createRequire } from 'node:module';
import type { CST, LineCounter, ParsedNode, YAMLMap } from 'yaml';
import type { Location } from '../location.ts';
import type { RepoPath } from '../path.ts';

/** `start`/`end`: UTF-16 offsets of the node's own text; `path` is the file it stands in (an alias keeps its anchor's place). */
interface Place {
  readonly path: RepoPath;
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

export type YamlNode = YamlMap | YamlList | YamlScalar;

export interface YamlMap extends Place {
  readonly kind: 'map';
  /** Merge keys (`<<`) applied; of duplicate keys the last. */
  readonly entries: ReadonlyMap<string, YamlEntry>;
}
export interface YamlEntry {
  readonly key: string;
  readonly at: Location;
  readonly value: YamlNode;
}
export interface YamlList extends Place {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
}
/** Always text, as its author wrote it (`08080`, `yes`): whoever reads it knows what type it must be. */
export interface YamlScalar extends Place {
  readonly kind: 'scalar';
  readonly text: string;
  readonly style: 'plain' | 'quoted' | 'literal' | 'folded';
  /** Nothing at all, `~` or `null`. */
  readonly isNull: boolean;
}

export type YamlAnswer =
  | { readonly kind: 'read'; readonly documents: readonly YamlNode[] }
  | { readonly kind: 'broken'; readonly at: Location; readonly message: string };

type Yaml = typeof import('yaml');
let library: Yaml | undefined;

/** Loaded at first use: it costs more start-up time than everything else here together. */
function yamlLibrary(): Yaml {
  return (library ??= createRequire(import.meta.url)('yaml') as Yaml);
}

/** Longer files are not written by people, and their parsing would take seconds. In characters. */
const MAX_LENGTH = 512 * 1024;
const MAX_DEPTH = 100;
/** Entries that merge keys may copy: a bomb is cut off here. Aliases themselves cost nothing, their nodes are shared. */
const MAX_MERGED = 20_000;
/** Nodes with every alias written out: a file that means more is a bomb. Nothing here expands it, somebody else would. */
const MAX_MEANT = 5_000_000;

/** Total: whatever the text holds, an answer with a line. Empty documents are left out. `firstLine`: where `text` starts in the file. */
export function readYaml(path: RepoPath, text: string, firstLine = 1, offset = 0): YamlAnswer {
  const broken = (message: string, line = 1): YamlAnswer => ({ kind: 'broken', at: { path, line: line + firstLine - 1 }, message });
  if (text.length > MAX_LENGTH) return broken(`${text.length} characters: too long for a file written by a person`);
  const { Composer, LineCounter, Parser } = yamlLibrary();
  const lines = new LineCounter();
  try {
    const tokens = [...new Parser(lines.addNewLine).parse(text)];
    // The composer recurses, and the process dies where its stack ends: measured before it starts.
    if (isDeeper(tokens, MAX_DEPTH)) return broken(`nested more than ${MAX_DEPTH} levels deep`);
    const composer = new Composer({ schema: 'failsafe', merge: false, uniqueKeys: false, strict: false, logLevel: 'silent' });
    const reading: Reading = { path, lines, firstLine, offset, anchors: new Map(), merged: 0, meant: new Map() };
    const documents: YamlNode[] = [];
    for (const document of composer.compose(tokens)) {
      const [error] = document.errors;
      if (error) return broken(error.message.split('\n')[0] ?? 'not valid YAML', lines.linePos(error.pos[0]).line || 1);
      reading.anchors.clear();
      if (document.contents) documents.push(read(reading, document.contents));
    }
    if (reading.merged > MAX_MERGED) return broken('too many merge keys');
    if (documents.reduce((sum, document) => sum + (reading.meant.get(document) ?? 1), 0) > MAX_MEANT)
      return broken('aliases that stand for millions of values');
    return { kind: 'read', documents };
  } catch (error) {
    return broken(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
}

function isDeeper(tokens: readonly CST.Token[], limit: number): boolean {
  const pending: { readonly token: CST.Token; readonly depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { token, depth } = next;
    if (depth > limit) return true;
    if (token.type === 'document' && token.value) pending.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    for (const { key, value } of token.items) {
      if (key) pending.push({ token: key, depth: depth + 1 });
      if (value) pending.push({ token: value, depth: depth + 1 });
    }
  }
  return false;
}

interface Reading {
  readonly path: RepoPath;
  readonly lines: LineCounter;
  readonly firstLine: number;
  readonly offset: number;
  /** The latest node of each name, as YAML has it; a node inside of itself is not known yet, so that there are no cycles. */
  readonly anchors: Map<string, YamlNode>;
  merged: number;
  /** How many nodes a node means; scalars are left out. */
  readonly meant: Map<YamlNode, number>;
}

/** Names of the library for how a scalar is written; all others are quoted. */
const STYLES: Readonly<Record<string, 'literal' | 'folded' | 'plain'>> = {
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
  PLAIN: 'plain',
};

function read(reading: Reading, node: ParsedNode): YamlNode {
  const { isAlias, isMap, isScalar } = yamlLibrary();
  if (isAlias(node)) return reading.anchors.get(node.source) ?? nothing(reading, node.range[0]);
  const place = placeOf(reading, node.range[0], node.range[1]);
  let found: YamlNode;
  if (isScalar(node)) {
    const text = typeof node.value === 'string' ? node.value : '';
    const style = STYLES[node.type ?? 'PLAIN'] ?? 'quoted';
    found = { ...place, kind: 'scalar', text, style, isNull: style === 'plain' && /^(?:~|null|Null|NULL|)$/.test(text) };
  } else if (isMap(node)) {
    found = { ...place, kind: 'map', entries: entriesOf(reading, node) };
    reading.meant.set(
      found,
      sum(
        reading,
        [...found.entries.values()].map(({ value }) => value),
      ),
    );
  } else {
    found = { ...place, kind: 'list', items: node.items.map((item) => read(reading, item as ParsedNode)) };
    reading.meant.set(found, sum(reading, found.items));
  }
  if (node.anchor !== undefined) reading.anchors.set(node.anchor, found);
  return found;
}

function sum({ meant }: Reading, nodes: readonly YamlNode[]): number {
  return nodes.reduce((total, node) => total + (meant.get(node) ?? 1), 1);
}

function entriesOf(reading: Reading, map: YAMLMap.Parsed): ReadonlyMap<string, YamlEntry> {
  const { isScalar } = yamlLibrary();
  const entries = new Map<string, YamlEntry>();
  const merges: YamlNode[] = [];
  for (const { key, value } of map.items) {
    if (!isScalar(key)) {
      if (value) read(reading, value);
      continue;
    }
    const name = String(key.value ?? '');
    const node = value ? read(reading, value) : nothing(reading, key.range[1]);
    if (name === '<<' && key.type === 'PLAIN') merges.push(...(node.kind === 'list' ? node.items : [node]));
    else entries.set(name, { key: name, at: { path: reading.path, line: lineOf(reading, key.range[0]) }, value: node });
  }
  for (const merge of merges) {
    if (merge.kind !== 'map') continue;
    reading.merged += merge.entries.size;
    if (reading.merged > MAX_MERGED) break;
    for (const [name, entry] of merge.entries) if (!entries.has(name)) entries.set(name, entry);
  }
  return entries;
}

function nothing(reading: Reading, offset: number): YamlScalar {
  return { ...placeOf(reading, offset, offset), kind: 'scalar', text: '', style: 'plain', isNull: true };
}

function placeOf(reading: Reading, start: number, end: number): Place {
  return { path: reading.path, line: lineOf(reading, start), start: start + reading.offset, end: end + reading.offset };
}

function lineOf({ lines, firstLine }: Reading, offset: number): number {
  return (lines.linePos(offset).line || 1) + firstLine - 1;
}

/** The node at the end of a path of keys. */
export function get(node: YamlNode | undefined, ...keys: readonly string[]): YamlNode | undefined {
  let at = node;
  for (const key of keys) at = at?.kind === 'map' ? at.entries.get(key)?.value : undefined;
  return at;
}

export function entry(node: YamlNode | undefined, key: string): YamlEntry | undefined {
  return node?.kind === 'map' ? node.entries.get(key) : undefined;
}

export function entries(node: YamlNode | undefined): readonly YamlEntry[] {
  return node?.kind === 'map' ? [...node.entries.values()] : [];
}

export function items(node: YamlNode | undefined): readonly YamlNode[] {
  return node?.kind === 'list' ? node.items : [];
}

/** The text of a scalar that is not null. */
export function text(node: YamlNode | undefined): string | undefined {
  return node?.kind === 'scalar' && !node.isNull ? node.text : undefined;
}

/** One scalar, or the scalars of a list: what many files allow for one value or several. */
export function texts(node: YamlNode | undefined): readonly string[] {
  const one = text(node);
  return one === undefined ? items(node).flatMap((item) => text(item) ?? []) : [one];
}

/** YAML 1.1 has more words for it than 1.2; compose and Kubernetes take them all. */
export function isTrue(node: YamlNode | undefined): boolean {
  return /^(?:true|yes|on|y)$/i.test(text(node) ?? '');
}

export function placed(node: YamlNode): Location {
  return { path: node.path, line: node.line };
}
