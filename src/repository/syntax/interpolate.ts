/** Variables of compose and bake files (`$A`, `${A:-b}`, `$$`): what can be known is filled in, the rest becomes a hole. */

import { hole } from './holes.ts';

/** Value of a variable; `undefined` when nothing is known about it. */
export type Lookup = (name: string) => string | undefined;

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;

/** @see https://docs.docker.com/reference/compose-file/interpolation/ */
export function interpolate(text: string, lookup: Lookup, depth = 0): string {
  if (!text.includes('$') || depth > 10) return text;
  let result = '';
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0) return result + text.slice(at);
    result += text.slice(at, dollar);
    const next = text[dollar + 1];
    if (next === '$') {
      result += '$';
      at = dollar + 2;
      continue;
    }
    const braced = next === '{';
    NAME.lastIndex = dollar + (braced ? 2 : 1);
    const name = NAME.exec(text)?.[0];
    const after = NAME.lastIndex;
    const end = braced && name !== undefined ? closing(text, after) : after;
    if (name === undefined || end === undefined) {
      result += '$';
      at = dollar + 1;
      continue;
    }
    result += braced ? braces(name, text.slice(after, end), lookup, depth) : (lookup(name) ?? hole(name));
    at = braced ? end + 1 : end;
  }
  return result;
}

/** `:-` and `-` give a default, `:+` and `+` a replacement, `:?` and `?` an error message. */
function braces(name: string, rest: string, lookup: Lookup, depth: number): string {
  const value = lookup(name);
  const operator = /^:?[-+?]/.exec(rest)?.[0];
  if (operator === undefined) return value ?? hole(name);
  const word = interpolate(rest.slice(operator.length), lookup, depth + 1);
  const isSet = value !== undefined && (value !== '' || !operator.startsWith(':'));
  if (operator.endsWith('+')) return isSet ? word : '';
  if (isSet) return value;
  return operator.endsWith('-') ? word : hole(name);
}

/** Offset of the `}` that closes what was opened before `from`. */
function closing(text: string, from: number): number | undefined {
  let depth = 1;
  for (let at = from; at < text.length && at < from + 4096; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return undefined;
}

/** Variables of an `.env` file: `NAME=value` lines, quotes removed, earlier names usable in later values. */
export function envFile(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:]\s?(.*)$/.exec(line);
    const [, name, rest = ''] = match ?? [];
    if (name === undefined) continue;
    const value = rest.trim();
    const quoted = /^(['"])(.*?)\1\s*(?:#.*)?$/.exec(value);
    if (quoted?.[1] === "'") values.set(name, quoted[2] ?? '');
    else
      values.set(
        name,
        interpolate(quoted ? (quoted[2] ?? '') : value.replace(/\s+#.*$/, ''), (other) => values.get(other)),
      );
  }
  return values;
}
