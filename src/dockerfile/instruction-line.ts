/** One joined instruction line into keyword, flags and arguments, as BuildKit's `splitCommand` does it. */

import type { Span } from '../repository/location.ts';
import type { Flag, JoinedText } from './dockerfile.ts';
import { isBlank, skipBlanks, skipSpaces, trimEnd } from './whitespace.ts';

export interface InstructionLine {
  /** As written. */
  readonly keyword: string;
  readonly keywordSpan: Span;
  readonly flags: readonly Flag[];
  readonly args: JoinedText;
}

export function instructionLine(line: JoinedText, escape: string): InstructionLine {
  const { text } = line;
  const end = trimEnd(text, 0, text.length);
  const start = skipSpaces(text, 0, end);
  let at = start;
  while (at < end && !isBlank(text.charCodeAt(at))) at++;
  const keyword = text.slice(start, at);
  const keywordSpan = line.span(start, at);
  const flags: Flag[] = [];
  at = readFlags(line, at, end, escape, flags);
  const argsStart = skipSpaces(text, at, end);
  return { keyword, keywordSpan, flags, args: line.slice(argsStart, end) };
}

/** Collects the leading `--words` and returns where the arguments start. BuildKit goes by bytes here: only ASCII blanks part flags. */
function readFlags(line: JoinedText, from: number, end: number, escape: string, flags: Flag[]): number {
  const { text } = line;
  let at = skipBlanks(text, from, end);
  while (text.startsWith('--', at) && at < end) {
    const start = at;
    let value = '';
    let quote = '';
    for (; at < end; at++) {
      const char = text.charAt(at);
      if (quote === '' && isBlank(text.charCodeAt(at))) break;
      if (quote !== '' && char === quote) quote = '';
      else if (quote === '' && (char === "'" || char === '"')) quote = char;
      else if (char !== escape) value += char;
      else if (at + 1 < end) value += text.charAt(++at);
    }
    const wordEnd = at;
    at = skipBlanks(text, at, end);
    if (value === '--') return at;
    flags.push(flag(line, value, start, wordEnd));
  }
  return at;
}

function flag(line: JoinedText, word: string, start: number, end: number): Flag {
  const equals = word.indexOf('=');
  const rawEquals = line.text.slice(start, end).indexOf('=');
  return {
    name: equals < 0 ? word.slice(2) : word.slice(2, equals),
    value: equals < 0 ? undefined : word.slice(equals + 1),
    span: line.span(start, end),
    valueSpan: equals < 0 || rawEquals < 0 ? undefined : line.span(start + rawEquals + 1, end),
  };
}
