/** A health check of compose that asks by wget or curl, rewritten to the program's own probe: an edit by position, one line. */

import type { Edit } from '../../repository/edit.ts';
import { textOf } from '../../repository/files.ts';
import type { Dependent } from '../../repository/service.ts';
import type { Subject } from '../transform.ts';

/** `undefined` unless the test stands on one line, in the file that builds this very image, without anchors. */
export function composeProbe({ files }: Subject, { source, at, matched }: Dependent, argv: readonly string[]): Edit | undefined {
  const text = source === 'compose' && (matched === undefined || matched === 'build') ? textOf(files, at.path) : undefined;
  if (text === undefined) return undefined;
  let start = 0;
  for (let line = 1; line < at.line; line++) {
    const newline = text.indexOf('\n', start);
    if (newline < 0) return undefined;
    start = newline + 1;
  }
  const end = text.indexOf('\n', start);
  const line = text.slice(start, end < 0 ? text.length : end).replace(/\r$/, '');
  const match = /^([ \t]*test:[ \t]*)(\[[^&*\]#]*\]|"[^"\\]*"|'[^']*'|(?:wget|curl) [^&*#"']*?(?: \|\| exit 1)?)([ \t]*(?:#.*)?)$/.exec(
    line,
  );
  const [, key = '', value = ''] = match ?? [];
  if (match === null || !/\b(?:wget|curl)\b/.test(value) || value.includes('$')) return undefined;
  const from = start + key.length;
  return {
    path: at.path,
    start: from,
    end: from + value.length,
    text: `[${['CMD', ...argv].map((word) => JSON.stringify(word)).join(', ')}]`,
  };
}
