/** BuildKit's word expansion (frontend/dockerfile/shell/lex.go): quotes, escapes, `$V` and the `${V...}` forms that it knows. */

import { isSpace } from './whitespace.ts';
import { matchPrefix, matchSuffix, replacePattern } from './word-pattern.ts';

/** A variable's value, `unset` when it certainly has none, `unknown` when only the build can tell. */
export type Variable = { readonly kind: 'value'; readonly value: string } | { readonly kind: 'unset' } | { readonly kind: 'unknown' };

export interface WordOptions {
  readonly escape: '\\' | '`';
  readonly lookup: (name: string) => Variable;
  /** Keep quote characters. */
  readonly rawQuotes?: boolean;
  /** Keep escape characters. */
  readonly rawEscapes?: boolean;
  /** Leave variables that have no value as they are written. */
  readonly keepUnset?: boolean;
  /** A plain `$V` without a value makes the result unknown, where BuildKit would put in nothing. */
  readonly needValues?: boolean;
  /** Quotes are ordinary characters (heredoc bodies). */
  readonly ignoreQuotes?: boolean;
}

/** `words` is the same split at unquoted blanks, after expansion. */
export type WordResult =
  | { readonly kind: 'expanded'; readonly value: string; readonly words: readonly string[] }
  | { readonly kind: 'unknown'; readonly name: string }
  | { readonly kind: 'error'; readonly detail: string };

/** Nested `${A:-${B:-...}}` beyond this is refused; nobody writes it, and it would exhaust the stack. */
const MAX_DEPTH = 50;

interface State {
  readonly text: string;
  readonly options: WordOptions;
  at: number;
  rawEscapes: boolean;
  depth: number;
  failure: WordResult | undefined;
}

/** Expands one text as BuildKit does. Linear in the text and the values put in. */
export function expandWord(text: string, options: WordOptions): WordResult {
  const state: State = { text, options, at: 0, rawEscapes: options.rawEscapes ?? false, depth: 0, failure: undefined };
  const words: string[] = [];
  const value = upTo(state, '', words);
  return state.failure ?? { kind: 'expanded', value, words };
}

function fail(state: State, detail: string): string {
  state.failure ??= { kind: 'error', detail };
  return '';
}

/** Reads up to an unquoted `stop` character, which it swallows; to the end when `stop` is empty. */
function upTo(state: State, stop: string, words: string[]): string {
  const { text, options } = state;
  let result = '';
  let word = '';
  while (state.at < text.length) {
    const char = text.charAt(state.at);
    if (char === stop) {
      state.at++;
      return result;
    }
    let piece: string;
    let splits = false;
    if (char === '$') {
      piece = dollar(state);
      splits = true;
    } else if (char === "'" && !options.ignoreQuotes) piece = singleQuoted(state);
    else if (char === '"' && !options.ignoreQuotes) piece = doubleQuoted(state);
    else if (char === '<') piece = possibleHeredoc(state);
    else if (char === options.escape) {
      state.at++;
      if (state.rawEscapes) word += char;
      if (state.rawEscapes) result += char;
      if (state.at >= text.length) break;
      piece = text.charAt(state.at++);
    } else {
      state.at++;
      piece = char;
      splits = true;
    }
    if (state.failure) return '';
    result += piece;
    if (!splits) word += piece;
    else {
      for (let at = 0; at < piece.length; at++) {
        if (!isSpace(piece.charCodeAt(at))) word += piece.charAt(at);
        else if (word !== '') {
          words.push(word);
          word = '';
        }
      }
    }
  }
  if (word !== '') words.push(word);
  if (stop !== '') return fail(state, `missing ${stop}`);
  return result;
}

function singleQuoted(state: State): string {
  const close = state.text.indexOf("'", state.at + 1);
  if (close < 0) return fail(state, 'single quote without its end');
  const raw = state.options.rawQuotes ?? false;
  const value = raw ? state.text.slice(state.at, close + 1) : state.text.slice(state.at + 1, close);
  state.at = close + 1;
  return value;
}

function doubleQuoted(state: State): string {
  const { text, options } = state;
  const quote = options.rawQuotes ? '"' : '';
  let result = quote;
  state.at++;
  while (state.at < text.length) {
    const char = text.charAt(state.at);
    if (char === '"') {
      state.at++;
      return result + quote;
    }
    if (char === '$') {
      result += dollar(state);
      if (state.failure) return '';
      continue;
    }
    state.at++;
    if (char !== options.escape) {
      result += char;
      continue;
    }
    if (state.rawEscapes) result += char;
    if (state.at >= text.length) continue;
    const next = text.charAt(state.at);
    if (next === '"' || next === '$' || next === options.escape) {
      state.at++;
      result += next;
    } else result += char;
  }
  return fail(state, 'double quote without its end');
}

