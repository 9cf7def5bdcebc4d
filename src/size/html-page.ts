/** One page that stands by itself: no script, nothing loaded from elsewhere, legible in the light and in the dark. */

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --bad: #c0392b; --good: #1e8449; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a7a; --good: #6fd08c; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem } h2 { font-size: 1.15rem; margin-top: 2.5rem } h3 { font-size: 1rem; margin-top: 1.5rem } h2 code { font-size: inherit }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line) }
th { font-weight: 600 } td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
tr.total td { font-weight: 600; border-bottom: 0 } tr.gone td { opacity: .6 } tr.gone code { text-decoration: line-through }
code, pre { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere } pre { padding: .75rem; border: 1px solid var(--line); white-space: pre-wrap }
.worse { color: var(--bad) } .better, .same { color: var(--good) } 
`;

/** `title` is text; `body` is HTML that holds nothing unescaped. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body.trimEnd()}
</body>
</html>
`;
}

/** A table whose columns from `numbers` on hold numbers; cells are HTML already. Rows may carry a class. */
export function htmlTable(
  header: readonly string[],
  rows: readonly { readonly cells: readonly string[]; readonly kind?: string }[],
  numbers: readonly number[] = [],
): string {
  const cell =
    (tag: 'th' | 'td') =>
    (content: string, column: number): string =>
      `<${tag}${numbers.includes(column) ? ' class="n"' : ''}>${content}</${tag}>`;
  const body = rows.map(({ cells, kind }) => `<tr${kind === undefined ? '' : ` class="${kind}"`}>${cells.map(cell('td')).join('')}</tr>`);
  return `<div class="scroll"><table>\n<thead><tr>${header.map(cell('th')).join('')}</tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table></div>\n`;
}

/** Text for an element or a quoted attribute; control and invisible characters become dots. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '.')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}
