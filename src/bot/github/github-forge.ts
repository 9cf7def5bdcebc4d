/** One repository on GitHub: pull requests through the REST API, branches through whichever way of pushing fits the credential. */

import { DASHBOARD_LABEL, DASHBOARD_TITLE, parseDashboard } from '../dashboard.ts';
import type { Commit, Difference, Forge, PullRequest, PushRequest, PushResult, Written } from '../forge.ts';
import { isRemote } from '../remote-error.ts';
import type { Octokit } from './client.ts';
import { isQueryError, remoteError } from './failure.ts';

export interface RepositoryId {
  readonly owner: string;
  readonly repo: string;
}

/** How a branch gets its commit: api-push.ts or git-push.ts. */
export type Push = (request: PushRequest) => Promise<PushResult>;

/** Pages of a hundred closed pull requests that are read for limits. */
const PAGES_OF_RECENT = 3;

/** What GitHub sends about a pull request, in lists and alone. */
interface PullJson {
  readonly number: number;
  readonly state: string;
  readonly merged_at: string | null;
  readonly head: { readonly ref: string; readonly sha: string; readonly repo: { readonly full_name: string } | null };
  readonly base: { readonly ref: string };
  readonly title: string;
  readonly body: string | null;
  readonly draft?: boolean | undefined;
  readonly labels: readonly { readonly name: string }[];
  readonly auto_merge: unknown;
  readonly created_at: string;
  readonly html_url: string;
}

