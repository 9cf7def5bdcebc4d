/** How many bytes a pull of a locally built image would transfer: its layers, compressed as a push compresses them. */

import { createGzip } from 'node:zlib';
import type { Engine } from './engine.ts';

const BLOCK = 512;

/** Compressed bytes by layer, kept between images: most share their base. */
export type CompressedLayers = Map<string, number>;

/**
 * Streams `image save` and compresses every layer with gzip's default level, which is what engines push. Returns the sum of
 * layers and configuration in bytes, or `undefined` when the engine cannot give the image. Nothing is kept in memory or on disk.
 */
export async function pullSize(engine: Engine, image: string, known: CompressedLayers): Promise<number | undefined> {
  let total = 0;
  const saved = await engine.save(image, async (chunks) => {
    for await (const entry of tarEntries(chunks)) {
      // Docker's archive holds blobs named by digest; Podman's names layers <id>.tar and the configuration <id>.json.
      if (/(?:^|\/)(?:manifest\.json|index\.json|oci-layout|repositories|VERSION|json)$/.test(entry.name)) await drain(entry.content);
      else if (known.has(entry.name)) {
        await drain(entry.content);
        total += known.get(entry.name) ?? 0;
      } else {
        const bytes = entry.size < 64 << 10 && /\.json$|blobs\//.test(entry.name) && (await peek(entry)) ? entry.size : await compressed(entry.content);
        known.set(entry.name, bytes);
        total += bytes;
      }
    }
  });
  return saved ? total : undefined;
}

interface TarEntry {
  readonly name: string;
  readonly size: number;
  readonly content: AsyncIterable<Buffer>;
  /** First bytes, read ahead. */
  readonly head: Buffer;
}

/** Small blobs are configurations and manifests (JSON), or tiny layers. */
async function peek({ head, content }: TarEntry): Promise<boolean> {
  if (head[0] !== 0x7b) return false;
  await drain(content);
  return true;
}

async function drain(content: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of content) void chunk;
}

async function compressed(content: AsyncIterable<Buffer>): Promise<number> {
  const gzip = createGzip();
  let bytes = 0;
  const done = new Promise<void>((resolve, reject) => {
    gzip.on('data', (chunk: Buffer) => (bytes += chunk.length)).once('end', resolve).once('error', reject);
  });
  for await (const chunk of content) if (!gzip.write(chunk)) await new Promise((resolve) => gzip.once('drain', resolve));
  gzip.end();
  await done;
  return bytes;
}

/** Regular files of a tar stream, one after the other; each content must be read before the next entry is asked for. */
async function* tarEntries(chunks: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const source = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  /** Up to `most` bytes; empty at the end of the stream. */
  const read = async (most: number): Promise<Buffer> => {
    if (rest.length === 0) {
      const next = await source.next();
      if (next.done === true) return Buffer.alloc(0);
      rest = next.value;
    }
    const part = rest.subarray(0, most);
    rest = rest.subarray(part.length);
    return part;
  };
  const exactly = async (size: number): Promise<Buffer | undefined> => {
    const parts: Buffer[] = [];
    for (let left = size; left > 0;) {
      const part = await read(left);
      if (part.length === 0) return undefined;
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  };
  for (;;) {
    const header = await exactly(BLOCK);
    if (header === undefined || header.every((byte) => byte === 0)) break;
    const name = `${text(header, 345, 155)}${text(header, 345, 155) === '' ? '' : '/'}${text(header, 0, 100)}`;
    const size = Number.parseInt(text(header, 124, 12).trim() || '0', 8);
    const padding = (BLOCK - (size % BLOCK)) % BLOCK;
    const regular = header[156] === 0x30 || header[156] === 0;
    const head = (await exactly(Math.min(size, BLOCK))) ?? Buffer.alloc(0);
    let left = size - head.length;
    const content = (async function* (): AsyncGenerator<Buffer> {
      yield head;
      while (left > 0) {
        const part = await read(left);
        if (part.length === 0) throw new Error('the archive ends early');
        left -= part.length;
        yield part;
      }
    })();
    if (regular && size > 0) yield { name, size, content, head };
    else await drain(content);
    if ((await exactly(padding)) === undefined && padding > 0) break;
  }
  // The producer must not wait for a reader that has seen enough.
  while ((await read(1 << 20)).length > 0);
}

function text(header: Buffer, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? length : end);
}
