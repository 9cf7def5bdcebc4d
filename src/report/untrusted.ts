/** Text that comes from repositories, made harmless for where it is shown. Every renderer passes it through here. */

/** Control characters (ESC, C1, bidirectional overrides, line separators) that could rewrite what a person sees. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** For a terminal: control characters become visible escapes; tab and newline stay. */
export function forTerminal(text: string): string {
  return text.replace(CONTROL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
