/** Ways to cut one item out of a list of shell commands: whole lines where it stands alone on them, else within its line. */

import type { Span } from '../repository/location.ts';

/** Places in the file. Connectors are absent where a line end does their work. */
export interface ListItem {
  readonly item: Span;
  readonly previousEnd: number | undefined;
  readonly nextStart: number | undefined;
  readonly before: Span | undefined;
  readonly after: Span | undefined;
  /** The connector behind the item must stay, the one before it must go: `a && b || c`. */
  readonly keepAfter: boolean;
  /** Nothing but line ends follows in the script. */
  readonly endsScript: boolean;
}

/** The best first; the caller takes the first one whose result proves right. Each is a list of ranges to delete. */
export function removals(text: string, escape: string, list: ListItem): readonly (readonly Span[])[] {
  const { item, previousEnd, nextStart, before, after, keepAfter } = list;
  const found: (readonly Span[])[] = [];
  const lines = wholeLines(text, escape, list);
  if (lines !== undefined) found.push(lines);
  const remark = before === undefined && after === undefined ? /^[ \t]+(?=#)/.exec(text.slice(item.end, item.end + 200)) : null;
  if (remark !== null && text.slice(lineStart(text, item.start), item.start).trim() === '')
    found.push([{ start: item.start, end: item.end + remark[0].length }]);
  if (nextStart !== undefined && after !== undefined && !keepAfter && !text.slice(item.end, after.end).includes('\n')) {
    // a && b && \   becomes   a && \
    const lineEnd = escapeAfter(text, escape, after.end);
    if (lineEnd !== undefined && previousEnd !== undefined && sameLine(text, previousEnd, item.start))
      found.push([{ start: item.start, end: lineEnd }]);
  }
  const nextIsBelow = nextStart === undefined || !sameLine(text, item.end, nextStart);
  if (previousEnd !== undefined && (keepAfter || nextIsBelow)) found.push([{ start: previousEnd, end: item.end }]);
  if (nextStart !== undefined && !keepAfter)
    found.push([{ start: item.start, end: nextStart }], aroundComments(text, escape, item.start, after, nextStart));
  if (previousEnd !== undefined && nextStart === undefined && list.endsScript)
    found.push(
      tail(text, previousEnd, before === undefined || sameLine(text, previousEnd, before.start) ? item.start : before.start, item.end),
    );
  return found;
}

/** The lines that hold nothing but the item and one of its connectors; comment lines among them stay. */
function wholeLines(
  text: string,
  escape: string,
  { item, before, after, nextStart, previousEnd, keepAfter }: ListItem,
): readonly Span[] | undefined {
  const leads =
    before !== undefined &&
    sameLine(text, before.start, item.start) &&
    !(previousEnd !== undefined && sameLine(text, previousEnd, before.start));
  const start = leads ? before.start : item.start;
  const trails = after !== undefined && sameLine(text, item.end, after.start);
  const end = trails ? after.end : item.end;
  const needed = before !== undefined && after !== undefined;
  if (leads === trails && (needed || leads)) return undefined;
  if (keepAfter && trails) return undefined;
  if (previousEnd === undefined ? text.slice(lineStart(text, start), start).trim() !== '' : sameLine(text, previousEnd, start))
    return undefined;
  if (text.slice(lineStart(text, start), start).trim() !== '') return undefined;
  const newline = text.indexOf('\n', end);
  if (newline < 0) return undefined;
  const rest = text.slice(end, newline).trim();
  if (nextStart === undefined ? rest !== '' : rest !== '' && rest !== escape) return undefined;
  if (nextStart !== undefined && nextStart <= newline) return undefined;
  // In an instruction the last line has no continuation to give to the line before it.
  if (nextStart === undefined && (before !== undefined || previousEnd === undefined)) return undefined;
  return withoutComments(text, lineStart(text, start), newline + 1);
}

/** Deletes up to the next item, but keeps the line ends that comment lines in between need. */
function aroundComments(text: string, escape: string, from: number, after: Span | undefined, nextStart: number): readonly Span[] {
  const spans: Span[] = [];
  let at = from;
  while (at < nextStart) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 || newline >= nextStart ? nextStart : newline + 1;
    const line = text.slice(at, end);
    const first = at === from;
    if (!first && line.trimStart().startsWith('#')) {
      at = end;
      continue;
    }
    if (end === nextStart) {
      const indent = first ? 0 : line.length - line.trimStart().length;
      spans.push({ start: at + indent, end });
    } else if (first) spans.push({ start: at, end: at + (line.lastIndexOf(escape) < 0 ? line.length : line.lastIndexOf(escape)) });
    else spans.push({ start: at, end });
    at = end;
  }
  return after === undefined ? [] : spans;
}

/** The end of a script whose last command is preceded by comment lines: they end up behind the instruction. */
function tail(text: string, previousEnd: number, start: number, end: number): readonly Span[] {
  const firstEnd = text.indexOf('\n', previousEnd);
  if (firstEnd < 0 || firstEnd >= start) return [];
  const contentEnd = text.charAt(firstEnd - 1) === '\r' ? firstEnd - 1 : firstEnd;
  const lastNewline = text.indexOf('\n', end);
  const from = lineStart(text, start);
  if (lastNewline >= 0)
    return [
      { start: previousEnd, end: contentEnd },
      { start: from, end: lastNewline + 1 },
    ];
  const before = text.charAt(from - 2) === '\r' ? from - 2 : from - 1;
  return [
    { start: previousEnd, end: contentEnd },
    { start: before, end: text.length },
  ];
}

function withoutComments(text: string, from: number, to: number): readonly Span[] {
  const spans: Span[] = [];
  let start = from;
  for (let at = from; at < to;) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? to : newline + 1;
    if (text.slice(at, end).trimStart().startsWith('#')) {
      if (at > start) spans.push({ start, end: at });
      start = end;
    }
    at = end;
  }
  if (to > start) spans.push({ start, end: to });
  return spans;
}

/** Offset of the escape character when nothing but blanks stands before it on the line. */
function escapeAfter(text: string, escape: string, from: number): number | undefined {
  let at = from;
  while (text.charAt(at) === ' ' || text.charAt(at) === '\t') at++;
  return text.charAt(at) === escape && /^[ \t]*\r?\n/.test(text.slice(at + 1, at + 200)) ? at : undefined;
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

function sameLine(text: string, a: number, b: number): boolean {
  const newline = text.indexOf('\n', Math.min(a, b));
  return newline < 0 || newline >= Math.max(a, b);
}
