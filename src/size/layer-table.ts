/** The layer view as text: for terminals, for markdown and for HTML. */

import { formatBytes } from './bytes.ts';
import type { LayerRow } from './layers.ts';

const LONGEST = 72;

function cells({ instruction, before, after }: LayerRow): readonly [string, string, string] {
  const shown = instruction.length > LONGEST ? `${instruction.slice(0, LONGEST - 3)}...` : instruction;
  return [shown, before === undefined ? '-' : formatBytes(before), after === undefined ? '-' : formatBytes(after)];
}

function total(rows: readonly LayerRow[]): LayerRow {
  return { instruction: 'total', before: rows.reduce((sum, { before = 0 }) => sum + before, 0), after: rows.reduce((sum, { after = 0 }) => sum + after, 0) };
}

/** Aligned columns; control characters in instructions are shown as dots. */
export function layersAsText(rows: readonly LayerRow[]): string {
  const lines = [['instruction', 'before', 'after'] as const, ...[...rows, total(rows)].map(cells)];
  const width = Math.max(...lines.map(([instruction]) => instruction.length));
  return `${lines.map(([instruction, before, after]) => `${printable(instruction).padEnd(width)}  ${before.padStart(8)}  ${after.padStart(8)}`).join('\n')}\n`;
}

/** A table whose first column is code: nothing in it is read as markdown, a mention or a reference. */
export function layersAsMarkdown(rows: readonly LayerRow[]): string {
  const body = [...rows.map(cells), cells(total(rows))].map(([instruction, before, after]) => `| ${code(instruction)} | ${before} | ${after} |`);
  return `| instruction | before | after |\n| --- | ---: | ---: |\n${body.join('\n')}\n`;
}

export function layersAsHtml(rows: readonly LayerRow[]): string {
  const body = [...rows.map(cells), cells(total(rows))].map(([instruction, before, after]) => `<tr><td><code>${escape(printable(instruction))}</code></td><td>${before}</td><td>${after}</td></tr>`);
  return `<table>\n<thead><tr><th>instruction</th><th>before</th><th>after</th></tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table>\n`;
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '.');
}

function code(text: string): string {
  const plain = printable(text).replace(/\|/g, '\\|');
  const ticks = Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length)) + 1;
  const fence = '`'.repeat(ticks);
  return ticks === 1 ? `${fence}${plain}${fence}` : `${fence} ${plain} ${fence}`;
}

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
