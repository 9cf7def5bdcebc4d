/** Shell patterns in `${V#pattern}`, `${V%pattern}` and `${V/pattern/text}`: `*`, `?` and escapes, no brackets, as BuildKit has them. */

type Token = string | { readonly any: 'one' | 'many' };

/** Values beyond this are not matched: the matcher below is quadratic, and no real value comes near. */
const MAX_VALUE = 4096;

/** `undefined` for a pattern that BuildKit rejects. Without a match the value stays. */
export function matchPrefix(value: string, pattern: string, greedy: boolean): string | undefined {
  const tokens = tokenize(pattern);
  if (tokens === undefined || value.length > MAX_VALUE) return undefined;
  const end = matchAt([...value], tokens, 0, greedy);
  return end === undefined ? value : [...value].slice(end).join('');
}

export function matchSuffix(value: string, pattern: string, greedy: boolean): string | undefined {
  const tokens = tokenize(pattern);
  if (tokens === undefined || value.length > MAX_VALUE) return undefined;
  const reversed = [...value].reverse();
  const end = matchAt(reversed, [...tokens].reverse(), 0, greedy);
  return end === undefined ? value : reversed.slice(end).reverse().join('');
}

export function replacePattern(value: string, pattern: string, by: string, all: boolean): string | undefined {
  const tokens = tokenize(pattern);
  if (tokens === undefined || value.length > MAX_VALUE || tokens.length === 0) return undefined;
  if (all && by.includes('$')) return undefined; // Go expands $1 there
  const characters = [...value];
  let result = '';
  for (let at = 0; at < characters.length;) {
    const end = matchAt(characters, tokens, at, true);
    if (end === undefined || end === at) {
      result += characters[at++] ?? '';
      continue;
    }
    result += by;
    at = end;
    if (!all) return result + characters.slice(at).join('');
  }
  return result;
}

function tokenize(pattern: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const char = characters[at] ?? '';
    if (char === '*') {
      const last = tokens.at(-1);
      if (typeof last !== 'object' || last.any !== 'many') tokens.push({ any: 'many' });
    } else if (char === '?') tokens.push({ any: 'one' });
    else if (char !== '\\') tokens.push(char);
    else {
      const next = characters[++at] ?? '';
      if (!['}', '/', '*', '?', '\\'].includes(next) || next === '') return undefined;
      tokens.push(next);
    }
  }
  return tokens;
}

/** End of the longest or shortest match that starts at `from`: a set of reachable ends, so that no pattern backtracks. */
function matchAt(value: readonly string[], tokens: readonly Token[], from: number, greedy: boolean): number | undefined {
  let ends = [from];
  for (const token of tokens) {
    if (typeof token === 'string') ends = ends.filter((at) => value[at] === token).map((at) => at + 1);
    else if (token.any === 'one') ends = ends.filter((at) => at < value.length && value[at] !== '\n').map((at) => at + 1);
    else {
      const first = ends[0];
      if (first === undefined) return undefined;
      let last = first;
      while (last < value.length && value[last] !== '\n') last++;
      ends = Array.from({ length: last - first + 1 }, (_, index) => first + index);
    }
    if (ends.length === 0) return undefined;
  }
  return greedy ? ends.at(-1) : ends[0];
}
