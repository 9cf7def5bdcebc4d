/** Reads which paths git tracks from the bytes of `.git/index`, without running git. */

/** Entries of mode 160000 are submodules, not files. */
const SUBMODULE = 0o160000;

/**
 * Tracked file paths of an index in version 2, 3 or 4; `undefined` when the bytes are something else (a split index keeps
 * most entries elsewhere and counts as something else, too).
 * @see https://git-scm.com/docs/index-format
 */
export function trackedPaths(index: Uint8Array): readonly string[] | undefined {
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  if (index.length < 12 || view.getUint32(0) !== 0x44495243) return undefined; // "DIRC"
  const version = view.getUint32(4);
  const count = view.getUint32(8);
  if (version < 2 || version > 4) return undefined;
  const decoder = new TextDecoder();
  const paths: string[] = [];
  let at = 12;
  let previous: Uint8Array = new Uint8Array(0);
  for (let entry = 0; entry < count; entry++) {
    if (at + 62 > index.length) return undefined;
    const mode = view.getUint32(at + 24);
    const extended = version >= 3 && (view.getUint16(at + 60) & 0x4000) !== 0;
    const start = at;
    at += extended ? 64 : 62;
    let keep = 0;
    if (version === 4) {
      const strip = variableInteger(index, at);
      at = strip.next;
      keep = Math.max(0, previous.length - strip.value);
    }
    const end = index.indexOf(0, at);
    if (end < 0) return undefined;
    const path = keep === 0 ? index.subarray(at, end) : join(previous.subarray(0, keep), index.subarray(at, end));
    previous = path;
    if ((mode & 0o170000) !== SUBMODULE) paths.push(decoder.decode(path));
    at = version === 4 ? end + 1 : start + Math.ceil((end - start + 1) / 8) * 8;
  }
  return hasExtension(index, at, 'link') ? undefined : paths;
}

/** The offset encoding of pack files. */
function variableInteger(bytes: Uint8Array, at: number): { value: number; next: number } {
  let byte = bytes[at++] ?? 0;
  let value = byte & 0x7f;
  while (byte & 0x80) {
    byte = bytes[at++] ?? 0;
    value = (value + 1) * 128 + (byte & 0x7f);
  }
  return { value, next: at };
}

function join(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const joined = new Uint8Array(head.length + tail.length);
  joined.set(head);
  joined.set(tail, head.length);
  return joined;
}

function hasExtension(index: Uint8Array, at: number, signature: string): boolean {
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  while (at + 8 <= index.length - 20) {
    if (String.fromCharCode(...index.subarray(at, at + 4)) === signature) return true;
    at += 8 + view.getUint32(at + 4);
  }
  return false;
}
