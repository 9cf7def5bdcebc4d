/** Breaks lines at blanks: for terminals of a known width. */

/** Colour codes take no room on the screen. */
const COLOR = /\u001b\[\d+m/g;

/** `text` in lines of at most `columns` characters; a longer word keeps a line of its own. Colours are not counted. */
export function wrap(text: string, columns: number): readonly string[] {
  if (columns === Infinity || columns < 20 || width(text) <= columns) return [text];
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(' ')) {
    const size = width(word);
    if (used > 0 && used + 1 + size > columns) {
      lines.push(line);
      line = word;
      used = size;
    } else {
      line = used === 0 && line === '' ? word : `${line} ${word}`;
      used += used === 0 ? size : size + 1;
    }
  }
  return [...lines, line];
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u;

/** Columns on the screen; East Asian wide characters and emoji take two. */
function width(text: string): number {
  let columns = 0;
  for (const character of text.replace(COLOR, '')) columns += WIDE.test(character) ? 2 : 1;
  return columns;
}
