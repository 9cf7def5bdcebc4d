/** A byte-exact copy of one commit in a directory of ours, for reading: nothing of the repository is executed or followed. */

import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { openGit, type Git } from './git.ts';
import type { GitHome } from './home.ts';

/** Attributes could change line endings, run filters or re-encode: the highest-ranking attributes file switches all of it off. */
const ATTRIBUTES = '* -text -filter -ident -eol -crlf !working-tree-encoding -diff -merge\n';

export interface Checkout {
  readonly dir: string;
  readonly base: string;
}

/** Fetches the tip of `branch` alone and checks it out into `dir`, which must not exist. Throws RemoteError. */
export async function cloneBase(home: GitHome, url: string, branch: string, dir: string): Promise<Checkout> {
  const git = await initialise(home, dir);
  await git.run([
    'fetch',
    '--quiet',
    '--depth=1',
    '--no-tags',
    '--no-write-fetch-head',
    '--end-of-options',
    url,
    `+refs/heads/${branch}:refs/dockmod/base`,
  ]);
  return checkOut(git, 'refs/dockmod/base');
}

/** Checks `commit` of the user's clone out into `dir`. The clone lends its objects and is not written to. */
export async function copyBase(home: GitHome, clone: Git, commit: string, dir: string): Promise<Checkout> {
  const objects = resolve(clone.dir, (await clone.run(['rev-parse', '--git-path', 'objects'])).trimEnd());
  const git = await initialise(home, dir);
  await writeFile(join(dir, '.git/objects/info/alternates'), `${objects}\n`);
  await git.run(['update-ref', 'refs/dockmod/base', commit]);
  return checkOut(git, 'refs/dockmod/base');
}

async function initialise(home: GitHome, dir: string): Promise<Git> {
  await mkdir(dir, { recursive: true });
  const git = await openGit(dir, home);
  await git.run(['init', '--quiet']);
  await mkdir(join(dir, '.git/info'), { recursive: true });
  await writeFile(join(dir, '.git/info/attributes'), ATTRIBUTES);
  return git;
}

async function checkOut(git: Git, ref: string): Promise<Checkout> {
  const base = (await git.run(['rev-parse', '--verify', '--end-of-options', `${ref}^{commit}`])).trim();
  await git.run(['read-tree', base]);
  await git.run(['checkout-index', '--all', '--force', '--quiet']);
  const listing = await git.run(['ls-files', '--stage', '-z']);
  for (const line of listing.split('\0')) {
    // core.symlinks=false leaves a file with the target's name in it. A dangling link is what readers must see instead.
    const path = /^120000 [0-9a-f]+ \d\t([\s\S]+)$/.exec(line)?.[1];
    if (path === undefined) continue;
    await rm(join(git.dir, path), { force: true });
    await symlink('dockmod-does-not-follow-symbolic-links', join(git.dir, path));
  }
  return { dir: git.dir, base };
}
