/** One commit from a base and some changed files, made with plumbing: no work tree, no user's index, no hooks, modes kept. */

import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { FileChange } from '../../plan/plan.ts';
import type { Git } from './git.ts';
import type { GitHome } from './home.ts';

export interface CommitRequest {
  readonly base: string;
  readonly changes: readonly FileChange[];
  /** The message, given the tree that the commit will have. */
  readonly message: (tree: string) => string;
}

export type Written =
  | { readonly kind: 'written'; readonly commit: string }
  /** A file is not what the plan was made from. */
  | { readonly kind: 'stale'; readonly path: string };

let count = 0;

/** Writes the objects; no reference moves. */
export async function writeCommit(git: Git, home: GitHome, { base, changes, message }: CommitRequest): Promise<Written> {
  const entries = await entriesOf(
    git,
    base,
    changes.map(({ path }) => path),
  );
  const lines: string[] = [];
  for (const { path, before, after } of changes) {
    const entry = entries.get(path);
    if (!matches(entry, before)) return { kind: 'stale', path };
    const blob = (await git.run(['hash-object', '-w', '--stdin'], { input: after })).trim();
    lines.push(`${entry?.mode ?? '100644'} ${blob}\t${path}\0`);
  }
  const index = join(home.dir, `index-${++count}`);
  const env = { GIT_INDEX_FILE: index };
  try {
    await git.run(['read-tree', base], { env });
    await git.run(['update-index', '-z', '--index-info'], { env, input: lines.join('') });
    const tree = (await git.run(['write-tree', '--missing-ok'], { env })).trim();
    const commit = (await git.run(['commit-tree', '-p', base, tree, '-F', '-'], { input: message(tree) })).trim();
    return { kind: 'written', commit };
  } finally {
    await rm(index, { force: true });
  }
}

interface Entry {
  readonly mode: string;
  readonly sha: string;
}

async function entriesOf(git: Git, base: string, paths: readonly string[]): Promise<ReadonlyMap<string, Entry>> {
  const listing = await git.run(['--literal-pathspecs', 'ls-tree', '-z', '--full-tree', base, '--', ...paths]);
  const entries = new Map<string, Entry>();
  for (const line of listing.split('\0')) {
    const match = /^(\d{6}) \w+ ([0-9a-f]+)\t([\s\S]+)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined && match[3] !== undefined)
      entries.set(match[3], { mode: match[1], sha: match[2] });
  }
  return entries;
}

/** Whether the base holds exactly the text that the plan saw, as a regular file; `undefined` = no such file. */
export function matches(entry: Entry | undefined, before: string | undefined): boolean {
  if (entry === undefined || before === undefined) return entry === undefined && before === undefined;
  return /^100[67]/.test(entry.mode) && entry.sha === blobId(before, entry.sha.length);
}

/** Object name of a text as a blob; `length` tells sha1 (40) from sha256 (64). */
function blobId(text: string, length = 40): string {
  const bytes = Buffer.from(text);
  return createHash(length === 64 ? 'sha256' : 'sha1')
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest('hex');
}
