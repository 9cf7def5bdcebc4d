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
 * Asks git for the state of the work tree around `root`. simple-git is loaded here, at first use.
 * Of `env`, git sees only where programs and the user's own configuration are: variables that run editors, pagers or helpers stay out.
 */
export async function gitStatus(root: string, env: Readonly<Record<string, string | undefined>>): Promise<GitStatus> {
  if (!isInWorkTree(root)) return { kind: 'none' };
  const { simpleGit } = await import('simple-git');
  try {
    const git = simpleGit({ baseDir: root, timeout: { block: 60_000 } }).env({ PATH: env['PATH'], HOME: env['HOME'], GIT_OPTIONAL_LOCKS: '0' });
    const { files } = await git.status();
    const paths = (untracked: boolean): readonly string[] => files.filter(({ index }) => (index === '?') === untracked).map(({ path }) => path);
    return { kind: 'known', modified: paths(false), untracked: paths(true) };
  } catch (error) {
    return { kind: 'unknown', detail: error instanceof Error ? (error.message.trim().split('\n')[0] ?? '') : String(error) };
  }
}

function isInWorkTree(root: string): boolean {
  for (let directory = root; ; directory = dirname(directory)) {
    if (existsSync(join(directory, '.git'))) return true;
    if (directory === dirname(directory)) return false;
  }
}
