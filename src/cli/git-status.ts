/** Whether the work tree has changes that are not committed. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type GitStatus =
  /** Not in a git work tree. */
  | { readonly kind: 'none' }
  /** Paths from the top of the work tree. */
  | { readonly kind: 'known'; readonly modified: readonly string[]; readonly untracked: readonly string[] }
  | { readonly kind: 'unknown'; readonly detail: string };

/**
 * Asks git for the state of the work tree around `root`. Of `env`, git sees only where programs and the user's own
 * configuration are: variables that run editors, pagers or helpers stay out. Loads git's library at first use.
 */
export async function gitStatus(root: string, env: Readonly<Record<string, string | undefined>>): Promise<GitStatus> {
  if (!isInWorkTree(root)) return { kind: 'none' };
  const { GitFailure, openGit } = await import('../bot/git/git.ts');
  const passed = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'SYSTEMROOT'].includes(name) ? [[name, value]] : [],
  );
  try {
    const git = await openGit(root, { env: { ...Object.fromEntries(passed), LC_ALL: 'C' } });
    return parse(await git.run(['status', '--porcelain=v1', '-z', '--untracked-files=all']));
  } catch (error) {
    if (error instanceof GitFailure) return { kind: 'unknown', detail: (error.stderr || error.message).trim().split('\n')[0] ?? '' };
    throw error;
  }
}

/** `XY path`, NUL-terminated; after a rename or copy the old path follows as an entry of its own. */
function parse(output: string): GitStatus {
  const modified: string[] = [];
  const untracked: string[] = [];
  const entries = output.split('\0');
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index] ?? '';
    if (entry === '') continue;
    (entry.startsWith('??') ? untracked : modified).push(entry.slice(3));
    if (/^[RC]|^.[RC]/.test(entry)) index++;
  }
  return { kind: 'known', modified, untracked };
}

function isInWorkTree(root: string): boolean {
  for (let directory = root; ; directory = dirname(directory)) {
    if (existsSync(join(directory, '.git'))) return true;
    if (directory === dirname(directory)) return false;
  }
}
