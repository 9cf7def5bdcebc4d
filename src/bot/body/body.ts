/** The pull request body: sections in order of priority, whole ones dropped from the end where the platform has no room. */

import { renderState, type HiddenState } from '../hidden-state.ts';
import { checks, debugging, rollBack } from './advice.ts';
import { changed, refused } from './changed.ts';
import { configure, evidence, layers } from './details.ts';
import { risks } from './noticed.ts';
import { headline, sizeTable } from './size.ts';
import type { BodyView, Section } from './view.ts';

/** GitHub takes 65,536 characters; the rest is for what people add. */
export const MAX_BODY = 60_000;

/** Text below this line belongs to people and survives every update. */
const LAST_LINE = '<!-- dockmod:end: text below this line is kept -->';

const OMITTED = 'Some sections were left out, since the text would have been too long: `dockmod explain` prints everything.';

/** After the hidden line, in order of priority. */
const SECTIONS: readonly Section[] = [
  headline,
  risks,
  sizeTable,
  changed,
  refused,
  checks,
  debugging,
  rollBack,
  evidence,
  layers,
  configure,
];

/**
 * Renders the body.
 *
 * @param kept what people wrote below our text so far, from {@link textOfPeople}
 */
export function renderBody(state: HiddenState, view: BodyView, kept = ''): string {
  // On a line of its own: what stands on the line of a comment is not Markdown.
  const end = `${LAST_LINE}${kept === '' ? '\n' : kept}`;
  const first = renderState(state);
  const room = MAX_BODY - first.length - end.length - OMITTED.length - 6;
  const texts = SECTIONS.flatMap((section) => section(view) ?? []);
  let length = 0;
  const fitting = texts.findIndex((text) => (length += text.length + 2) > room);
  const shown = fitting < 0 ? texts : [...texts.slice(0, fitting), OMITTED];
  return [first, ...shown, end].join('\n\n');
}

/** What stands below the last line of ours: empty in a body that nobody added to. */
export function textOfPeople(body: string): string {
  const at = body.lastIndexOf(LAST_LINE);
  const text = at < 0 ? '' : body.slice(at + LAST_LINE.length);
  return text.trim() === '' ? '' : text;
}

/** `body` with the boxes ticked that people ticked in `old`: for updates that leave the files as they were. */
export function withTicks(body: string, old: string): string {
  const ticked = new Set(old.split(/\r?\n/).flatMap((line) => (/^- \[[xX]\] /.test(line) ? [line.slice('- [x] '.length)] : [])));
  const ours = body.slice(0, body.length - textOfPeople(body).length);
  return `${ours.replace(/^- \[ \] (.*)$/gm, (line, text: string) => (ticked.has(text) ? `- [x] ${text}` : line))}${textOfPeople(body)}`;
}

/** `body` with another hidden line, and nothing else changed: for what only the machine needs to know. */
export function withState(body: string, state: HiddenState): string {
  const line = renderState(state);
  return /^<!-- dockmod:v1 .*-->/m.test(body) ? body.replace(/^<!-- dockmod:v1 .*-->/m, () => line) : `${line}\n\n${body}`;
}
