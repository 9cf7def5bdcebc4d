/** JSON and JSONC with the offsets of every value: what an edit by position needs and JSON.parse does not tell. */

import type { Span } from '../repository/location.ts';

export type JsonNode = { readonly span: Span } & (
  | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number' | 'boolean' | 'null'; readonly value: number | boolean | null }
);

export interface JsonMember {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: JsonNode;
}

/** Deeper nesting is no manifest, and recursion must end. */
const MAX_DEPTH = 100;

/** Comments and trailing commas are allowed; `undefined` when the text is not JSON otherwise. One linear pass. */
export function parseJson(text: string): JsonNode | undefined {
  const gap = /(?:[\s\uFEFF]+|\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)*/y;
  const token = /"(?:[^"\\\n]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\]:,]/y;
  let at = 0;
  const skip = (): void => {
    gap.lastIndex = at;
    gap.exec(text);
    at = gap.lastIndex;
  };
  const next = (): string | undefined => {
    skip();
    token.lastIndex = at;
    return token.exec(text)?.[0];
  };
  const value = (depth: number): JsonNode | undefined => {
    const first = next();
    const start = at;
    if (first === undefined || depth > MAX_DEPTH) return undefined;
    at += first.length;
    const span = (): Span => ({ start, end: at });
    if (first === '{') {
      const members: JsonMember[] = [];
      for (;;) {
        const key = next();
        const keyStart = at;
        if (key === undefined) return undefined;
        at += key.length;
        if (key === '}') return { kind: 'object', members, span: span() };
        const name = stringValue(key);
        if (name === undefined || next() !== ':') return undefined;
        const keySpan = { start: keyStart, end: keyStart + key.length };
        at++;
        const member = value(depth + 1);
        if (!member) return undefined;
        members.push({ key: name, keySpan, value: member });
        if (!separator('}')) return undefined;
      }
    }
    if (first === '[') {
      const items: JsonNode[] = [];
      for (;;) {
        if (next() === ']') {
          at++;
          return { kind: 'array', items, span: span() };
        }
        const item = value(depth + 1);
        if (!item) return undefined;
        items.push(item);
        if (!separator(']')) return undefined;
      }
    }
    if (first.startsWith('"')) {
      const parsed = stringValue(first);
      return parsed === undefined ? undefined : { kind: 'string', value: parsed, span: span() };
    }
    if (first === 'true' || first === 'false') return { kind: 'boolean', value: first === 'true', span: span() };
    if (first === 'null') return { kind: 'null', value: null, span: span() };
    const number = Number(first);
    return Number.isNaN(number) ? undefined : { kind: 'number', value: number, span: span() };
  };
  /** Consumes a comma; true as well when the container's end follows. */
  const separator = (close: string): boolean => {
    const found = next();
    if (found === ',') at++;
    return found === ',' || found === close;
  };
  const root = value(0);
  skip();
  return at === text.length ? root : undefined;
}

function stringValue(token: string): string | undefined {
  try {
    const value: unknown = JSON.parse(token);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

export function jsonMember(node: JsonNode | undefined, key: string): JsonNode | undefined {
  return node?.kind === 'object' ? node.members.findLast((member) => member.key === key)?.value : undefined;
}

export function jsonText(node: JsonNode | undefined): string | undefined {
  return node?.kind === 'string' ? node.value : undefined;
}

export function jsonTexts(node: JsonNode | undefined): readonly string[] {
  return node?.kind === 'array' ? node.items.flatMap((item) => jsonText(item) ?? []) : [];
}

/** The string members of an object: scripts, dependencies, imports. */
export function jsonRecord(node: JsonNode | undefined): Readonly<Record<string, string>> {
  if (node?.kind !== 'object') return {};
  return Object.fromEntries(node.members.flatMap(({ key, value }) => (value.kind === 'string' ? [[key, value.value] as const] : [])));
}