/** `<<` swallows the blanks after it, so that `<< EOF` is one word. */
function possibleHeredoc(state: State): string {
  const { text } = state;
  const start = state.at++;
  if (text.charAt(state.at) !== '<') return '<';
  state.at++;
  while (state.at < text.length && /[\t\r ]/.test(text.charAt(state.at))) state.at++;
  return text.slice(start, state.at);
}

const NAME = /[\p{L}_][\p{L}\p{Nd}_]*|\p{Nd}+|[@*#?\-$!]/uy;

function name(state: State): string {
  NAME.lastIndex = state.at;
  const match = NAME.exec(state.text);
  if (match === null) return '';
  state.at += match[0].length;
  return match[0];
}

function dollar(state: State): string {
  const { text, options } = state;
  const start = state.at++;
  if (text.charAt(state.at) !== '{') {
    const simple = name(state);
    if (simple === '') return '$';
    return valueOf(state, simple, () => text.slice(start, state.at));
  }
  state.at++;
  const first = text.charAt(state.at);
  if (first === '' || first === '{' || first === '}' || first === ':') return fail(state, 'bad substitution');
  const variable = name(state);
  let operator = text.charAt(state.at++);
  if (operator === '}') return valueOf(state, variable, () => text.slice(start, state.at));
  const emptyIsUnset = operator === ':';
  if (emptyIsUnset) operator = text.charAt(state.at++);
  if (operator === '/' && !emptyIsUnset) return replacement(state, variable, start);
  if (operator === '' || !'+-?#%'.includes(operator) || (emptyIsUnset && (operator === '#' || operator === '%'))) {
    return fail(state, `unsupported substitution ${text.slice(start, state.at)}`);
  }
  const operand = nested(state, '}', operator === '#' || operator === '%');
  if (state.failure) return '';
  const found = options.lookup(variable);
  if (found.kind === 'unknown') return unknown(state, variable);
  if (found.kind === 'unset' && options.keepUnset) return `\${${variable}${emptyIsUnset ? ':' : ''}${operator}${operand}}`;
  const value = found.kind === 'value' ? found.value : '';
  const missing = found.kind === 'unset' || (emptyIsUnset && value === '');
  if (operator === '-') return missing ? operand : value;
  if (operator === '+') return missing ? '' : operand;
  if (operator === '?') return missing ? fail(state, `${variable}: ${operand || 'is not set'}`) : value;
  const greedy = operand.startsWith(operator);
  const pattern = greedy ? operand.slice(1) : operand;
  const rest = operator === '#' ? matchPrefix(value, pattern, greedy) : matchSuffix(value, pattern, greedy);
  return rest ?? fail(state, `invalid pattern ${pattern}`);
}

function replacement(state: State, variable: string, start: number): string {
  const { text, options } = state;
  const all = text.charAt(state.at) === '/';
  if (all) state.at++;
  const pattern = nested(state, '/', true);
  if (state.failure) return '';
  const by = nested(state, '}', true);
  if (state.failure) return '';
  const found = options.lookup(variable);
  if (found.kind === 'unknown') return unknown(state, variable);
  if (found.kind === 'unset' && options.keepUnset) return `\${${variable}/${pattern}/${by}}`;
  return (
    replacePattern(found.kind === 'value' ? found.value : '', pattern, by, all) ??
    fail(state, `invalid pattern in ${text.slice(start, state.at)}`)
  );
}

function nested(state: State, stop: string, rawEscapes: boolean): string {
  if (++state.depth > MAX_DEPTH) return fail(state, 'substitutions are nested too deeply');
  const outer = state.rawEscapes;
  state.rawEscapes = rawEscapes;
  const value = upTo(state, stop, []);
  state.rawEscapes = outer;
  state.depth--;
  return value;
}

function valueOf(state: State, variable: string, written: () => string): string {
  const found = state.options.lookup(variable);
  if (found.kind === 'value') return found.value;
  if (found.kind === 'unknown' || state.options.needValues) return unknown(state, variable);
  return state.options.keepUnset ? written() : '';
}

function unknown(state: State, variable: string): string {
  state.failure ??= { kind: 'unknown', name: variable };
  return '';
}
