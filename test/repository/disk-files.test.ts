import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isWithin, openRepository } from '../../src/repository/disk-files.ts';
import type { RepoPath } from '../../src/repository/path.ts';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'dockmod-disk-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, content: string | Uint8Array = 'x'): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}
const path = (text: string): RepoPath => text as RepoPath;
const reason = (name: string): string => {
  const read = openRepository(root).read(path(name));
  return read.kind === 'text' ? `text: ${read.text}` : read.reason;
};
const git = (...args: string[]): void =>
  void execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: root, stdio: 'ignore' });

describe('what cannot be read is named', () => {
  it('a link is one, wherever it leads', () => {
    put('real/Dockerfile', 'FROM a');
    symlinkSync('real/Dockerfile', join(root, 'inside'));
    symlinkSync('/etc/passwd', join(root, 'outside'));
    symlinkSync('nowhere', join(root, 'dangling'));
    symlinkSync('loop', join(root, 'loop'));
    expect(['inside', 'outside', 'dangling', 'loop'].map(reason)).toEqual(['symlink', 'symlink', 'symlink', 'symlink']);
    expect(openRepository(root).list()).toEqual(['dangling', 'inside', 'loop', 'outside', 'real/Dockerfile']);
    expect(openRepository(root).isFile(path('outside'))).toBe(false);
  });

  it('a file behind a linked directory is not opened, inside or outside of the tree', () => {
    put('real/Dockerfile', 'FROM a');
    const sibling = `${root}-evil`;
    mkdirSync(sibling);
    writeFileSync(join(sibling, 'Dockerfile'), 'FROM secret');
    symlinkSync('real', join(root, 'in'));
    symlinkSync(sibling, join(root, 'out'));
    expect(['in/Dockerfile', 'out/Dockerfile'].map(reason)).toEqual(['symlink', 'symlink']);
    expect(openRepository(root).list()).not.toContain('out/Dockerfile');
    rmSync(sibling, { recursive: true });
  });

  it('the root itself may be reached through a link', () => {
    put('tree/Dockerfile', 'FROM a');
    symlinkSync('tree', join(root, 'link'));
    expect(openRepository(join(root, 'link')).read(path('Dockerfile'))).toEqual({ kind: 'text', text: 'FROM a' });
  });

  it('more than 1 MiB, NUL bytes, other encodings, reversed text, directories, what is not there', () => {
    put('large', 'a'.repeat(5 * 1024 * 1024));
    put('exactly', 'a'.repeat(1024 * 1024));
    put('nul', 'FROM a\0');
    put('utf16', Buffer.from('\uFEFFFROM a', 'utf16le'));
    put('latin1', Buffer.from('# \xe9t\xe9', 'latin1'));
    put('overlong', new Uint8Array([0xc0, 0xaf]));
    put('bidi', 'RUN echo \u202Egnp.exe');
    put('dir/file');
    put('bom', '\uFEFFFROM a\r\n');
    expect(['large', 'nul', 'utf16', 'latin1', 'overlong', 'bidi', 'dir', 'dir/file/below', 'absent'].map(reason)).toEqual([
      'too-large',
      'binary',
      'encoding',
      'encoding',
      'encoding',
      'bidi',
      'directory',
      'absent',
      'absent',
    ]);
    expect(reason('exactly')).toMatch(/^text/);
    expect(reason('bom')).toBe('text: \uFEFFFROM a\r\n');
  });

  it('a pipe does not hang the reader', () => {
    execFileSync('mkfifo', [join(root, 'Dockerfile')]);
    expect(reason('Dockerfile')).toBe('unreadable');
    execFileSync('mkfifo', [join(root, 'queue')]);
    expect(openRepository(root).list()).toEqual([]);
    expect(openRepository(root).leftOut?.()).toEqual([
      { path: 'Dockerfile', reason: 'unreadable', detail: 'a pipe, a socket or a device' },
    ]);
  });

  it.skipIf(process.getuid?.() === 0)('files and directories without permission', () => {
    put('locked/Dockerfile');
    put('secret');
    chmodSync(join(root, 'secret'), 0);
    chmodSync(join(root, 'locked'), 0);
    const files = openRepository(root);
    expect(reason('secret')).toBe('unreadable');
    expect(files.list()).toEqual(['secret']);
    expect(files.problems?.()).toEqual([{ path: 'locked', detail: 'the directory cannot be listed (EACCES)' }]);
    chmodSync(join(root, 'locked'), 0o700);
  });

  it('names that are no paths of the repository', () => {
    expect(openRepository(root).read(path('a'.repeat(5000)))).toMatchObject({ kind: 'unreadable', reason: 'unreadable' });
  });

  it('a name that only starts like the root is not within it', () => {
    expect([
      isWithin('/srv/app', '/srv/app'),
      isWithin('/srv/app/x', '/srv/app'),
      isWithin('/srv/app-evil', '/srv/app'),
      isWithin('/x', '/'),
    ]).toEqual([true, true, false, true]);
  });
});

