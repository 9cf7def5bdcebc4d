/** Writes changes in place: each file is replaced as a whole or not at all, whatever happens in between. */

import { randomBytes } from 'node:crypto';
import { closeSync, fchmodSync, fsyncSync, lstatSync, openSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { openRepository } from './disk-files.ts';
import type { RepoPath } from './path.ts';

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

/** Temporary file beside the target, fsync, rename. Modes are kept. A file that changed since it was read is left alone. */
export function writeFiles(root: string, requests: readonly WriteRequest[]): WriteResult {
  const real = realpathSync(root);
  const files = openRepository(real);
  const written: WriteRequest[] = [];
  const failed: { path: RepoPath; reason: string }[] = [];
  for (const request of requests) {
    const read = files.read(request.path);
    const now = read.kind === 'text' ? read.text : undefined;
    const reason =
      read.kind === 'unreadable' && read.reason !== 'absent' ? read.detail
      : now !== request.before ? 'changed on disk since it was read'
      : replace(real, request);
    if (reason === undefined) written.push(request);
    else failed.push({ path: request.path, reason });
  }
  return { written, failed };
}

/** The reason of a failure; `undefined` when the file is replaced. */
function replace(root: string, { path, before, after }: WriteRequest): string | undefined {
  const target = join(root, path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.dockmod`);
  try {
    const directory = realpathSync(dirname(target));
    if (directory !== root && !directory.startsWith(root + sep)) return 'its directory leaves the repository';
    const mode = before === undefined ? 0o644 : lstatSync(target).mode & 0o7777;
    const file = openSync(temporary, 'wx', mode);
    try {
      writeFileSync(file, after);
      fchmodSync(file, mode);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
    return undefined;
  } catch (error) {
    rmSync(temporary, { force: true });
    return error instanceof Error ? error.message : String(error);
  }
}
