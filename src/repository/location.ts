/** Places in files: what a person needs to open the right line. */

import type { RepoPath } from './path.ts';

/** A half-open range of UTF-16 offsets in a file's decoded text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Lines are 1-based; `endLine` is inclusive and only given when it differs from `line`. */
export interface Location {
  readonly path: RepoPath;
  readonly line: number;
  readonly endLine?: number;
}

/** 1-based line of an offset. Linear in the text before `offset`: index the lines instead for many look-ups. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

export function locate(path: RepoPath, text: string, span: Span): Location {
  const line = lineAt(text, span.start);
  const endLine = lineAt(text, Math.max(span.start, span.end - 1));
  return endLine === line ? { path, line } : { path, line, endLine };
}

export function formatLocation(at: Location): string {
  return `${at.path}:${at.line}`;
}
