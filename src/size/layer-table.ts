/** The layer view as text: for terminals, for markdown and for HTML. */

import { formatBytes } from './bytes.ts';
import { escapeHtml, htmlTable } from './html-page.ts';
import type { LayerRow } from './layers.ts';

/** Characters of an instruction where lines do not wrap. */
const LONGEST = 72;

type Cells = readonly string[];

/** Header first, total last. One image alone has one column of sizes. */
function lines(rows: readonly LayerRow[], longest = LONGEST): readonly Cells[] {
  const alone = rows.every(({ before }) => before === undefined);
  const total: LayerRow = {
    instruction: 'total',
    before: sum(rows.map(({ before }) => before)),
    after: sum(rows.map(({ after }) => after)),
  };
  const cells = ({ instruction, before, after }: LayerRow): Cells => {
    const shown = instruction.length > longest ? `${instruction.slice(0, longest - 3)}...` : instruction;
    return [printable(shown), ...(alone ? [after] : [before, after]).map((size) => (size === undefined ? '-' : formatBytes(size)))];
  };
  return [alone ? ['instruction', 'size'] : ['instruction', 'before', 'after'], ...[...rows, total].map(cells)];
}

function sum(sizes: readonly (number | undefined)[]): number {
  return sizes.reduce<number>((total, size = 0) => total + size, 0);
}

/** Aligned columns; control characters in instructions are shown as dots. */
export function layersAsText(rows: readonly LayerRow[]): string {
  const table = lines(rows);
  const width = Math.max(...table.map(([instruction = '']) => instruction.length));
  return `${table.map(([instruction = '', ...sizes]) => `${instruction.padEnd(width)}${sizes.map((size) => `  ${size.padStart(8)}`).join('')}`).join('\n')}\n`;
}

/** A table whose first column is code: nothing in it is read as markdown, a mention or a reference. */
export function layersAsMarkdown(rows: readonly LayerRow[]): string {
  const [header = [], ...body] = lines(rows);
  const divider = header.map((_, column) => (column === 0 ? '---' : '---:'));
  return `${[header, divider, ...body.map(([instruction = '', ...sizes], index) => [index === rows.length ? instruction : code(instruction), ...sizes])].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

/** A table for htmlPage; what the change drops is struck out. */
export function layersAsHtml(rows: readonly LayerRow[]): string {
  const [header = [], ...body] = lines(rows, 1000);
  const entries = body.map(([instruction = '', ...sizes], index) => {
    const row = rows[index];
    if (row === undefined) return { cells: [escapeHtml(instruction), ...sizes], kind: 'total' };
    return { cells: [`<code>${escapeHtml(instruction)}</code>`, ...sizes], ...(row.after === undefined ? { kind: 'gone' } : {}) };
  });
  return htmlTable(header, entries, [1, 2]);
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '.');
}

function code(text: string): string {
  // A `|` ends the cell even inside a code span, and renderers disagree about `\\|`.
  if (text.includes('|'))
    return `<code>${escapeHtml(text).replace(/[|`*_~[\]\\@#]/g, (character) => `&#${character.charCodeAt(0)};`)}</code>`;
  const ticks = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1;
  const fence = '`'.repeat(ticks);
  return ticks === 1 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`;
}
