/** `image save` archives as Docker and Podman write them: what a pull would transfer, layer by layer. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { pulledImage } from '../../src/engine/pull-size.ts';

const CONFIG = JSON.stringify({
  os: 'linux',
  history: [{ created_by: 'ADD rootfs' }, { created_by: 'ENV A=1', empty_layer: true }, { created_by: 'COPY app /app # buildkit' }],
  padding: 'x'.repeat(100_000),
});
const LAYER = Buffer.alloc(200_000, 'abc');

/** An engine whose `save` streams these files as a tar archive, in small pieces. */
function engineWith(files: Readonly<Record<string, string | Buffer>>): Engine {
  const directory = mkdtempSync(join(tmpdir(), 'dockmod-archive-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
  const archive = spawnSync('tar', ['-C', directory, '--format=ustar', '-c', ...Object.keys(files)], { maxBuffer: 16 << 20 }).stdout;
  rmSync(directory, { recursive: true });
  const save: Engine['save'] = async (_image, consume) => {
    await consume(
      (async function* () {
        for (let at = 0; at < archive.length; at += 1000) yield archive.subarray(at, at + 1000);
      })(),
    );
    return true;
  };
  return { save } as unknown as Engine;
}

const DOCKER = {
  'blobs/sha256/c': CONFIG,
  'blobs/sha256/1': LAYER,
  'blobs/sha256/2': Buffer.alloc(512),
  'blobs/sha256/m': '{"schemaVersion":2}',
  'index.json': '{}',
  'oci-layout': '{}',
  'manifest.json': JSON.stringify([{ Config: 'blobs/sha256/c', RepoTags: ['a:1'], Layers: ['blobs/sha256/1', 'blobs/sha256/2'] }]),
};
const PODMAN = {
  '1.tar': LAYER,
  '2.tar': Buffer.alloc(512),
  'c.json': CONFIG,
  'manifest.json': JSON.stringify([{ Config: 'c.json', Layers: ['1.tar', '2.tar'] }]),
  repositories: '{}',
};

test.each([
  ['docker', DOCKER],
  ['podman', PODMAN],
] as const)('an archive of %s', async (_name, files) => {
  const known = new Map<string, number>();
  const image = await pulledImage(engineWith(files), 'a:1', known);
  expect(image?.layers.map(({ instruction }) => instruction)).toEqual(['ADD rootfs', 'COPY app /app # buildkit']);
  const sizes = image?.layers.map(({ size }) => size) ?? [];
  expect(sizes[0]).toBeLessThan(LAYER.length / 50);
  expect(image?.pull).toBe(CONFIG.length + sizes.reduce((sum, size) => sum + size, 0));
  // Compressed once, whatever the number of images that share it.
  expect([...known.keys()]).toHaveLength(2);
  for (const key of known.keys()) known.set(key, 7);
  expect((await pulledImage(engineWith(files), 'a:2', known))?.pull).toBe(CONFIG.length + 14);
});

test('an archive without a manifest, or with one that lies, has no size', async () => {
  for (const manifest of ['', 'null', '[]', '[{"Config": 3}]', '[{"Config": "blobs/sha256/c", "Layers": ["none"]}]']) {
    expect(await pulledImage(engineWith({ ...DOCKER, 'manifest.json': manifest || ' ' }), 'a:1', new Map()), manifest).toBeUndefined();
  }
});
