/** What the GitHub server remembers, and what people do to it behind the bot's back. Branches and commits are real git. */

import { join } from 'node:path';

import { changeTree, createBare, deleteBranch, gitIn, readBranches, readCommit, writeBranch, writeCommit, writeObject } from './objects.ts';

export interface PullState {
  readonly number: number;
  readonly branch: string;
  base: string;
  title: string;
  body: string;
  draft: boolean;
  state: 'open' | 'closed';
  merged: boolean;
  closedBy: string | undefined;
  head: string;
  readonly author: string;
  readonly createdAt: number;
  readonly labels: Set<string>;
  readonly comments: string[];
  readonly reviewers: string[];
  autoMerge: boolean;
  inMergeQueue: boolean;
}

export interface IssueState {
  readonly number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  readonly author: string;
  readonly labels: Set<string>;
}

export interface RepositoryState {
  readonly owner: string;
  name: string;
  readonly dir: string;
  readonly id: number;
  readonly nodeId: string;
  defaultBranch: string;
  archived: boolean;
  disabled: boolean;
  fork: boolean;
  topics: string[];
  /** Branches that a rule protects. */
  protected: RegExp | undefined;
  drafts: boolean;
  readonly pulls: PullState[];
  readonly issues: IssueState[];
  /** How many times each effect happened. */
  number: number;
}

export interface World {
  readonly repositories: Map<string, RepositoryState>;
  readonly root: string;
  readonly now: () => number;
  readonly add: (name: string, files?: Readonly<Record<string, string>>) => Promise<RepositoryState>;
}

export function createWorld(root: string, now: () => number): World {
  const repositories = new Map<string, RepositoryState>();
  return {
    repositories,
    root,
    now,
    add: async (fullName, files) => {
      const [owner = '', name = ''] = fullName.split('/');
      const dir = join(root, `${fullName}.git`);
      createBare(dir);
      const id = repositories.size + 1;
      const state: RepositoryState = {
        owner,
        name,
        dir,
        id,
        nodeId: `R_${id}`,
        defaultBranch: 'main',
        archived: false,
        disabled: false,
        fork: false,
        topics: [],
        protected: undefined,
        drafts: true,
        pulls: [],
        issues: [],
        number: 0,
      };
      repositories.set(fullName.toLowerCase(), state);
      if (files !== undefined) await commit(state, 'main', files, 'first', now());
      return state;
    },
  };
}

/** A person commits `files` on top of a branch (or makes it). */
export async function commit(
  { dir }: RepositoryState,
  branch: string,
  files: Readonly<Record<string, string>>,
  message: string,
  now: number,
  parents?: readonly string[],
): Promise<string> {
  const head = readBranches(dir).get(branch);
  const onto = parents ?? (head === undefined ? [] : [head]);
  const first = onto[0] === undefined ? undefined : (await readCommit(dir, onto[0]))?.tree;
  const changed = new Map(
    Object.entries(files).map(([path, text]) => [
      path,
      { mode: path.endsWith('.sh') ? '100755' : '100644', sha: writeObject(dir, 'blob', Buffer.from(text)) },
    ]),
  );
  const sha = writeCommit(dir, { tree: await changeTree(dir, first, changed), parents: onto, message }, 'Pat', Math.floor(now / 1000));
  writeBranch(dir, branch, sha);
  return sha;
}

/** A person merges a pull request: a merge commit on its base. */
export async function mergePull(repository: RepositoryState, number: number, now: number): Promise<void> {
  const pull = pullIn(repository, number);
  const { dir } = repository;
  const branches = readBranches(dir);
  const [base = '', head = ''] = [branches.get(pull.base), branches.get(pull.branch)];
  const tree = (await gitIn(dir, 'merge-tree', '--write-tree', base, head)).trim();
  writeBranch(
    dir,
    pull.base,
    writeCommit(dir, { tree, parents: [base, head], message: `Merge #${number}` }, 'Pat', Math.floor(now / 1000)),
  );
  Object.assign(pull, { state: 'closed', merged: true, closedBy: 'pat', head });
}

/** "Update branch": merges the base into the pull request's branch. */
export async function updateBranch(repository: RepositoryState, number: number, now: number): Promise<void> {
  const pull = pullIn(repository, number);
  const branches = readBranches(repository.dir);
  const [base = '', head = ''] = [branches.get(pull.base), branches.get(pull.branch)];
  const tree = (await gitIn(repository.dir, 'merge-tree', '--write-tree', head, base)).trim();
  writeBranch(
    repository.dir,
    pull.branch,
    writeCommit(repository.dir, { tree, parents: [head, base], message: `Merge branch '${pull.base}'` }, 'Pat', Math.floor(now / 1000)),
  );
}

export function renameDefault(repository: RepositoryState, name: string): void {
  const sha = readBranches(repository.dir).get(repository.defaultBranch) ?? '';
  writeBranch(repository.dir, name, sha);
  deleteBranch(repository.dir, repository.defaultBranch);
  // GitHub retargets open pull requests.
  for (const pull of repository.pulls) if (pull.base === repository.defaultBranch) pull.base = name;
  repository.defaultBranch = name;
}

export function pullIn({ pulls }: RepositoryState, number: number): PullState {
  const pull = pulls.find((candidate) => candidate.number === number);
  if (pull === undefined) throw new Error(`no pull request #${number}`);
  return pull;
}

/** Heads follow their branches; deleting a branch closes its pull request. */
export function synchronise({ dir, pulls }: RepositoryState): ReadonlyMap<string, string> {
  const branches = readBranches(dir);
  for (const pull of pulls) {
    if (pull.state !== 'open') continue;
    const head = branches.get(pull.branch);
    if (head === undefined) Object.assign(pull, { state: 'closed', closedBy: 'the branch was deleted' });
    else pull.head = head;
  }
  return branches;
}
