/** How reports for terminals are laid out: a label, what it is about, indented lines below, broken at the width of the screen. */

import type picocolors from 'picocolors';
import type { Location } from '../repository/location.ts';
import type { ShowPath } from './findings.ts';
import { fileName } from './untrusted.ts';
import { wrap } from './wrap.ts';

export interface TerminalStyle {
  readonly paint: ReturnType<typeof picocolors.createColors>;
  readonly show: ShowPath;
  /** Lines are broken here; `Infinity` in a pipe. */
  readonly columns: number;
}

const LABEL = 9;

/** A labelled block of lines: the head beside the label, the rest indented below it. */
export function entry(
  label: string,
  color: (text: string) => string,
  head: string,
  rest: readonly string[],
  { columns }: TerminalStyle,
): readonly string[] {
  const indent = ' '.repeat(LABEL + 2);
  const [first = '', ...more] = wrap(head, columns - indent.length);
  return [
    `  ${color(label.padEnd(LABEL - 1))} ${first}`,
    ...more.map((line) => indent + line),
    ...rest.flatMap((line) => wrap(line, columns - indent.length - 2).map((part) => `${indent}  ${part}`)),
  ];
}

/** `path:7-9`, as it can be opened. */
export function place(at: Location, show: ShowPath): string {
  return `${fileName(show(at.path))}:${lines(at)}`;
}

/** `7`, or `7-9`. */
export function lines({ line, endLine }: Location): string {
  return endLine === undefined ? String(line) : `${line}-${endLine}`;
}
