/** What counts as blank: Go's `unicode.IsSpace`, which BuildKit trims and splits by, and its narrower `[\t\v\f\r ]`. */

/** `unicode.IsSpace`. JavaScript's `\s` differs: it has U+FEFF and lacks U+0085. */
export function isSpace(code: number): boolean {
  if (code <= 32) return code === 32 || (code >= 9 && code <= 13);
  if (code < 0x1680) return code === 0x85 || code === 0xa0;
  return (
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** Separates words of an instruction (`reWhitespace` of BuildKit's parser): ASCII only, no newline. */
export function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 11 || code === 12 || code === 13;
}

export function skipBlanks(text: string, from: number, to: number = text.length): number {
  let at = from;
  while (at < to && isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** First offset at or after `from` that is no space; `to` when there is none. */
export function skipSpaces(text: string, from: number, to: number = text.length): number {
  let at = from;
  while (at < to && isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** Offset after the last character before `to` that is no space, at least `from`. */
export function trimEnd(text: string, from: number, to: number): number {
  let at = to;
  while (at > from && isSpace(text.charCodeAt(at - 1))) at--;
  return at;
}