export function githubForge(
  octokit: Octokit,
  id: RepositoryId,
  { push, close }: { readonly push: Push; readonly close: () => Promise<void> },
): Forge {
  const own = ({ head }: PullJson, prefix: string): boolean =>
    head.repo?.full_name.toLowerCase() === `${id.owner}/${id.repo}`.toLowerCase() && head.ref.startsWith(prefix);

  async function edit(work: () => Promise<{ readonly data: PullJson }>): Promise<Written> {
    return pullOf((await work()).data);
  }

  return {
    repository: async () => {
      const { data } = await octokit.rest.repos.get({ ...id });
      return {
        defaultBranch: data.default_branch,
        ...(data.archived ? { skip: 'the repository is archived' } : data.disabled ? { skip: 'the repository is disabled' } : {}),
      };
    },
    branches: async (prefix) => {
      const { data } = await octokit.rest.git.listMatchingRefs({ ...id, ref: `heads/${prefix}` });
      return new Map(data.map(({ ref, object }) => [ref.replace(/^refs\/heads\//, ''), object.sha]));
    },
    openPulls: async (prefix) =>
      (await octokit.paginate(octokit.rest.pulls.list, { ...id, state: 'open', per_page: 100 }))
        .filter((pull) => own(pull, prefix))
        .map(pullOf),
    closedPulls: async (branch) => {
      const { data } = await octokit.rest.pulls.list({
        ...id,
        state: 'closed',
        head: `${id.owner}:${branch}`,
        sort: 'created',
        direction: 'desc',
        per_page: 100,
      });
      return data.filter((pull) => own(pull, branch)).map(pullOf);
    },
    recentPulls: async (prefix) => {
      const found: PullRequest[] = [];
      let pages = 0;
      for await (const { data } of octokit.paginate.iterator(octokit.rest.pulls.list, {
        ...id,
        state: 'all',
        sort: 'created',
        direction: 'desc',
        per_page: 100,
      })) {
        found.push(...data.filter((pull) => own(pull, prefix)).map(pullOf));
        if (++pages >= PAGES_OF_RECENT) break;
      }
      return found;
    },
    merged: async (prefix) =>
      (
        await octokit.rest.search.issuesAndPullRequests({
          q: `is:pr is:merged repo:${id.owner}/${id.repo} head:${searchable(prefix)}`,
          per_page: 1,
        })
      ).data.total_count,
    conflicts: async ({ number }) => {
      const { data } = await octokit.rest.pulls.get({ ...id, pull_number: number });
      return data.mergeable === null ? undefined : !data.mergeable;
    },
    queued: async ({ number }) => inMergeQueue(octokit, id, number),
    commit: async (sha): Promise<Commit> => {
      const { data } = await octokit.rest.git.getCommit({ ...id, commit_sha: sha });
      return { message: data.message, tree: data.tree.sha, parents: data.parents.map((parent) => parent.sha) };
    },
    difference: async (from, to): Promise<Difference> => {
      const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...id, basehead: `${from}...${to}` });
      // GitHub lists 300 files at most.
      const files =
        data.files === undefined || data.files.length >= 300
          ? undefined
          : new Map(data.files.map((file) => [file.filename, file.status === 'removed' ? undefined : (file.sha ?? undefined)]));
      return { ahead: data.ahead_by, behind: data.behind_by, files };
    },

    push,
    createPull: async ({ branch, base, title, body, draft }) => {
      const create = (asDraft: boolean): Promise<Written> =>
        edit(() => octokit.rest.pulls.create({ ...id, head: branch, base, title, body, draft: asDraft, maintainer_can_modify: true }));
      try {
        return await create(draft);
      } catch (error) {
        if (!isRemote(error, 'rejected')) throw error;
        const open = await openFor(octokit, id, branch);
        // A request that was answered by 502 may have done its work: this one is ours.
        const made = open?.find((pull) => pull.body === body && pull.base === base);
        if (made !== undefined || open === undefined || open.length > 0) return made ?? 'raced';
        // Private repositories of some plans have no drafts.
        if (draft) return create(false);
        throw error;
      }
    },
    updatePull: async (number, fields) => {
      try {
        return await edit(() => octokit.rest.pulls.update({ ...id, pull_number: number, ...fields }));
      } catch (error) {
        if (isRemote(error, 'not-found')) return 'raced';
        throw error;
      }
    },
    addLabels: async (number, labels) => void (await octokit.rest.issues.addLabels({ ...id, issue_number: number, labels: [...labels] })),
    removeLabel: async (number, label) => {
      try {
        await octokit.rest.issues.removeLabel({ ...id, issue_number: number, name: label });
      } catch (error) {
        // A person was faster.
        if (!isRemote(error, 'not-found')) throw error;
      }
    },
    requestReviewers: async (number, reviewers) => {
      const teams = reviewers.flatMap((name) => (name.startsWith('team/') ? [name.slice('team/'.length)] : []));
      const users = reviewers.filter((name) => !name.startsWith('team/'));
      await octokit.rest.pulls.requestReviewers({ ...id, pull_number: number, reviewers: users, team_reviewers: teams });
    },
    comment: async (number, text) => void (await octokit.rest.issues.createComment({ ...id, issue_number: number, body: text })),
    dashboard: {
      read: async () => {
        const { data } = await octokit.rest.issues.listForRepo({ ...id, labels: DASHBOARD_LABEL, state: 'all', per_page: 10 });
        const ours = data.filter(({ body, pull_request }) => pull_request === undefined && parseDashboard(body ?? '').hash !== undefined);
        const issue = ours.find(({ state }) => state === 'open') ?? ours[0];
        return issue === undefined ? undefined : { number: issue.number, body: issue.body ?? '', open: issue.state === 'open' };
      },
      create: async (body) => void (await octokit.rest.issues.create({ ...id, title: DASHBOARD_TITLE, body, labels: [DASHBOARD_LABEL] })),
      update: async (number, body) => void (await octokit.rest.issues.update({ ...id, issue_number: number, body })),
    },
    close,
  };
}

/** The open pull requests of a branch; `undefined` when the branch is gone: what a refusal to create one may mean. */
async function openFor(octokit: Octokit, id: RepositoryId, branch: string): Promise<readonly PullRequest[] | undefined> {
  const [{ data: open }, { data: refs }] = await Promise.all([
    octokit.rest.pulls.list({ ...id, state: 'open', head: `${id.owner}:${branch}` }),
    octokit.rest.git.listMatchingRefs({ ...id, ref: `heads/${branch}` }),
  ]);
  return refs.some(({ ref }) => ref === `refs/heads/${branch}`) ? open.map(pullOf) : undefined;
}

const IN_MERGE_QUEUE =
  'query($owner: String!, $repo: String!, $number: Int!) { repository(owner: $owner, name: $repo) { pullRequest(number: $number) { isInMergeQueue } } }';

/** Only GraphQL knows. Where it does not answer, the repository has no merge queue. */
async function inMergeQueue(octokit: Octokit, id: RepositoryId, number: number): Promise<boolean> {
  try {
    const answer = await octokit.graphql<{
      readonly repository: { readonly pullRequest: { readonly isInMergeQueue: boolean } | null } | null;
    }>(IN_MERGE_QUEUE, { ...id, number });
    return answer.repository?.pullRequest?.isInMergeQueue === true;
  } catch (error) {
    if (isQueryError(error)) return false;
    throw remoteError(error);
  }
}

/** The part of a branch prefix that GitHub's search takes as one word. */
export function searchable(prefix: string): string {
  return prefix.replace(/[^A-Za-z0-9_-].*$/, '');
}

function pullOf(pull: PullJson): PullRequest {
  return {
    number: pull.number,
    state: pull.state === 'open' ? 'open' : pull.merged_at === null ? 'closed' : 'merged',
    branch: pull.head.ref,
    head: pull.head.sha,
    base: pull.base.ref,
    title: pull.title,
    body: pull.body ?? '',
    draft: pull.draft ?? false,
    labels: pull.labels.map(({ name }) => name),
    autoMerge: pull.auto_merge !== null && pull.auto_merge !== undefined,
    createdAt: Date.parse(pull.created_at),
    url: pull.html_url,
  };
}
