/** Which commit of a user's clone the local forge starts from. */

import { GitFailure, type Git } from '../git/git.ts';
import { isBranchName } from '../names.ts';

export type LocalBase =
  | { readonly kind: 'base'; readonly branch: string; readonly sha: string }
  | { readonly kind: 'none'; readonly problem: string; readonly hint: string };

/** The branch that was asked for, else the one that is checked out, unless that is one of ours: then the repository's main one. */
export async function localBase(git: Git, asked: string | undefined, prefix: string): Promise<LocalBase> {
  const candidates = asked === undefined ? [await current(git), await remoteHead(git), 'main', 'master', 'trunk'] : [asked];
  for (const branch of candidates) {
    if (branch === undefined || !isBranchName(branch) || (asked === undefined && branch.startsWith(prefix))) continue;
    const sha = await resolve(git, `refs/heads/${branch}`);
    if (sha !== undefined) return { kind: 'base', branch, sha };
  }
  if (asked !== undefined) return { kind: 'none', problem: `there is no branch ${asked}`, hint: 'Name a local branch with --base.' };
  const head = await resolve(git, 'HEAD');
  return head === undefined
    ? { kind: 'none', problem: 'the repository has no commit yet', hint: 'Commit the files first: branches start from a commit.' }
    : { kind: 'none', problem: 'no branch is checked out', hint: 'Name the branch to start from with --base.' };
}

async function current(git: Git): Promise<string | undefined> {
  return answer(git, ['symbolic-ref', '--quiet', '--short', 'HEAD']);
}

async function remoteHead(git: Git): Promise<string | undefined> {
  return (await answer(git, ['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD']))?.replace(/^origin\//, '');
}

async function resolve(git: Git, name: string): Promise<string | undefined> {
  return answer(git, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
}

async function answer(git: Git, args: readonly string[]): Promise<string | undefined> {
  try {
    const text = (await git.run(args)).trim();
    return text === '' ? undefined : text;
  } catch (error) {
    if (error instanceof GitFailure) return undefined;
    throw error;
  }
}
