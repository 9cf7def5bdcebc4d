/** Text that comes from repositories, made harmless for terminals and plain-text sinks. For markdown see neutralise.ts. */

import { redactSecrets } from './redact.ts';

/** Control characters (ESC, C1, bidirectional overrides, zero-width and line separators) that could rewrite what a person sees. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Control characters become visible escapes; tab and newline stay. */
export function forTerminal(text: string): string {
  return text.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A file name on one line: what is not printable is visible, nothing else is changed. */
export function fileName(path: string): string {
  return forTerminal(path).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

/** A sentence about a repository on one line: control characters visible, secrets redacted. */
export function sentence(text: string): string {
  return forTerminal(redactSecrets(text.replace(/[\r\n\t]+/g, ' ').trim()));
}
