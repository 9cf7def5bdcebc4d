import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RepoPath } from '../../src/repository/path.ts';
import { writeFiles } from '../../src/repository/write.ts';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'dockmod-write-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));
const path = (text: string): RepoPath => text as RepoPath;
const text = (name: string): string => readFileSync(join(root, name), 'utf8');

it('replaces files byte for byte and keeps their modes', () => {
  writeFileSync(join(root, 'a'), '\uFEFFold\r\n');
  chmodSync(join(root, 'a'), 0o751);
  expect(
    writeFiles(root, [
      { path: path('a'), before: '\uFEFFold\r\n', after: '\uFEFFneu – 新しい 🐳\r\n' },
      { path: path('b'), before: undefined, after: 'new' },
    ]).failed,
  ).toEqual([]);
  expect(text('a')).toBe('\uFEFFneu – 新しい 🐳\r\n');
  expect(statSync(join(root, 'a')).mode & 0o7777).toBe(0o751);
  expect(text('b')).toBe('new');
  expect(readdirSync(root).sort()).toEqual(['a', 'b']);
});

it('writes nothing when one of the files is not what the plan saw', () => {
  writeFileSync(join(root, 'a'), 'old');
  writeFileSync(join(root, 'b'), 'changed meanwhile');
  const result = writeFiles(root, [
    { path: path('a'), before: 'old', after: 'new' },
    { path: path('b'), before: 'old', after: 'new' },
  ]);
  expect(result.written).toEqual([]);
  expect(result.failed).toEqual([
    { path: 'b', reason: 'changed on disk since it was read' },
    { path: 'a', reason: 'left as it is, since b cannot be written' },
  ]);
  expect([text('a'), text('b')]).toEqual(['old', 'changed meanwhile']);
  expect(readdirSync(root).sort()).toEqual(['a', 'b']);
});

it.each([
  ['a link', 'link', 'old'],
  ['a linked directory', 'linked/file', 'old'],
  ['a path that leaves the root', '../outside', undefined],
  ['a directory', 'dir', undefined],
  ['a new file that exists', 'file', undefined],
  ['a file that is gone', 'gone', 'old'],
])('refuses %s', (_, name, before) => {
  mkdirSync(join(root, 'dir'));
  writeFileSync(join(root, 'dir/file'), 'old');
  writeFileSync(join(root, 'file'), 'old');
  symlinkSync('file', join(root, 'link'));
  symlinkSync('dir', join(root, 'linked'));
  expect(writeFiles(root, [{ path: path(name), before, after: 'new' }]).failed).toHaveLength(1);
  expect([text('file'), text('dir/file'), existsSync(join(root, '..', 'outside'))]).toEqual(['old', 'old', false]);
});

it('cleans up after a failure in the middle', () => {
  writeFileSync(join(root, 'a'), 'old');
  const result = writeFiles(root, [
    { path: path('a'), before: 'old', after: 'new' },
    { path: path('absent/b'), before: undefined, after: 'new' },
  ]);
  expect(result.failed[0]?.path).toBe('absent/b');
  expect(text('a')).toBe('old');
  expect(readdirSync(root)).toEqual(['a']);
});

it('refuses text that UTF-8 cannot hold', () => {
  writeFileSync(join(root, 'a'), 'old');
  expect(writeFiles(root, [{ path: path('a'), before: 'old', after: '\uD800' }]).failed[0]?.reason).toBe(
    'the new text is not valid Unicode',
  );
});

it('leaves each file old or new when it is killed', { timeout: 60_000 }, async () => {
  const old = 'o'.repeat(300_000);
  const neu = 'n'.repeat(300_000);
  const names = Array.from({ length: 30 }, (_, index) => `f${index}`);
  const program = `
    import { writeFiles } from ${JSON.stringify(join(import.meta.dirname, '../../src/repository/write.ts'))};
    const [old, neu] = ['o'.repeat(300000), 'n'.repeat(300000)];
    let [from, to] = [old, neu];
    process.stdout.write('ready');
    for (;;) { writeFiles(${JSON.stringify(root)}, ${JSON.stringify(names)}.map((path) => ({ path, before: from, after: to }))); [from, to] = [to, from]; }`;
  const loader = join(root, 'loop.mjs');
  const { build } = await import('esbuild');
  await build({
    stdin: { contents: program, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'bundle',
    outfile: loader,
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'silent',
  });
  for (let round = 0; round < 5; round++) {
    for (const name of names) writeFileSync(join(root, name), old);
    const child = spawn(process.execPath, [loader], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 40 + round * 37));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    for (const name of names) expect([old, neu].includes(text(name))).toBe(true);
  }
});
