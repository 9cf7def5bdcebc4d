/** Pushes with git over HTTPS: for tokens whose API commits would not be signed anyway. Only the base commit's trees are fetched. */

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { PushRequest, PushResult } from '../forge.ts';
import { GitFailure, openGit, type Git } from '../git/git.ts';
import type { GitHome } from '../git/home.ts';
import { writeCommit } from '../git/write-commit.ts';
import { isRemote } from '../remote-error.ts';
import type { Push } from './github-forge.ts';

export interface GitPushOptions {
  readonly home: GitHome;
  /** Address without a credential. */
  readonly url: string;
  /** Writes the credential, refreshed, into the private home. */
  readonly authorise: () => Promise<void>;
}

export interface GitPush {
  readonly push: Push;
  /** Removes the objects that were fetched. */
  readonly close: () => Promise<void>;
}

export function gitPush({ home, url, authorise }: GitPushOptions): GitPush {
  let opened: Git | undefined;
  const fetched = new Set<string>();
  const push: Push = async ({ branch, base, changes, message, lease }: PushRequest): Promise<PushResult> => {
    await authorise();
    opened ??= await initialise(home, url);
    if (!fetched.has(base)) {
      try {
        await opened.run(['fetch', '--quiet', '--depth=1', '--filter=blob:none', '--no-tags', '--no-write-fetch-head', 'origin', base]);
      } catch (error) {
        if (isRemote(error, 'not-found')) return { kind: 'stale', because: `the commit ${base} is not in the repository any more` };
        throw error;
      }
      fetched.add(base);
    }
    const written = await writeCommit(opened, home, { base, changes, message });
    if (written.kind === 'stale') return { kind: 'stale', because: `${written.path} is not what the plan was made from` };
    return move(opened, branch, lease, written.commit);
  };
  return { push, close: async () => (opened === undefined ? undefined : rm(opened.dir, { recursive: true, force: true })) };
}

async function initialise(home: GitHome, url: string): Promise<Git> {
  const git = await openGit(await mkdtemp(join(home.dir, 'push-')), home);
  await git.run(['init', '--quiet']);
  await git.run(['remote', 'add', 'origin', url]);
  return git;
}

/** `--force-with-lease=<ref>:<sha>`: compared by the server; an empty sha means that the branch must not exist. */
async function move(git: Git, branch: string, lease: string | undefined, commit: string): Promise<PushResult> {
  try {
    await git.run([
      'push',
      '--porcelain',
      '--no-verify',
      `--force-with-lease=refs/heads/${branch}:${lease ?? ''}`,
      'origin',
      `${commit}:refs/heads/${branch}`,
    ]);
    return { kind: 'pushed', head: commit };
  } catch (error) {
    if (!(error instanceof GitFailure) || error.kind !== 'rejected') throw error;
    // Where the branch is now tells a race from a rule: git has only words for it.
    const now = (await git.run(['ls-remote', 'origin', `refs/heads/${branch}`])).split('\t')[0]?.trim() ?? '';
    if (now !== (lease ?? '')) return { kind: 'raced' };
    return { kind: 'busy', because: `the server refuses to move the branch ${branch}: ${error.message}` };
  }
}
