/** Walks the lines of a file: comments, continued instructions and heredoc bodies, as BuildKit's parser does. */

import type { Location, Span } from '../repository/location.ts';
import type { RepoPath } from '../repository/path.ts';
import type { Comment, Dockerfile, Heredoc, Instruction, JoinedText } from './dockerfile.ts';
import { heredocWords, type HeredocWord } from './heredoc-words.ts';
import { readInstruction, type InstructionParts } from './instruction.ts';
import { joinedText, type Piece } from './joined-text.ts';
import type { PhysicalLines } from './physical-lines.ts';
import { skipSpaces } from './whitespace.ts';

export type InstructionsResult =
  | { readonly kind: 'read'; readonly instructions: readonly Instruction[]; readonly comments: readonly Comment[] }
  | {
      readonly kind: 'error';
      readonly reason: 'unparsable' | 'too-large' | 'empty';
      /** From 0. */ readonly line: number;
      readonly detail: string;
    };

const MAX_INSTRUCTIONS = 20_000;
/** BuildKit's line scanner gives up on lines of 64 KiB. */
const MAX_LINE = 64 * 1024;

interface Cursor {
  readonly path: RepoPath;
  readonly text: string;
  readonly lines: PhysicalLines;
  readonly escape: Dockerfile['escape'];
  readonly comments: Comment[];
  readonly instructions: Instruction[];
  line: number;
}

/** `from` is the offset after a byte-order mark, `first` the first line that is no directive. */
export function readInstructions(
  path: RepoPath,
  text: string,
  lines: PhysicalLines,
  from: number,
  escape: Dockerfile['escape'],
  first: number,
): InstructionsResult {
  const cursor: Cursor = { path, text, lines, escape, comments: [], instructions: [], line: first };
  for (let line = 0; line < lines.count; line++) {
    if (lines.end(line) - lines.start(line) >= MAX_LINE)
      return { kind: 'error', reason: 'unparsable', line, detail: 'a line is longer than 64 KiB' };
  }
  let stage = -1;
  while (cursor.line < lines.count) {
    const start = skipSpaces(text, cursor.line === 0 ? from : lines.start(cursor.line), lines.contentEnd(cursor.line));
    if (start === lines.contentEnd(cursor.line)) cursor.line++;
    else if (text.charAt(start) === '#') pushComment(cursor, start, undefined);
    else {
      const firstLine = cursor.line;
      const error = (detail: string): InstructionsResult => ({ kind: 'error', reason: 'unparsable', line: firstLine, detail });
      const joined = readLogicalLine(cursor, start);
      const result = readInstruction(joined, escape);
      if (result.kind === 'error') return error(result.detail);
      const { keyword } = result.parts;
      if (keyword === 'FROM') stage++;
      else if (stage < 0 && keyword !== 'ARG') return error(`${keyword} before the first FROM`);
      const heredocs = readHeredocs(cursor, joined, result.parts);
      if (heredocs === undefined) return error('a heredoc without its end');
      const index = cursor.instructions.length;
      if (index >= MAX_INSTRUCTIONS)
        return { kind: 'error', reason: 'too-large', line: firstLine, detail: `more than ${MAX_INSTRUCTIONS} instructions` };
      cursor.instructions.push(complete(cursor, result.parts, { firstLine, stage, index, heredocs }));
    }
  }
  if (cursor.instructions.length === 0) return { kind: 'error', reason: 'empty', line: 0, detail: 'the file has no instructions' };
  return { kind: 'read', instructions: cursor.instructions, comments: cursor.comments };
}

/** Joins an instruction with its continuation lines and leaves the cursor after them. */
function readLogicalLine(cursor: Cursor, start: number): JoinedText {
  const { text, lines, escape } = cursor;
  const pieces: Piece[] = [];
  let joined = '';
  let end = start;
  const add = (from: number, to: number): void => {
    if (to <= from) return;
    pieces.push({ start: joined.length, file: from });
    joined += text.slice(from, to);
    end = to;
  };
  let continued = continuation(text, start, lines.contentEnd(cursor.line), escape);
  add(start, continued ?? lines.contentEnd(cursor.line));
  cursor.line++;
  while (continued !== undefined && cursor.line < lines.count) {
    const from = lines.start(cursor.line);
    const to = lines.contentEnd(cursor.line);
    const content = skipSpaces(text, from, to);
    if (content === to) cursor.line++;
    else if (text.charAt(content) === '#') pushComment(cursor, content, cursor.instructions.length);
    else {
      continued = continuation(text, from, to, escape);
      add(from, continued ?? to);
      cursor.line++;
    }
  }
  return joinedText(joined, pieces.length === 0 ? [{ start: 0, file: start }] : pieces, end);
}

