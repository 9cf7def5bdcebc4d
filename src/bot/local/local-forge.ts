/** The forge that needs no account: branches in the user's clone, pull requests as files in a folder. Nothing is sent anywhere. */

import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Commit, Difference, Forge, PullRequest, PushRequest, PushResult } from '../forge.ts';
import { GitFailure, type Git } from '../git/git.ts';
import type { GitHome } from '../git/home.ts';
import { writeCommit } from '../git/write-commit.ts';
import { parsePullFile, renderPullFile, type LocalPull } from './pull-file.ts';

export interface LocalForgeOptions {
  /** The user's clone. Its work tree, index and configuration stay as they are. */
  readonly git: Git;
  readonly home: GitHome;
  /** Where the files go. */
  readonly folder: string;
  readonly now: () => number;
}

const NO_COMMIT = '0'.repeat(40);

export function localForge({ git, home, folder, now }: LocalForgeOptions): Forge {
  const fileOf = (branch: string): string => join(folder, `${branch.replaceAll('/', '-')}.md`);

  async function load(): Promise<readonly LocalPull[]> {
    const names = await readdir(folder).catch(() => []);
    const pulls: LocalPull[] = [];
    for (const name of names.filter((candidate) => candidate.endsWith('.md')).sort()) {
      const pull = parsePullFile(await readFile(join(folder, name), 'utf8'));
      if (pull !== undefined) pulls.push(pull);
    }
    return pulls.sort((a, b) => b.number - a.number);
  }

  /** Never half a file: written beside, then renamed. */
  async function save(pull: LocalPull): Promise<PullRequest> {
    await mkdir(folder, { recursive: true });
    // A folder that ignores itself needs no line in the user's .gitignore.
    await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx' }).catch(() => undefined);
    const file = fileOf(pull.branch);
    await writeFile(`${file}.tmp`, renderPullFile(pull));
    await rename(`${file}.tmp`, file);
    return shown(pull);
  }

  const heads = async (prefix: string): Promise<ReadonlyMap<string, string>> => {
    const listing = await git.run([
      'for-each-ref',
      '--format=%(objectname) %(refname:lstrip=2)',
      `refs/heads/${prefix}*`,
      `refs/heads/${prefix}**`,
    ]);
    return new Map(
      listing
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]),
    );
  };

  const shown = (pull: LocalPull, head = ''): PullRequest => ({ ...pull, head, url: fileOf(pull.branch) });

  async function change(number: number, edit: (pull: LocalPull) => LocalPull): Promise<PullRequest | 'raced'> {
    const pull = (await load()).find((candidate) => candidate.number === number);
    return pull === undefined ? 'raced' : save(edit(pull));
  }

  return {
    branches: heads,
    openPulls: async (prefix) => {
      const branches = await heads(prefix);
      return (await load())
        .filter(({ state, branch }) => state === 'open' && branches.has(branch))
        .map((pull) => shown(pull, branches.get(pull.branch)));
    },
    closedPulls: async (branch) =>
      (await load()).filter((pull) => pull.branch === branch && pull.state !== 'open').map((pull) => shown(pull)),
    recentPulls: async (prefix) => (await load()).filter(({ branch }) => branch.startsWith(prefix)).map((pull) => shown(pull)),
    conflicts: async ({ branch, base }) => {
      try {
        await git.run(['merge-tree', '--write-tree', '--no-messages', `refs/heads/${base}`, `refs/heads/${branch}`]);
        return false;
      } catch (error) {
        // 1 is a conflict; anything else (an old git, a detached base) is not known.
        return error instanceof GitFailure && error.exitCode === 1 ? true : undefined;
      }
    },
    queued: async () => false,
    commit: async (sha) => readCommit(git, sha),
    difference: async (from, to) => difference(git, from, to),

    push: async (request) => moveBranch(git, home, request),
    createPull: async (pull) => {
      const known = await load();
      if (known.some(({ state, branch }) => state === 'open' && branch === pull.branch) && (await heads(pull.branch)).has(pull.branch))
        return 'raced';
      return save({
        ...pull,
        number: Math.max(0, ...known.map(({ number }) => number)) + 1,
        state: 'open',
        labels: [],
        createdAt: now(),
        autoMerge: false,
      });
    },
    updatePull: (number, fields) => change(number, (pull) => ({ ...pull, ...fields })),
    addLabels: async (number, labels) =>
      void (await change(number, (pull) => ({ ...pull, labels: [...new Set([...pull.labels, ...labels])] }))),
    removeLabel: async (number, label) =>
      void (await change(number, (pull) => ({ ...pull, labels: pull.labels.filter((candidate) => candidate !== label) }))),
    requestReviewers: async () => undefined,
    // The closing note is in the body already.
    comment: async () => undefined,
    close: async () => undefined,
  };
}

async function readCommit(git: Git, sha: string): Promise<Commit> {
  const text = await git.run(['cat-file', 'commit', sha]);
  const end = text.indexOf('\n\n');
  const header = text.slice(0, end).split('\n');
  const values = (name: string): readonly string[] =>
    header.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
  return { message: text.slice(end + 2), tree: values('tree')[0] ?? '', parents: values('parent') };
}

async function difference(git: Git, from: string, to: string): Promise<Difference> {
  const [behind = 0, ahead = 0] = (await git.run(['rev-list', '--left-right', '--count', `${from}...${to}`]))
    .trim()
    .split(/\s+/)
    .map(Number);
  const start = (await git.run(['merge-base', from, to]).catch(() => '')).trim();
  if (start === '') return { ahead, behind, files: undefined };
  const fields = (await git.run(['diff-tree', '-r', '-z', '--no-renames', start, to])).split('\0');
  const files = new Map<string, string | undefined>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const path = fields[at + 1];
    const blob = fields[at]?.split(' ')[3];
    if (path !== undefined) files.set(path, blob === NO_COMMIT ? undefined : blob);
  }
  return { ahead, behind, files };
}

async function moveBranch(git: Git, home: GitHome, { branch, base, changes, message, lease }: PushRequest): Promise<PushResult> {
  const worktrees = await git.run(['worktree', 'list', '--porcelain', '-z']);
  if (worktrees.split('\0').includes(`branch refs/heads/${branch}`))
    return { kind: 'busy', because: `${branch} is checked out: switch to another branch first` };
  const written = await writeCommit(git, home, { base, changes, message });
  if (written.kind === 'stale') return { kind: 'stale', because: `${written.path} is not what the plan was made from` };
  try {
    // Compare and swap: fails when somebody moved the branch.
    await git.run(['update-ref', '-m', 'dockmod', `refs/heads/${branch}`, written.commit, lease ?? NO_COMMIT]);
    return { kind: 'pushed', head: written.commit };
  } catch (error) {
    const now = (await git.run(['for-each-ref', '--format=%(objectname)', `refs/heads/${branch}`])).trim();
    if (now !== (lease ?? '')) return { kind: 'raced' };
    if (error instanceof GitFailure) return { kind: 'busy', because: `git refuses the branch ${branch}: ${error.message}` };
    throw error;
  }
}