describe('the list', () => {
  it('leaves out what .gitignore ignores at every level, and never lists packages or .git', () => {
    put('.git/info/exclude', '/private\n');
    put('.git/config');
    put('.gitignore', '\uFEFFdist/\n*.log\n!keep.log\nData\n');
    put('sub/.gitignore', '!dist/\n/only-here\r\n');
    for (const name of [
      'private',
      'dist/a',
      'a.log',
      'keep.log',
      'data',
      'sub/dist/a',
      'sub/dist/a.log',
      'sub/only-here',
      'sub/x/only-here',
      'node_modules/p/Dockerfile',
      'sub/.venv/x',
      'Dockerfile',
    ])
      put(name);
    expect(openRepository(root).list()).toEqual([
      '.gitignore',
      'Dockerfile',
      'data',
      'keep.log',
      'sub/.gitignore',
      'sub/dist/a',
      'sub/x/only-here',
    ]);
  });

  it.each([2, 3, 4])('has what git tracks although it is ignored (index version %i)', (version) => {
    put('.gitignore', 'build/\n');
    for (const name of ['build/Dockerfile', 'build/deep/er/tracked', 'build/untracked', 'build/other/untracked', 'README']) put(name);
    git('init', '-q');
    git('add', '-f', '.gitignore', 'build/Dockerfile', 'build/deep/er/tracked', 'README');
    git('update-index', `--index-version=${version}`);
    if (version === 3) git('add', '--intent-to-add', '-f', 'build/other/untracked');
    expect(openRepository(root).list()).toEqual([
      '.gitignore',
      'README',
      'build/Dockerfile',
      'build/deep/er/tracked',
      ...(version === 3 ? ['build/other/untracked'] : []),
    ]);
  });

  it('ends where another repository begins: submodules and clones; without git at the top there is no other', () => {
    for (const name of ['Dockerfile', 'sub/Dockerfile', 'sub/.git', 'clones/a/.git/HEAD', 'clones/a/Dockerfile', 'plain/Dockerfile'])
      put(name);
    expect(openRepository(root).list()).toEqual(
      expect.arrayContaining(['Dockerfile', 'clones/a/Dockerfile', 'plain/Dockerfile', 'sub/Dockerfile']),
    );
    git('init', '-q');
    expect(openRepository(root).list()).toEqual(['Dockerfile', 'plain/Dockerfile']);
    expect(
      openRepository(root)
        .leftOut?.()
        .map((left) => [left.path, left.reason])
        .sort(),
    ).toEqual([
      ['clones/a', 'repository'],
      ['sub', 'repository'],
    ]);
  });

  it('survives an index that is no index', () => {
    put('.git/index', Buffer.concat([Buffer.from('DIRC'), Buffer.from([0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff])]));
    put('Dockerfile');
    expect(openRepository(root).list()).toEqual(['Dockerfile']);
  });

  it('survives patterns that would take for ever', () => {
    put('.gitignore', `${'*a'.repeat(40)}b\n${'**/'.repeat(40)}x\n[\n\\\n!\n`);
    put(`${'a'.repeat(200)}`);
    const start = performance.now();
    expect(openRepository(root).list()).toHaveLength(2);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('answers for one directory and for its name as a prefix', () => {
    for (const name of ['a/x', 'a/b/y', 'a-b/z', 'a.txt', 'ab']) put(name);
    const files = openRepository(root);
    expect(files.under(path('a'))).toEqual(['a/b/y', 'a/x']);
    expect(files.under(path('a.txt'))).toEqual(['a.txt']);
    expect(files.isDirectory(path('a/b'))).toBe(true);
    expect(files.isDirectory(path('ab'))).toBe(false);
  });

  it('stops at a depth that nobody writes', () => {
    const deep = Array.from({ length: 260 }, () => 'd').join('/');
    put(`${deep}/Dockerfile`);
    const files = openRepository(root);
    expect(files.list()).toEqual([]);
    expect(files.problems?.()).toHaveLength(1);
  });
});

it('keeps memory flat: texts beyond the bound are read again', () => {
  for (let index = 0; index < 40; index++) put(`f${index}`, 'é'.repeat(500_000));
  const files = openRepository(root);
  for (const name of files.list()) expect(files.read(name).kind).toBe('text');
  writeFileSync(join(root, 'f0'), 'new');
  writeFileSync(join(root, 'f9'), 'new');
  expect(files.read(path('f9'))).toMatchObject({ text: 'é'.repeat(500_000) });
  expect(files.read(path('f0'))).toMatchObject({ text: 'new' });
});