/** Where the text of a continued line ends; `undefined` when the line does not end in the escape character (a doubled one does not count). */
function continuation(text: string, start: number, end: number, escape: string): number | undefined {
  let at = end;
  while (at > start && (text.charAt(at - 1) === ' ' || text.charAt(at - 1) === '\t')) at--;
  if (at === start || text.charAt(at - 1) !== escape) return undefined;
  return at - 1 > start && text.charAt(at - 2) === escape ? undefined : at - 1;
}

function pushComment(cursor: Cursor, start: number, inside: number | undefined): void {
  const { lines, text, line } = cursor;
  const span: Span = { start, end: lines.contentEnd(line) };
  cursor.comments.push({
    span,
    lines: { start: lines.start(line), end: lines.end(line) },
    text: text.slice(span.start, span.end),
    line: line + 1,
    inside,
  });
  cursor.line++;
}

/** The bodies that follow RUN, COPY and ADD (and ONBUILD of these); `undefined` when one has no end. */
function readHeredocs(cursor: Cursor, joined: JoinedText, parts: InstructionParts): readonly Heredoc[] | undefined {
  const { keyword, form } = parts.onbuild ?? parts;
  if ((keyword !== 'RUN' && keyword !== 'COPY' && keyword !== 'ADD') || form?.kind === 'exec' || !joined.text.includes('<<')) return [];
  const heredocs: Heredoc[] = [];
  let searchFrom = 0;
  for (const word of heredocWords(joined.text)) {
    const at = joined.text.indexOf(word.raw, searchFrom);
    if (at >= 0) searchFrom = at + word.raw.length;
    const heredoc = readBody(cursor, word, joined.span(Math.max(at, 0), searchFrom));
    if (heredoc === undefined) return undefined;
    heredocs.push(heredoc);
  }
  return heredocs;
}

function readBody(cursor: Cursor, { name, quoted, dash }: HeredocWord, span: Span): Heredoc | undefined {
  const { text, lines } = cursor;
  const start = lines.start(cursor.line);
  for (; cursor.line < lines.count; cursor.line++) {
    let from = lines.start(cursor.line);
    const end = lines.contentEnd(cursor.line);
    if (dash) while (from < end && text.charAt(from) === '\t') from++;
    if (text.slice(from, end) !== name) continue;
    const bodySpan: Span = { start, end: lines.start(cursor.line) };
    cursor.line++;
    return { name, quoted, dash, bodySpan, body: text.slice(bodySpan.start, bodySpan.end), span, terminatorSpan: { start: from, end } };
  }
  return undefined;
}

interface Place {
  readonly firstLine: number;
  readonly stage: number;
  readonly index: number;
  readonly heredocs: readonly Heredoc[];
}

/** The instruction with its place; the cursor stands after its last line. */
function complete(cursor: Cursor, parts: InstructionParts, place: Place): Instruction {
  const { lines, path } = cursor;
  const lastLine = cursor.line - 1;
  const { firstLine, stage, index, heredocs } = place;
  const span: Span = { start: parts.keywordSpan.start, end: lines.contentEnd(lastLine) };
  const at: Location = lastLine === firstLine ? { path, line: firstLine + 1 } : { path, line: firstLine + 1, endLine: lastLine + 1 };
  const { keyword, keywordSpan, flags, args, words, pairs, form, onbuild } = parts;
  const instruction: Instruction = {
    keyword,
    span,
    lines: { start: lines.start(firstLine), end: lines.end(lastLine) },
    at,
    keywordSpan,
    flags,
    args,
    argsSpan: args.span(0, args.text.length),
    words,
    form,
    pairs,
    heredocs,
    stage,
    index,
  };
  return onbuild === undefined ? instruction : { ...instruction, onbuild: complete(cursor, onbuild, place) };
}
