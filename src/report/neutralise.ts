/** Untrusted text in Markdown that GitHub renders: it shows as it is written, and nothing in it acts (mentions, links, HTML, tables). */

import { forTerminal } from './untrusted.ts';

/** Zero width space: breaks what GitHub finds in rendered text (mentions, issue numbers, URLs), where escapes do not help. */
const BREAK = '&#8203;';

/** Characters that begin something in Markdown, with what stands for them. `$` starts mathematics, which a backslash does not stop. */
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '`': '\\`',
  '*': '\\*',
  _: '\\_',
  '[': '\\[',
  ']': '\\]',
  '|': '&#124;',
  '~': '\\~',
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  $: '&#36;',
  '@': `@${BREAK}`,
  '#': `\\#${BREAK}`,
};

/**
 * `text` as code on one line. In a table cell (`inTable`) a `|` ends the cell even inside a code span, and renderers
 * disagree about `\\|`: HTML with entities it is. Empty text becomes a visible placeholder: an empty code span does not exist.
 */
export function code(text: string, inTable = false): string {
  const line = oneLine(text);
  if (line.trim() === '') return '`(empty)`';
  if (inTable && line.includes('|')) return `<code>${prose(line)}</code>`;
  let longest = 0;
  for (const [run] of line.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  const fence = '`'.repeat(longest + 1);
  // One blank at each end is taken away by Markdown, unless the text is all blanks: it keeps backticks and blanks apart from the fence.
  const padded = /^[` ]|[` ]$/.test(line) ? ` ${line} ` : line;
  return `${fence}${padded}${fence}`;
}

/** `text` as words of a sentence, in a paragraph, a list item or a table cell. `@name`, `#12` and URLs are shown, never linked. */
export function prose(text: string): string {
  const line = oneLine(text).trim();
  return (
    line
      .replace(/[\\`*_[\]|~<>&$@]|#(?=\d)/g, (character) => ESCAPES[character] ?? character)
      .replace(/\b(gh)-(?=\d)/gi, `$1-${BREAK}`)
      // Addresses and emoji codes: `:+1:`, `:100:`; a uid and a gid are neither.
      .replace(/:(?=\/\/|[\w+-]{1,40}:)(?!\d{5,}:)/g, `:${BREAK}`)
      .replace(/\bwww\./gi, (www) => `${www.slice(0, 3)}${BREAK}.`)
      // What starts a block at the beginning of a line: heading, list item, rule, setext underline.
      .replace(/^(?:[#+=-]|\d{1,9}(?=[.)]))/, (start) => (/\d/.test(start) ? `${start}${BREAK}` : `\\${start}`))
  );
}

/** A fenced block that `text` cannot end: the fence is longer than any in it. Lines are kept; tabs too. */
export function codeBlock(text: string, language = ''): string {
  const lines = text.replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n').map(forTerminal);
  let longest = 2;
  for (const line of lines) longest = Math.max(longest, /^\s*(`+)/.exec(line)?.[1]?.length ?? 0);
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...lines, fence].join('\n');
}

/** Text where no Markdown is understood (pull request titles, log lines): one line without control characters, and nobody is mentioned. */
export function plain(text: string): string {
  return oneLine(text)
    .trim()
    .replace(/@/g, '@\u200b')
    .replace(/#(?=\d)/g, '#\u200b');
}

function oneLine(text: string): string {
  return forTerminal(text.replace(/[\r\n\t\u2028\u2029]+/g, ' '));
}
