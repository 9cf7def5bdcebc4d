/** The arguments of an instruction as words, by the rule that BuildKit has for its keyword. */

import type { JoinedText, Word } from './dockerfile.ts';
import { isBlank, isSpace } from './whitespace.ts';
import { expandWord, type Variable } from './word-lexer.ts';

const UNSET: Variable = { kind: 'unset' };

/** Start and end in the joined text. */
export type Range = readonly [start: number, end: number];

/** Split at blanks, quotes mean nothing: FROM, COPY, ADD, EXPOSE, VOLUME. */
export function blankRanges(text: string): readonly Range[] {
  const ranges: Range[] = [];
  for (let at = 0; at < text.length;) {
    while (at < text.length && isBlank(text.charCodeAt(at))) at++;
    const start = at;
    while (at < text.length && !isBlank(text.charCodeAt(at))) at++;
    if (at > start) ranges.push([start, at]);
  }
  return ranges;
}

/** Split at whitespace outside of quotes: ENV, LABEL, ARG. An open quote reaches to the end. */
export function quotedRanges(text: string, escape: string): readonly Range[] {
  const ranges: Range[] = [];
  let start = -1;
  let quote = '';
  let at = 0;
  for (; at < text.length; at++) {
    const char = text.charAt(at);
    if (start < 0) {
      if (isSpace(text.charCodeAt(at))) continue;
      start = at;
    }
    if (quote === '' && isSpace(text.charCodeAt(at))) {
      ranges.push([start, at]);
      start = -1;
    } else if (char === quote) quote = '';
    else if (quote === '' && (char === "'" || char === '"')) quote = char;
    else if (char === escape && quote !== "'") at++;
  }
  // A lone escape character at the very end is dropped.
  if (start >= 0) ranges.push([start, at > text.length ? text.length - 1 : text.length]);
  return ranges;
}

export function wordsOf(args: JoinedText, ranges: readonly Range[], escape: '\\' | '`'): readonly Word[] {
  return ranges.map(([start, end]) => {
    const raw = args.text.slice(start, end);
    return { raw, value: unquoted(raw, escape), span: args.span(start, end) };
  });
}

/** Quotes and escapes removed, variables left as written; the text itself when it cannot be lexed. */
export function unquoted(raw: string, escape: '\\' | '`'): string {
  if (!raw.includes('"') && !raw.includes("'") && !raw.includes(escape)) return raw;
  const result = expandWord(raw, { escape, lookup: () => UNSET, keepUnset: true });
  return result.kind === 'expanded' ? result.value : raw;
}
