/** Writes changes in place: all of them are prepared before the first is visible, and each file is old or new, never half. */

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isWithin, openRepository } from './disk-files.ts';
import { repoPath, type RepoPath } from './path.ts';

export interface WriteRequest {
  readonly path: RepoPath;
  /** What the plan saw; `undefined`: the file must not exist. */
  readonly before: string | undefined;
  readonly after: string;
}

export interface WriteResult {
  readonly written: readonly WriteRequest[];
  /** Left as they were, each with the reason. */
  readonly failed: readonly { readonly path: RepoPath; readonly reason: string }[];
}

interface Prepared {
  readonly request: WriteRequest;
  readonly target: string;
  readonly temporary: string;
}

/**
 * Changes belong together (a Dockerfile and the compose file that probes it), so that one that cannot be made stops them all:
 * a link, a path outside of `root`, a text that is no longer what the plan saw, a directory without permission. Then every
 * file is replaced by a rename within its directory; mode and owner are kept.
 */
export function writeFiles(root: string, requests: readonly WriteRequest[]): WriteResult {
  const real = realpathSync(root);
  const refused = requests.flatMap((request) => {
    const reason = obstacle(real, request);
    return reason === undefined ? [] : [{ path: request.path, reason }];
  });
  const prepared: Prepared[] = [];
  if (refused.length === 0) {
    for (const request of requests) {
      const answer = prepare(real, request);
      if (typeof answer !== 'string') prepared.push(answer);
      else refused.push({ path: request.path, reason: answer });
      if (refused.length > 0) break;
    }
  }
  const [first] = refused;
  if (first !== undefined) {
    for (const { temporary } of prepared) rmSync(temporary, { force: true });
    const others = requests.filter(({ path }) => !refused.some((one) => one.path === path));
    return {
      written: [],
      failed: [...refused, ...others.map(({ path }) => ({ path, reason: `left as it is, since ${first.path} cannot be written` }))],
    };
  }
  return commit(prepared);
}

/** What speaks against a change before anything is written. */
function obstacle(root: string, { path, before, after }: WriteRequest): string | undefined {
  if (repoPath(path) !== path || path === '.') return 'not a path inside of the repository';
  if (!isWithin(join(root, path), root)) return 'leaves the repository';
  const now = openRepository(root).read(path);
  if (now.kind === 'unreadable' && now.reason !== 'absent') return now.detail;
  if ((now.kind === 'text' ? now.text : undefined) !== before) return 'changed on disk since it was read';
  if (Buffer.from(after, 'utf8').toString('utf8') !== after) return 'the new text is not valid Unicode';
  return undefined;
}

/** A complete, synced copy beside the target; the reason where that fails. */
function prepare(root: string, { path, before, after }: WriteRequest): Prepared | string {
  const target = join(root, path);
  const directory = dirname(target);
  const temporary = join(directory, `.${basename(target)}.${randomBytes(6).toString('hex')}.dockmod`);
  try {
    if (realpathSync(directory) !== directory) return 'lies behind a symbolic link';
    const old = before === undefined ? undefined : lstatSync(target);
    const file = openSync(temporary, 'wx', (old?.mode ?? 0o644) & 0o777);
    try {
      writeFileSync(file, after);
      const own = fstatSync(file);
      if (old && (old.uid !== own.uid || old.gid !== own.gid)) keepOwner(file, old.uid, old.gid);
      if (old) fchmodSync(file, old.mode & 0o7777);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return { request: { path, before, after }, target, temporary };
  } catch (error) {
    rmSync(temporary, { force: true });
    return messageOf(error);
  }
}

/** Only root may give files away; for others the file becomes theirs, as with any editor. */
function keepOwner(file: number, uid: number, gid: number): void {
  try {
    fchownSync(file, uid, gid);
  } catch {
    // Not permitted: the content matters more than the owner.
  }
}

function commit(prepared: readonly Prepared[]): WriteResult {
  const written: WriteRequest[] = [];
  const failed: { path: RepoPath; reason: string }[] = [];
  for (const { request, target, temporary } of prepared) {
    try {
      renameSync(temporary, target);
      written.push(request);
    } catch (error) {
      rmSync(temporary, { force: true });
      failed.push({ path: request.path, reason: messageOf(error) });
    }
  }
  for (const directory of new Set(prepared.map(({ target }) => dirname(target)))) syncDirectory(directory);
  return { written, failed };
}

/** Makes the renames last through a power cut, where the file system can. */
function syncDirectory(directory: string): void {
  try {
    const handle = openSync(directory, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // Some file systems cannot sync a directory; the files themselves are synced.
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
