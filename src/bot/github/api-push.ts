/** Pushes through the Git data API: commits are signed by GitHub for Apps and Actions, file modes are kept, nothing is cloned. */

import type { PushRequest, PushResult } from '../forge.ts';
import { matches } from '../git/write-commit.ts';
import { isRemote, RemoteError } from '../remote-error.ts';
import type { Octokit } from './client.ts';
import { isQueryError, remoteError } from './failure.ts';
import type { Push, RepositoryId } from './github-forge.ts';

interface Entry {
  readonly mode: string;
  readonly sha: string;
}

/**
 * The lease is GitHub's own: `updateRefs` with `beforeOid` moves the branch only from the commit that was seen
 * (https://docs.github.com/en/graphql/reference/mutations#updaterefs). REST can only force.
 */
export function apiPush(octokit: Octokit, id: RepositoryId): Push {
  return async ({ branch, base, changes, message, lease }: PushRequest): Promise<PushResult> => {
    const start = await baseTree(octokit, id, base);
    if (start === undefined) return { kind: 'stale', because: `the commit ${base} is not in the repository any more` };
    const trees = new Map<string, ReadonlyMap<string, Entry>>();
    const entries: { readonly path: string; readonly mode: Mode; readonly type: 'blob'; readonly content: string }[] = [];
    for (const { path, before, after } of changes) {
      const entry = await entryAt(octokit, id, start, path, trees);
      if (!matches(entry, before)) return { kind: 'stale', because: `${path} is not what the plan was made from` };
      entries.push({ path, mode: entry?.mode === '100755' ? '100755' : '100644', type: 'blob', content: after });
    }
    const { data: tree } = await octokit.rest.git.createTree({ ...id, base_tree: start, tree: entries });
    const { data: commit } = await octokit.rest.git.createCommit({ ...id, message: message(tree.sha), tree: tree.sha, parents: [base] });
    return lease === undefined ? createBranch(octokit, id, branch, commit.sha) : moveBranch(octokit, id, branch, lease, commit.sha);
  };
}

type Mode = '100644' | '100755';

async function baseTree(octokit: Octokit, id: RepositoryId, base: string): Promise<string | undefined> {
  try {
    return (await octokit.rest.git.getCommit({ ...id, commit_sha: base })).data.tree.sha;
  } catch (error) {
    if (isRemote(error, 'not-found')) return undefined;
    throw error;
  }
}

/** Walks down directory by directory: a recursive listing of a large repository is cut off. */
async function entryAt(
  octokit: Octokit,
  id: RepositoryId,
  root: string,
  path: string,
  seen: Map<string, ReadonlyMap<string, Entry>>,
): Promise<Entry | undefined> {
  let entry: Entry | undefined = { mode: '040000', sha: root };
  for (const name of path.split('/')) {
    if (entry === undefined || entry.mode !== '040000') return entry === undefined ? undefined : { mode: 'not a directory', sha: '' };
    let listing = seen.get(entry.sha);
    if (listing === undefined) {
      listing = await listTree(octokit, id, entry.sha);
      seen.set(entry.sha, listing);
    }
    entry = listing.get(name);
  }
  return entry;
}

async function listTree(octokit: Octokit, id: RepositoryId, sha: string): Promise<ReadonlyMap<string, Entry>> {
  const { data } = await octokit.rest.git.getTree({ ...id, tree_sha: sha });
  if (data.truncated) throw new RemoteError('rejected', `the directory ${sha} has too many entries to list`);
  return new Map(data.tree.map((item) => [item.path, { mode: item.mode, sha: item.sha }]));
}

/** Creating is a comparison by nature: it fails when the branch exists. */
async function createBranch(octokit: Octokit, id: RepositoryId, branch: string, sha: string): Promise<PushResult> {
  try {
    await octokit.rest.git.createRef({ ...id, ref: `refs/heads/${branch}`, sha });
    return { kind: 'pushed', head: sha };
  } catch (error) {
    if (!isRemote(error, 'rejected')) throw error;
    return refused(octokit, id, branch, undefined, error);
  }
}

const UPDATE_REFS = 'mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }';

async function moveBranch(octokit: Octokit, id: RepositoryId, branch: string, lease: string, sha: string): Promise<PushResult> {
  const {
    data: { node_id: repositoryId },
  } = await octokit.rest.repos.get({ ...id });
  try {
    await octokit.graphql(UPDATE_REFS, {
      input: { repositoryId, refUpdates: [{ name: `refs/heads/${branch}`, beforeOid: lease, afterOid: sha, force: true }] },
    });
    return { kind: 'pushed', head: sha };
  } catch (error) {
    if (!isQueryError(error)) throw remoteError(error);
    return refused(octokit, id, branch, lease, error);
  }
}

/** The branch is elsewhere: somebody was faster. It is where it was: a rule forbids it. */
async function refused(octokit: Octokit, id: RepositoryId, branch: string, lease: string | undefined, error: Error): Promise<PushResult> {
  const { data } = await octokit.rest.git.listMatchingRefs({ ...id, ref: `heads/${branch}` });
  const now = data.find(({ ref }) => ref === `refs/heads/${branch}`)?.object.sha;
  return now === lease ? { kind: 'busy', because: `GitHub refuses to move the branch ${branch}: ${error.message}` } : { kind: 'raced' };
}
