/**
 * Edits of whole instructions in the file's own style: line endings, keyword case, indentation, escape character, final newline.
 *
 * New text is given as blocks: each is a comment (`# why`), an empty string for a blank line, or one instruction with an upper-case
 * keyword, `\n` between its lines and `\` before them where it continues, its heredocs included. All functions return edits of the
 * text that was parsed; verification parses the result, so a case that is not foreseen here is refused, never wrong.
 */

import type { Edit } from '../repository/edit.ts';
import type { Span } from '../repository/location.ts';
import type { Dockerfile, Flag, Instruction } from './dockerfile.ts';
import { isKeyword } from './instruction-rules.ts';

/** Puts blocks above an instruction and the comment lines that touch it; below a header comment when it is the first of the file. */
export function insertBefore(dockerfile: Dockerfile, instruction: Instruction, blocks: readonly string[]): Edit {
  const start = instruction.index === 0 ? instruction.lines.start : blockStart(dockerfile, instruction);
  const at = start === 0 && dockerfile.text.startsWith('\uFEFF') ? 1 : start;
  return {
    path: dockerfile.path,
    start: at,
    end: at,
    text: styled(dockerfile, instruction, blocks)
      .map((block) => block + dockerfile.eol)
      .join(''),
  };
}

/** Puts blocks below an instruction; a missing final newline stays missing. */
export function insertAfter(dockerfile: Dockerfile, instruction: Instruction, blocks: readonly string[]): Edit {
  const { path, eol, text } = dockerfile;
  const { end } = instruction.lines;
  const added = styled(dockerfile, instruction, blocks).join(eol);
  return { path, start: end, end, text: text.charAt(end - 1) === '\n' ? added + eol : eol + added };
}

/** Replaces an instruction; comment lines inside of it stay, above the new text. */
export function replaceInstruction(dockerfile: Dockerfile, instruction: Instruction, blocks: readonly string[]): Edit {
  const [first = '', ...rest] = [...commentsInside(dockerfile, instruction), ...styled(dockerfile, instruction, blocks)];
  return { path: dockerfile.path, ...instruction.span, text: [first.trimStart(), ...rest].join(dockerfile.eol) };
}

/**
 * Takes an instruction out with its lines. Comment lines inside of it stay, and so do those above it, except the ones that `own`
 * claims (dockmod's). One of two blank lines that would meet goes too.
 */
export function deleteInstruction(dockerfile: Dockerfile, instruction: Instruction, own: (comment: string) => boolean = () => false): Edit {
  const { path, text, eol } = dockerfile;
  let { start, end } = instruction.lines;
  const above = linesAbove(dockerfile, instruction);
  for (const comment of above) {
    if (!own(comment.text)) break;
    start = comment.lines.start;
  }
  const kept = commentsInside(dockerfile, instruction)
    .map((comment) => comment + eol)
    .join('');
  const blankBefore = start === 0 || /\n[ \t]*\r?\n$/.test(text.slice(Math.max(0, start - 200), start));
  const blankAfter = /^[ \t]*\r?\n/.exec(text.slice(end, end + 200));
  if (kept === '' && blankBefore && blankAfter !== null) end += blankAfter[0].length;
  else if (kept === '' && end === text.length && text.charAt(end - 1) !== '\n')
    start -= text.charAt(start - 2) === '\r' ? 2 : Math.min(start, 1);
  return { path, start, end, text: kept };
}

/** Replaces everything after keyword and flags; `undefined` when a comment line inside would be lost. */
export function replaceArguments(dockerfile: Dockerfile, instruction: Instruction, text: string): Edit | undefined {
  const { argsSpan, index, keywordSpan, flags } = instruction;
  if (dockerfile.comments.some(({ inside, span }) => inside === index && span.start >= argsSpan.start)) return undefined;
  if (argsSpan.start < argsSpan.end) return { path: dockerfile.path, ...argsSpan, text };
  const at = flags.at(-1)?.span.end ?? keywordSpan.end;
  return { path: dockerfile.path, start: at, end: at, text: ` ${text}` };
}

/** Sets a flag that may stand once (`--chown`): replaces its value or adds it. */
export function setFlag(dockerfile: Dockerfile, instruction: Instruction, name: string, value: string | undefined): Edit {
  const present = instruction.flags.find((flag) => flag.name === name);
  if (present === undefined) return addFlag(dockerfile, instruction, name, value);
  return { path: dockerfile.path, ...present.span, text: flagText(name, value) };
}

