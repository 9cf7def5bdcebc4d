/** The lines of a file, as BuildKit's scanner cuts them: at `\n`, with any `\r` before it belonging to the ending. */

export interface PhysicalLines {
  readonly count: number;
  readonly start: (line: number) => number;
  /** End of the text of a line, its ending excluded. */
  readonly contentEnd: (line: number) => number;
  /** End of a line with its ending. */
  readonly end: (line: number) => number;
  /** Index (from 0) of the line that holds an offset. */
  readonly indexAt: (offset: number) => number;
}

export function physicalLines(text: string): PhysicalLines {
  const starts: number[] = [];
  for (let at = 0; at < text.length;) {
    starts.push(at);
    const newline = text.indexOf('\n', at);
    at = newline < 0 ? text.length : newline + 1;
  }
  const start = (line: number): number => starts[line] ?? text.length;
  const contentEnd = (line: number): number => {
    const first = start(line);
    let at = start(line + 1);
    while (at > first && isLineEnding(text.charCodeAt(at - 1))) at--;
    return at;
  };
  const indexAt = (offset: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (start(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return { count: starts.length, start, contentEnd, end: (line) => start(line + 1), indexAt };
}

function isLineEnding(code: number): boolean {
  return code === 10 || code === 13;
}
