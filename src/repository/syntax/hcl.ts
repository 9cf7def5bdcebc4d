/** A small reader of HCL as bake files use it: blocks, attributes, literals, templates, lists, objects. Functions are unknown values. */

import { hole } from './holes.ts';

export type HclValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly HclValue[] }
  | { readonly kind: 'object'; readonly entries: ReadonlyMap<string, HclValue> }
  /** A name that stands for a value: a variable, or `target.other`. */
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'unknown' };

export interface HclBlock {
  readonly type: string;
  readonly labels: readonly string[];
  readonly line: number;
  readonly attributes: ReadonlyMap<string, HclValue>;
  readonly blocks: readonly HclBlock[];
}

export type HclAnswer =
  | { readonly kind: 'read'; readonly body: HclBlock }
  | { readonly kind: 'broken'; readonly line: number; readonly message: string };

interface Token {
  /** `text` tokens are quoted strings and heredocs, with `${...}` as holes. */
  readonly kind: 'name' | 'text' | 'number' | 'mark' | 'end-of-line' | 'end';
  readonly value: string;
  readonly line: number;
}

const MAX_LENGTH = 512 * 1024;
const MAX_DEPTH = 50;

/** @see https://docs.docker.com/build/bake/reference/ */
export function readHcl(text: string): HclAnswer {
  if (text.length > MAX_LENGTH) return { kind: 'broken', line: 1, message: 'too long for a file written by a person' };
  const parser: Parser = { tokens: tokenize(text), at: 0 };
  try {
    return { kind: 'read', body: body(parser, '', [], 1, 0) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { kind: 'broken', line: peek(parser).line, message: error.message };
  }
}

interface Parser {
  readonly tokens: readonly Token[];
  at: number;
}

const END: Token = { kind: 'end', value: '', line: 0 };

function peek({ tokens, at }: Parser): Token {
  return tokens[at] ?? tokens.at(-1) ?? END;
}
function next(parser: Parser): Token {
  const token = peek(parser);
  parser.at++;
  return token;
}
function isMark(token: Token, value: string): boolean {
  return token.kind === 'mark' && token.value === value;
}

function body(parser: Parser, type: string, labels: readonly string[], line: number, depth: number): HclBlock {
  if (depth > MAX_DEPTH) throw new SyntaxError('nested too deep');
  const attributes = new Map<string, HclValue>();
  const blocks: HclBlock[] = [];
  for (;;) {
    const token = next(parser);
    if (token.kind === 'end-of-line' || isMark(token, ',')) continue;
    if (token.kind === 'end' || isMark(token, '}')) {
      if (token.kind === 'end' && depth > 0) throw new SyntaxError(`the block ${type} is not closed`);
      return { type, labels, line, attributes, blocks };
    }
    if (token.kind !== 'name' && token.kind !== 'text') throw new SyntaxError(`unexpected ${token.value}`);
    if (isMark(peek(parser), '=')) {
      next(parser);
      attributes.set(token.value, value(parser, depth));
      continue;
    }
    const names: string[] = [];
    while (peek(parser).kind === 'text' || peek(parser).kind === 'name') names.push(next(parser).value);
    if (!isMark(next(parser), '{')) throw new SyntaxError(`unexpected text after ${token.value}`);
    blocks.push(body(parser, token.value, names, token.line, depth + 1));
  }
}

function value(parser: Parser, depth: number): HclValue {
  if (depth > MAX_DEPTH) throw new SyntaxError('nested too deep');
  const first = primary(parser, depth);
  const after = peek(parser);
  // An operator, call, index or condition: not worked out, skipped to its end.
  if (after.kind === 'end' || after.kind === 'end-of-line' || ['}', ']', ',', ')'].some((mark) => isMark(after, mark))) return first;
  let open = 0;
  for (;;) {
    const token = peek(parser);
    if (token.kind === 'end') return { kind: 'unknown' };
    if (token.kind === 'mark' && '([{'.includes(token.value)) open++;
    else if (token.kind === 'mark' && ')]}'.includes(token.value)) {
      if (open === 0) return { kind: 'unknown' };
      open--;
    } else if (open === 0 && (token.kind === 'end-of-line' || isMark(token, ','))) return { kind: 'unknown' };
    parser.at++;
  }
}

function primary(parser: Parser, depth: number): HclValue {
  const token = next(parser);
  if (token.kind === 'text' || token.kind === 'number') return { kind: 'text', text: token.value };
  if (token.kind === 'name') {
    if (token.value === 'true' || token.value === 'false') return { kind: 'text', text: token.value };
    return token.value === 'null' ? { kind: 'unknown' } : { kind: 'name', name: token.value };
  }
  if (isMark(token, '[')) return list(parser, depth + 1);
  if (isMark(token, '{')) return object(parser, depth + 1);
  parser.at--;
  return { kind: 'unknown' };
}

function skipLines(parser: Parser): void {
  while (peek(parser).kind === 'end-of-line' || isMark(peek(parser), ',')) parser.at++;
}

function list(parser: Parser, depth: number): HclValue {
  const items: HclValue[] = [];
  for (;;) {
    skipLines(parser);
    const token = peek(parser);
    if (token.kind === 'end') throw new SyntaxError('a list is not closed');
    if (isMark(token, ']')) {
      parser.at++;
      return { kind: 'list', items };
    }
    const before = parser.at;
    items.push(value(parser, depth));
    if (parser.at === before) parser.at++;
  }
}

function object(parser: Parser, depth: number): HclValue {
  const entries = new Map<string, HclValue>();
  for (;;) {
    skipLines(parser);
    const token = next(parser);
    if (token.kind === 'end') throw new SyntaxError('an object is not closed');
    if (isMark(token, '}')) return { kind: 'object', entries };
    if ((token.kind === 'name' || token.kind === 'text') && (isMark(peek(parser), '=') || isMark(peek(parser), ':'))) {
      parser.at++;
      entries.set(token.value, value(parser, depth));
    }
  }
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (let at = 0; at < text.length;) {
    const character = text[at] ?? '';
    if (character === '\n') {
      tokens.push({ kind: 'end-of-line', value: 'end of line', line: line++ });
      at++;
    } else if (/\s|\uFEFF/.test(character)) at++;
    else if (character === '#' || text.startsWith('//', at)) at = endOf(text, '\n', at);
    else if (text.startsWith('/*', at)) {
      const end = endOf(text, '*/', at);
      line += count(text.slice(at, end));
      at = Math.min(text.length, end + 2);
    } else if (character === '"') {
      const { value: content, end } = quoted(text, at + 1);
      tokens.push({ kind: 'text', value: content, line });
      line += count(text.slice(at, end));
      at = end;
    } else if (text.startsWith('<<', at)) {
      const match = /^<<[-~]?([A-Za-z_]\w*)[^\S\n]*\r?\n/.exec(text.slice(at, at + 200));
      const start = at + (match?.[0].length ?? 2);
      if (match) {
        const rest = text.slice(start);
        const closed = new RegExp(`^[^\\S\\n]*${match[1]}[^\\S\\n]*\\r?$`, 'm').exec(rest);
        const end = closed ? start + closed.index : text.length;
        tokens.push({ kind: 'text', value: template(text.slice(start, end)), line });
        line += count(text.slice(at, end));
        at = closed ? end + closed[0].length : text.length;
      } else at = start;
    } else {
      NAME.lastIndex = at;
      const word = NAME.exec(text)?.[0];
      tokens.push(
        word === undefined ? { kind: 'mark', value: character, line } : { kind: /^[\d]/.test(word) ? 'number' : 'name', value: word, line },
      );
      at += word?.length ?? 1;
    }
  }
  tokens.push({ kind: 'end', value: 'end of file', line });
  return tokens;
}

const NAME = /[\p{L}_\d][\p{L}\d_.-]*/uy;

function endOf(text: string, mark: string, from: number): number {
  const end = text.indexOf(mark, from);
  return end < 0 ? text.length : end;
}

function count(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

/** A quoted string from after its quote; quotes inside of `${...}` do not end it. */
function quoted(text: string, from: number): { readonly value: string; readonly end: number } {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '$' && text[at + 1] === '{') depth++;
    else if (character === '}' && depth > 0) depth--;
    else if (character === '\n' && depth === 0) return { value: template(text.slice(from, at)), end: at };
    else if (character === '"' && depth === 0) return { value: template(text.slice(from, at)), end: at + 1 };
  }
  return { value: template(text.slice(from)), end: text.length };
}

/** `${name}` as a hole of that name; any other expression as a hole that nothing fills. */
function template(text: string): string {
  return text
    .replace(/\$\{\s*([^{}]*?)\s*\}/g, (_, expression: string) => hole(/^[\w.-]+$/.test(expression) ? expression : `(${expression})`))
    .replace(/\\(["\\nt])/g, (_, escaped: string) => ({ n: '\n', t: '\t' })[escaped] ?? escaped);
}
