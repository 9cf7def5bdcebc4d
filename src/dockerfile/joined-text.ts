/** Text joined from pieces of a file, with the way back: offsets are found by binary search over the pieces. */

import type { Span } from '../repository/location.ts';
import type { JoinedText } from './dockerfile.ts';

/** Characters from `start` on (in the joined text) that stand at `file`, up to the next piece. */
export interface Piece {
  readonly start: number;
  readonly file: number;
  /** Length in the file of a piece of one character that is longer there: an escape like `\n` or `\"`. */
  readonly source?: number;
}

/**
 * `pieces` are ascending in both offsets, the first starts at 0; each reaches to the next one's start, where a piece of the file
 * may be left out (a continuation, a comment line) or joined characters may stand for longer source (an escape).
 */
export function joinedText(text: string, pieces: readonly Piece[], end: number): JoinedText {
  const toFile = (offset: number): number => {
    if (offset >= text.length) return end;
    const piece = pieces[pieceAt(pieces, offset)];
    return piece === undefined ? end : piece.file + (offset - piece.start);
  };
  const endInFile = (offset: number): number => {
    if (offset >= text.length) return end;
    const last = pieces[pieceAt(pieces, offset - 1)];
    return last === undefined ? end : last.file + (last.source ?? offset - last.start);
  };
  return {
    text,
    toFile,
    span: (from, to) => {
      const start = toFile(from);
      return { start, end: to <= from ? start : endInFile(to) };
    },
    slice: (from, to) => {
      if (from <= 0 && to >= text.length) return joinedText(text, pieces, end);
      const first = pieceAt(pieces, from);
      const cut: Piece[] = [];
      for (let at = first; at < pieces.length; at++) {
        const piece = pieces[at];
        if (piece === undefined || (piece.start >= to && at > first)) break;
        cut.push(at === first ? { ...piece, start: 0, file: toFile(from) } : { ...piece, start: piece.start - from });
      }
      return joinedText(text.slice(from, to), cut, to <= from ? toFile(from) : endInFile(to));
    },
    get pieces() {
      return pieces.map(({ start, file, source }, index): Span => {
        const next = pieces[index + 1];
        return { start: file, end: next === undefined ? end : file + (source ?? next.start - start) };
      });
    },
  };
}

/** Text that stands in the file as it is. */
export function plainText(file: string, start: number, end: number): JoinedText {
  return joinedText(file.slice(start, end), [{ start: 0, file: start }], end);
}

function pieceAt(pieces: readonly Piece[], offset: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pieces[middle]?.start ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