/** Adds a flag behind the others, also one that may be repeated (`--mount`). */
export function addFlag({ path }: Dockerfile, { flags, keywordSpan }: Instruction, name: string, value: string | undefined): Edit {
  const at = flags.at(-1)?.span.end ?? keywordSpan.end;
  return { path, start: at, end: at, text: ` ${flagText(name, value)}` };
}

/** Takes a flag out with the blank before it, or with its line when it stands alone on one. */
export function removeFlag({ path, text, escape }: Dockerfile, { keywordSpan, flags }: Instruction, flag: Flag): Edit {
  const { start, end } = flag.span;
  const previous = Math.max(keywordSpan.end, ...flags.filter(({ span }) => span.end <= start).map(({ span }) => span.end));
  const gap = text.slice(previous, start);
  if (!gap.includes('\n')) return { path, start: previous, end, text: '' };
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const newline = text.indexOf('\n', end);
  const alone = newline >= 0 && text.slice(end, newline).trim() === escape;
  if (alone) return { path, start: lineStart, end: newline + 1, text: '' };
  const blanks = /^[ \t]*/.exec(text.slice(end, end + 200))?.[0].length ?? 0;
  return { path, start, end: end + blanks, text: '' };
}

/** Adds `# syntax=docker/dockerfile:1` as the very first line (below a `#!`), which mounts and heredocs need; `undefined` when a frontend is named. */
export function ensureSyntax({ path, text, eol, syntax }: Dockerfile): Edit | undefined {
  if (syntax !== undefined) return undefined;
  const bom = text.startsWith('\uFEFF') ? 1 : 0;
  const at = text.startsWith('#!', bom) ? text.indexOf('\n') + 1 : bom;
  return { path, start: at, end: at, text: `# syntax=docker/dockerfile:1${eol}` };
}

/** Offset of the first line of the comment block that touches the instruction. */
export function blockStart(dockerfile: Dockerfile, instruction: Instruction): number {
  return linesAbove(dockerfile, instruction).at(-1)?.lines.start ?? instruction.lines.start;
}

/** Comment lines directly above, nearest first. */
function linesAbove({ comments }: Dockerfile, { lines, index }: Instruction): readonly { readonly text: string; readonly lines: Span }[] {
  const found: { readonly text: string; readonly lines: Span }[] = [];
  let low = 0;
  let high = comments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((comments[middle]?.span.start ?? 0) < lines.start) low = middle + 1;
    else high = middle;
  }
  let start = lines.start;
  for (let at = low - 1; at >= 0; at--) {
    const comment = comments[at];
    if (comment === undefined || comment.lines.end !== start || (comment.inside !== undefined && comment.inside < index)) break;
    found.push(comment);
    start = comment.lines.start;
  }
  return found;
}

function commentsInside({ comments }: Dockerfile, { index }: Instruction): readonly string[] {
  return comments.filter(({ inside }) => inside === index).map(({ text }) => text.trimEnd());
}

function flagText(name: string, value: string | undefined): string {
  return value === undefined ? `--${name}` : `--${name}=${value}`;
}

/** Blocks as the file would write them next to `beside`. */
function styled(dockerfile: Dockerfile, beside: Instruction, blocks: readonly string[]): readonly string[] {
  const { text, eol, escape } = dockerfile;
  const lineBefore = text.slice(beside.lines.start, beside.keywordSpan.start);
  const indent = /^[ \t]*$/.test(lineBefore) ? lineBefore : '';
  const written = text.slice(beside.keywordSpan.start, beside.keywordSpan.end);
  const lower = written === written.toLowerCase();
  return blocks.map((block) => {
    if (block === '') return '';
    const keyword = /^[A-Z]+/.exec(block)?.[0] ?? '';
    const cased =
      lower && isKeyword(keyword)
        ? keyword === 'FROM'
          ? block.replace(/^FROM|(?<=\s)AS(?=\s)/g, (word) => word.toLowerCase())
          : keyword.toLowerCase() + block.slice(keyword.length)
        : block;
    const escaped = escape === '\\' ? cased : cased.replace(/\\(?=\n)/g, escape);
    return indent + (eol === '\n' ? escaped : escaped.replace(/\r?\n/g, eol));
  });
}
