/** How many bytes a pull of a locally built image would transfer: its layers, compressed as a push compresses them. */

import { createGzip } from 'node:zlib';
import type { Layer } from '../size/layers.ts';
import { instructionsOf } from '../size/registry/manifest.ts';
import type { Engine } from './engine.ts';

const BLOCK = 512;
/** Bytes. A configuration with its whole history is far smaller; a layer that begins with a brace is a layer. */
const LARGEST_JSON = 1 << 20;

/** Compressed bytes by layer, kept between images: most share their base. */
export type CompressedLayers = Map<string, number>;

export interface PulledImage {
  /** Compressed layers and configuration, in bytes. */
  readonly pull: number;
  /** Compressed bytes of each, with the instruction that made it. */
  readonly layers: readonly Layer[];
}

/**
 * Streams `image save` and compresses every layer with gzip's default level, which is what engines push. `undefined` when the
 * engine cannot give the image. Layers are neither kept in memory nor on disk.
 */
export async function pulledImage(engine: Engine, image: string, known: CompressedLayers): Promise<PulledImage | undefined> {
  const documents = new Map<string, string>();
  const saved = await engine.save(image, async (chunks) => {
    for await (const { name, size, head, content } of tarEntries(chunks)) {
      // Docker names blobs by digest; Podman names layers <id>.tar and the configuration <id>.json.
      if (head[0] === BRACE || head[0] === BRACKET)
        documents.set(name, size <= LARGEST_JSON ? await textOf(content) : (await drain(content), ''));
      else if (known.has(name)) await drain(content);
      else known.set(name, await compressed(content));
    }
  });
  return saved ? describe(documents, known) : undefined;
}

const BRACE = 0x7b;
const BRACKET = 0x5b;

/** `manifest.json` of the archive says which entries are the image. */
function describe(documents: ReadonlyMap<string, string>, sizes: CompressedLayers): PulledImage | undefined {
  const manifest = parsed(documents.get('manifest.json'));
  const [entry] = Array.isArray(manifest) ? (manifest as readonly unknown[]) : [];
  const { Config, Layers } = (entry ?? {}) as { readonly Config?: unknown; readonly Layers?: unknown };
  const config = typeof Config === 'string' ? documents.get(Config) : undefined;
  if (config === undefined || !Array.isArray(Layers)) return undefined;
  const made = instructionsOf(config, Layers.length);
  const layers = Layers.flatMap((name: unknown, index): readonly Layer[] => {
    const size = typeof name === 'string' ? sizes.get(name) : undefined;
    return size === undefined ? [] : [{ instruction: made[index], size, digest: String(name) }];
  });
  return layers.length === Layers.length
    ? { pull: Buffer.byteLength(config) + layers.reduce((sum, { size }) => sum + size, 0), layers }
    : undefined;
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

interface TarEntry {
  readonly name: string;
  readonly size: number;
  readonly content: AsyncIterable<Buffer>;
  /** First bytes, read ahead. */
  readonly head: Buffer;
}

async function textOf(content: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of content) parts.push(chunk);
  return Buffer.concat(parts).toString('utf8');
}

async function drain(content: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of content) void chunk;
}

async function compressed(content: AsyncIterable<Buffer>): Promise<number> {
  const gzip = createGzip();
  let bytes = 0;
  const done = new Promise<void>((resolve, reject) => {
    gzip
      .on('data', (chunk: Buffer) => (bytes += chunk.length))
      .once('end', resolve)
      .once('error', reject);
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
