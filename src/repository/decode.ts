/** Bytes to text, exactly: what cannot be written back byte for byte is refused. */

import type { FileText } from './files.ts';

/** Larger files are not edited: no Dockerfile, manifest or compose file of a person is. */
export const MAX_BYTES = 1024 * 1024;

/** Characters that make a line read differently from what it does (CVE-2021-42574). */
const BIDIRECTIONAL = /[\u202A-\u202E\u2066-\u2069]/;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** BOM kept as U+FEFF. Names the reason where bytes are no plain UTF-8 text. */
export function decodeText(bytes: Uint8Array): FileText {
  const unreadable = (reason: Extract<FileText, { kind: 'unreadable' }>['reason'], detail: string): FileText => ({
    kind: 'unreadable',
    reason,
    detail,
  });
  if (bytes.length > MAX_BYTES) return unreadable('too-large', `${bytes.length} bytes: more than 1 MiB`);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return unreadable('encoding', 'UTF-16: save it as UTF-8');
  if (bytes.includes(0)) return unreadable('binary', 'the file holds NUL bytes');
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return unreadable('encoding', 'not valid UTF-8');
  }
  if (BIDIRECTIONAL.test(text)) return unreadable('bidi', 'the file holds characters that reverse the reading direction');
  return { kind: 'text', text };
}
