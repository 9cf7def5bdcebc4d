/** The JSON form of arguments, accepted exactly when BuildKit (Go's encoding/json into a list) accepts it. */

import type { ExecForm, JoinedText } from './dockerfile.ts';
import { joinedText, type Piece } from './joined-text.ts';

/** `not-strings` is an error in BuildKit; anything else that is no JSON list becomes the shell form there. */
export type JsonForm =
  | { readonly kind: 'json'; readonly form: ExecForm; readonly raws: readonly string[] }
  | { readonly kind: 'not-json' }
  | { readonly kind: 'not-strings' };

/** Reads trimmed arguments. */
export function jsonForm(args: JoinedText): JsonForm {
  const { text } = args;
  if (!text.startsWith('[')) return { kind: 'not-json' };
  const list = parseList(text);
  if (list === undefined) return { kind: 'not-json' };
  if (!list.every((element) => typeof element === 'string')) return { kind: 'not-strings' };
  const ranges = stringRanges(text);
  const form: ExecForm = {
    kind: 'exec',
    argv: list.map(loneSurrogates),
    elements: ranges.map(([start, end]) => args.span(start, end)),
    span: args.span(0, text.length),
  };
  return { kind: 'json', form, raws: ranges.map(([start, end]) => text.slice(start, end)) };
}

/** The decoded text of one element of a valid JSON form, with the way back to the file. */
export function decodedElement(json: JoinedText, element: number): JoinedText {
  const [first, last] = stringRanges(json.text)[element] ?? [0, 0];
  const source = json.slice(first + 1, last - 1);
  if (!source.text.includes('\\')) return source;
  const pieces: Piece[] = [];
  let text = '';
  let next = -1;
  for (let at = 0; at < source.text.length;) {
    const file = source.toFile(at);
    const length = source.text.charAt(at) !== '\\' ? 1 : source.text.charAt(at + 1) === 'u' ? 6 : 2;
    if (length > 1) pieces.push({ start: text.length, file, source: length });
    else if (file !== next) pieces.push({ start: text.length, file });
    const written = source.text.slice(at, at + length);
    text += length === 1 ? written : String(JSON.parse(`"${written}"`));
    next = length === 1 ? file + 1 : -1;
    at += length;
  }
  return joinedText(text, pieces, source.toFile(source.text.length));
}

function parseList(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Start and end of each string in a list that is known to be valid JSON and to hold only strings. */
function stringRanges(text: string): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    const start = at++;
    while (text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
    ranges.push([start, ++at]);
  }
  return ranges;
}

/** Go replaces an unpaired surrogate escape by U+FFFD. */
function loneSurrogates(text: string): string {
  return /[\ud800-\udfff]/.test(text)
    ? text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
    : text;
}
