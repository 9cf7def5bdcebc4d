/** `NAME=value` pairs of ENV, LABEL and ARG. */

import type { JoinedText, Pair } from './dockerfile.ts';
import { isBlank, skipBlanks } from './whitespace.ts';
import type { Range } from './words.ts';

export type Pairs = { readonly kind: 'pairs'; readonly pairs: readonly Pair[] } | { readonly kind: 'error'; readonly detail: string };

/** `ranges` are the words by `quotedRanges`. */
export function pairsOf(keyword: 'ENV' | 'LABEL' | 'ARG', args: JoinedText, ranges: readonly Range[]): Pairs {
  const { text } = args;
  const first = ranges[0];
  if (first === undefined) return { kind: 'error', detail: `${keyword} requires at least one argument` };
  if (keyword !== 'ARG' && !text.slice(...first).includes('=')) return legacyPair(keyword, args);
  const pairs: Pair[] = [];
  for (const [start, end] of ranges) {
    const word = text.slice(start, end);
    const equals = word.indexOf('=');
    if (equals === 0) return { kind: 'error', detail: `${keyword} names can not be blank` };
    if (equals < 0 && keyword !== 'ARG') return { kind: 'error', detail: `no = in ${word}: ${keyword} takes name=value` };
    const span = args.span(start, end);
    pairs.push(
      equals < 0
        ? { name: word, raw: undefined, span, valueSpan: undefined, legacy: false }
        : { name: word.slice(0, equals), raw: word.slice(equals + 1), span, valueSpan: args.span(start + equals + 1, end), legacy: false },
    );
  }
  return { kind: 'pairs', pairs };
}

/** `ENV NAME the whole rest`. */
function legacyPair(keyword: string, args: JoinedText): Pairs {
  const { text } = args;
  let nameEnd = 0;
  while (nameEnd < text.length && !isBlank(text.charCodeAt(nameEnd))) nameEnd++;
  const start = skipBlanks(text, nameEnd);
  if (start === nameEnd) return { kind: 'error', detail: `${keyword} must have two arguments` };
  const pair: Pair = {
    name: text.slice(0, nameEnd),
    raw: text.slice(start),
    span: args.span(0, text.length),
    valueSpan: args.span(start, text.length),
    legacy: true,
  };
  return { kind: 'pairs', pairs: [pair] };
}
