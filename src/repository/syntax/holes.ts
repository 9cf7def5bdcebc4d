/** Text with holes: places whose value is known only when something runs, each with the name of what would fill it. */

const OPEN = '\uE000';
const CLOSE = '\uE001';

/** Longer texts are no path and no image: variables that grow each other end here. */
const LONGEST = 4000;

/** At most this many ways to fill the holes of one command are looked at. */
const MAX_FILLINGS = 64;

/** Marks a value that is not known. The name keeps no character that separates paths and tags. `fallback` is what stands there when the variable is not set (`${NAME:-fallback}`). */
export function hole(name: string, fallback?: string): string {
  const clean = name.replace(/[\uE000\uE001/:@\s]/g, '_');
  return fallback === undefined ? `${OPEN}${clean}${CLOSE}` : `${OPEN}${clean}:-${fallback}${CLOSE}`;
}

export function hasHole(text: string): boolean {
  return text.includes(OPEN);
}

interface Piece {
  readonly literal: string;
  readonly name?: string;
  readonly fallback?: string;
}

/** Literals and holes in turn; fallbacks may have holes of their own. */
export function pieces(text: string): readonly Piece[] {
  const found: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf(OPEN, at);
    if (open < 0) {
      found.push({ literal: text.slice(at) });
      break;
    }
    if (open > at) found.push({ literal: text.slice(at, open) });
    let depth = 1;
    let end = open + 1;
    for (; end < text.length && depth > 0; end++) {
      if (text[end] === OPEN) depth++;
      else if (text[end] === CLOSE) depth--;
    }
    const inside = text.slice(open + 1, end - 1);
    const colon = inside.indexOf(':-');
    found.push(
      colon < 0 ? { literal: '', name: inside } : { literal: '', name: inside.slice(0, colon), fallback: inside.slice(colon + 2) },
    );
    at = end;
  }
  return found;
}

/** What can be known about names: `undefined` = nothing, several values = one of them. */
export type Values = (name: string) => readonly string[] | undefined;

/** Fills what is known, the same name with the same value everywhere; one result for each combination of values. */
export function fillings(texts: readonly string[], values: Values, depth = 0): readonly (readonly string[])[] {
  if (!texts.some(hasHole)) return [texts];
  const names = new Set<string>();
  for (const text of texts) for (const { name } of pieces(text)) if (name !== undefined) names.add(name);
  let bindings: ReadonlyMap<string, string>[] = [new Map()];
  for (const name of names) {
    const known = values(name);
    if (known === undefined || known.length === 0 || bindings.length * known.length > MAX_FILLINGS) continue;
    bindings = bindings.flatMap((binding) => known.map((value) => new Map(binding).set(name, value)));
  }
  const results: (readonly string[])[] = [];
  for (const binding of bindings) {
    // Each level multiplies: enough is enough, also for a chain of variables with many values each.
    if (results.length >= MAX_FILLINGS) break;
    const filled = texts.map((text) => fill(text, (name) => binding.get(name)));
    const changed = filled.some((text, index) => text !== texts[index]);
    const bound = (name: string): readonly string[] | undefined => (binding.has(name) ? [binding.get(name) ?? ''] : values(name));
    if (filled.some((text) => text.length > LONGEST)) results.push(texts);
    else if (changed && depth < 8) results.push(...fillings(filled, bound, depth + 1));
    else results.push(filled);
  }
  return results;
}

/** Fills the holes that `value` knows, then those that have a fallback. */
export function fill(text: string, value: (name: string) => string | undefined): string {
  if (!hasHole(text)) return text;
  return pieces(text)
    .map(({ literal, name, fallback }) => (name === undefined ? literal : (value(name) ?? fallback ?? hole(name))))
    .join('');
}

/** Holes shown as a reader knows them: `${NAME}`. */
export function readable(text: string): string {
  if (!hasHole(text)) return text;
  return pieces(text)
    .map(({ literal, name, fallback }) => (name === undefined ? literal : fallback === undefined ? `\${${name}}` : readable(fallback)))
    .join('');
}
