/** Sizes of images and services as a table: for terminals, markdown, HTML and machines. */

import { formatBytes, formatChange } from './bytes.ts';
import { escapeHtml, htmlTable } from './html-page.ts';
import type { LayerRow } from './layers.ts';
import type { Measure } from './measure.ts';

export interface SizeRow {
  /** Image reference or service. */
  readonly name: string;
  readonly before: Measure;
  /** Absent for an image that stands by itself. */
  readonly after?: Measure;
}

export const SIZE_SCHEMA = 'dockmod.size/1';

const HEADER = ['image or service', 'pull', 'pull after', 'change', 'how known'] as const;

/** `layers` belong to the JSON document; the other formats have a table of their own for them. */
export function sizeTable(rows: readonly SizeRow[], format: 'text' | 'markdown' | 'html' | 'json', layers?: readonly LayerRow[]): string {
  if (format === 'json')
    return `${JSON.stringify({ schema: SIZE_SCHEMA, sizes: rows, ...(layers === undefined ? {} : { layers }) }, undefined, 2)}\n`;
  const lines = [
    [...HEADER],
    ...rows.map(({ name, before, after }) =>
      [name, shown(before), after === undefined ? '' : shown(after), change(before, after), known(before, after)].map(printable),
    ),
  ];
  switch (format) {
    case 'markdown':
      return `${lines.map((cells, index) => `| ${(index === 0 ? cells : cells.map((cell) => cell.replace(/[\\|`<>@#*_[\]]/g, '\\$&'))).join(' | ')} |${index === 0 ? `\n|${' --- |'.repeat(cells.length)}` : ''}`).join('\n')}\n`;
    case 'html':
      return htmlTable(
        HEADER,
        lines.slice(1).map((cells) => ({ cells: cells.map(escapeHtml) })),
        [1, 2, 3],
      );
    case 'text': {
      const widths = HEADER.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
      return lines
        .map(
          (cells) =>
            `${cells
              .map((cell, column) => cell.padEnd(widths[column] ?? 0))
              .join('  ')
              .trimEnd()}\n`,
        )
        .join('');
    }
  }
}

function shown(measure: Measure): string {
  if (measure.kind === 'unknown') return 'unknown';
  return `${measure.kind === 'estimated' ? '≈ ' : ''}${formatBytes(measure.pull)}`;
}

function change(before: Measure, after: Measure | undefined): string {
  return after === undefined || before.kind === 'unknown' || after.kind === 'unknown' ? '' : formatChange(before.pull, after.pull);
}

/** Where the two are known in different ways, both are told. */
function known(before: Measure, after: Measure | undefined): string {
  if (after === undefined) return how(before);
  const mixed = before.kind !== after.kind && before.kind !== 'unknown' && after.kind !== 'unknown';
  return mixed ? `before ${how(before)}; after ${how(after)}` : how(after);
}

function how(measure: Measure): string {
  return measure.kind === 'unknown' ? measure.reason : `${measure.kind}: ${measure.method}, ${measure.platform}`;
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '.');
}
