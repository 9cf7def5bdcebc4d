/** How pull request bodies quote a repository: secrets redacted, length bounded, Markdown neutralised. */

import { code, codeBlock, prose } from '../../report/neutralise.ts';
import { quoting } from '../../report/markdown.ts';
import { redactSecrets } from '../../report/redact.ts';
import { formatLocation, type Location } from '../../repository/location.ts';

/** Longest quotation in characters: a line, not a file. */
const LONGEST = 300;

/** Longest list in one section. */
const MOST = 40;

export function quoteCode(text: string, inTable = false): string {
  return code(bounded(redactSecrets(text)), inTable);
}

/** A sentence of ours that may quote the repository; backticks in it mark code. */
export function quoteProse(text: string): string {
  return quoting(bounded(redactSecrets(text)));
}

/** The same for a table cell, where backticks are shown as they are: a `|` between them would end the cell. */
export function quoteCell(text: string): string {
  return prose(bounded(redactSecrets(text)));
}

export function quoteLocation(at: Location | undefined): string {
  return at === undefined ? '' : ` (${code(formatLocation(at))})`;
}

/** A shell command as a block inside a list item. */
export function quoteCommand(command: string): string {
  return codeBlock(redactSecrets(command), 'sh')
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}

/** The first items of a list, and how many more there are. */
export function bullets(items: readonly string[]): string {
  const shown = items.slice(0, MOST).map((item) => `- ${item}`);
  return [...shown, ...(items.length > MOST ? [`- … and ${items.length - MOST} more`] : [])].join('\n');
}

function bounded(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
