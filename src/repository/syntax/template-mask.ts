/** Go and Jinja templates over YAML: actions are masked by as many characters, so that the rest can be read with its places. */

const CLOSING: Readonly<Record<string, string>> = { '{': '}}', '%': '%}', '#': '#}' };
const MASK = '\uE002';

/** Lines of actions alone become blank; an action inside of a value becomes a word. Linear. */
export function maskTemplates(text: string): string {
  let masked = '';
  let at = 0;
  const missing = new Set<string>();
  for (let open = text.indexOf('{', at); open >= 0; open = text.indexOf('{', open + 1)) {
    if (open < at) continue;
    const closing = CLOSING[text[open + 1] ?? ''];
    if (closing === undefined || missing.has(closing)) continue;
    const end = text.indexOf(closing, open + 2);
    if (end < 0) {
      missing.add(closing);
      continue;
    }
    masked += text.slice(at, open) + text.slice(open, end + 2).replace(/[^\n]/g, MASK);
    at = end + 2;
  }
  masked += text.slice(at);
  return masked
    .split('\n')
    .map((line) => (line.includes(MASK) && /^[\uE002 \t]*\r?$/.test(line) ? line.replace(/[^\r]/g, ' ') : line.replaceAll(MASK, 'x')))
    .join('\n');
}

export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%');
}
