/** What the GitHub server answers, operation by operation; strict where GitHub is. */

import { changeTree, gitIn, readCommit, readTree, writeBranch, writeCommit, writeObject } from './objects.ts';
import { sample } from './openapi.ts';
import { synchronise, type IssueState, type PullState, type RepositoryState, type World } from './world.ts';

export interface Call {
  readonly world: World;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly login: string;
  readonly base: string;
  readonly issueToken: (installation: number) => { readonly token: string; readonly expiresAt: number };
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

type Route = (call: Call) => Promise<Answer> | Answer;

const NOT_FOUND: Answer = { status: 404, body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' } };

export function invalid(errors: readonly object[], message = 'Validation Failed'): Answer {
  return { status: 422, body: { message, errors, documentation_url: 'https://docs.github.com/rest' } };
}

const iso = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`;

/** Wraps a route that works on a repository: it must exist, be writable for writes, and not be empty for git's own. */
function inRepository(
  work: (repository: RepositoryState, call: Call) => Promise<Answer> | Answer,
  kind: 'read' | 'write' | 'git' | 'git-write' = 'read',
): Route {
  return (call) => {
    const repository = call.world.repositories.get(`${call.params['owner']}/${call.params['repo']}`.toLowerCase());
    if (repository === undefined) return NOT_FOUND;
    if (kind.endsWith('write') && repository.archived)
      return { status: 403, body: { message: 'Repository was archived so is read-only.', documentation_url: 'https://docs.github.com' } };
    if (kind.startsWith('git') && synchronise(repository).size === 0)
      return { status: 409, body: { message: 'Git Repository is empty.', documentation_url: 'https://docs.github.com' } };
    return work(repository, call);
  };
}

function user(login: string): object {
  return sample('simple-user', { login, type: login.endsWith('[bot]') ? 'Bot' : 'User' });
}

function repositoryJson(repository: RepositoryState, schema: string): object {
  const { owner, name, id, nodeId, defaultBranch, archived, disabled, fork, topics } = repository;
  return sample(schema, {
    id,
    node_id: nodeId,
    name,
    full_name: `${owner}/${name}`,
    owner: user(owner),
    default_branch: defaultBranch,
    archived,
    disabled,
    fork,
    topics,
    private: false,
  });
}

function pullJson(repository: RepositoryState, pull: PullState, base: string, schema: string, extra: object = {}): object {
  const { owner, name } = repository;
  const full = repositoryJson(repository, 'repository');
  const url = `${base}/${owner}/${name}/pull/${pull.number}`;
  return sample(schema, {
    number: pull.number,
    id: repository.id * 1000 + pull.number,
    state: pull.state,
    title: pull.title,
    body: pull.body,
    draft: pull.draft,
    html_url: url,
    user: user(pull.author),
    head: { label: `${owner}:${pull.branch}`, ref: pull.branch, sha: pull.head, repo: full, user: user(owner) },
    base: { label: `${owner}:${pull.base}`, ref: pull.base, sha: '0'.repeat(40), repo: full, user: user(owner) },
    labels: [...pull.labels].map((label) => sample('label', { name: label, description: '' })),
    created_at: iso(pull.createdAt),
    updated_at: iso(pull.createdAt),
    closed_at: pull.state === 'closed' ? iso(pull.createdAt) : null,
    merged_at: pull.merged ? iso(pull.createdAt) : null,
    auto_merge: pull.autoMerge ? sample('auto-merge', { merge_method: 'merge', enabled_by: user('pat') }) : null,
    requested_reviewers: pull.reviewers.map(user),
    ...extra,
  });
}

async function mergeable({ dir }: RepositoryState, pull: PullState, branches: ReadonlyMap<string, string>): Promise<boolean | null> {
  const [base, head] = [branches.get(pull.base), branches.get(pull.branch)];
  if (base === undefined || head === undefined) return null;
  return gitIn(dir, 'merge-tree', '--write-tree', base, head).then(
    () => true,
    () => false,
  );
}

function page<T>(
  items: readonly T[],
  { query, base }: Call,
  path: string,
): { readonly items: readonly T[]; readonly headers: Readonly<Record<string, string>> } {
  const size = Math.min(100, Number(query.get('per_page') ?? 30));
  const number = Number(query.get('page') ?? 1);
  const more = number * size < items.length;
  const next = new URLSearchParams(query);
  next.set('page', String(number + 1));
  return {
    items: items.slice((number - 1) * size, number * size),
    headers: more ? { link: `<${base}${path}?${next.toString()}>; rel="next"` } : {},
  };
}

const listRepositories = (
  call: Call,
  owner: string | undefined,
  path: string,
  schema: string,
): { readonly repositories: readonly object[]; readonly headers: Readonly<Record<string, string>>; readonly total: number } => {
  const all = [...call.world.repositories.values()].filter((repository) => owner === undefined || repository.owner === owner);
  const { items, headers } = page(all, call, path);
  return { repositories: items.map((repository) => repositoryJson(repository, schema)), headers, total: all.length };
};

const getCommit = inRepository(async ({ dir }, { params }) => {
  const sha = params['commit_sha'] ?? '';
  const commit = await readCommit(dir, sha);
  return commit === undefined ? NOT_FOUND : { status: 200, body: commitJson(sha, commit) };
}, 'git');

function commitJson(
  sha: string,
  { tree, parents, message }: { readonly tree: string; readonly parents: readonly string[]; readonly message: string },
): object {
  return sample('git-commit', {
    sha,
    message,
    tree: { sha: tree, url: 'https://github.example/' },
    parents: parents.map((parent) => ({ sha: parent, url: 'https://github.example/', html_url: 'https://github.example/' })),
  });
}

const createTree = inRepository(async ({ dir }, { body }) => {
  const base = body['base_tree'] as string | undefined;
  if (base !== undefined && (await readTree(dir, base)) === undefined) return invalid([], 'Invalid tree info');
  const files = new Map<string, { mode: string; sha: string }>();
  for (const { path, mode, sha, content } of body['tree'] as readonly { path: string; mode: string; sha?: string; content?: string }[]) {
    if (path.startsWith('/') || path.split('/').some((part) => part === '' || part === '..' || part.toLowerCase() === '.git'))
      return invalid([], `tree.path contains a malformed path component`);
    if ((sha === undefined) === (content === undefined)) return invalid([], 'Must supply either tree.sha or tree.content, not both');
    files.set(path, { mode, sha: sha ?? writeObject(dir, 'blob', Buffer.from(content ?? '')) });
  }
  const sha = await changeTree(dir, base, files);
  return { status: 201, body: await treeJson(dir, sha) };
}, 'git-write');

async function treeJson(dir: string, sha: string): Promise<object> {
  const entries = (await readTree(dir, sha)) ?? [];
  return sample('git-tree', {
    sha,
    truncated: false,
    tree: entries.map(({ mode, name, sha: object }) => ({
      path: name,
      mode,
      type: mode === '040000' ? 'tree' : mode === '160000' ? 'commit' : 'blob',
      sha: object,
    })),
  });
}

const createCommit = inRepository(async ({ dir }, { body, login, world }) => {
  const tree = body['tree'] as string;
  const parents = (body['parents'] ?? []) as readonly string[];
  if ((await readTree(dir, tree)) === undefined) return invalid([], 'Tree SHA does not exist');
  for (const parent of parents)
    if ((await readCommit(dir, parent)) === undefined) return invalid([], 'Parent SHA does not exist or is not a commit object');
  const commit = { tree, parents, message: String(body['message']) };
  return { status: 201, body: commitJson(writeCommit(dir, commit, login, Math.floor(world.now() / 1000)), commit) };
}, 'git-write');

const createRef = inRepository(async (repository, { body }) => {
  const [ref, sha] = [String(body['ref']), String(body['sha'])];
  const name = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  if (name === undefined) return invalid([], 'Reference must start with refs/heads/');
  const branches = synchronise(repository);
  if (branches.has(name)) return invalid([], 'Reference already exists');
  if ([...branches.keys()].some((other) => other.startsWith(`${name}/`) || name.startsWith(`${other}/`)))
    return invalid([], 'Reference cannot be created');
  if (repository.protected?.test(name) === true)
    return invalid([], 'Repository rule violations found\n\nCannot create ref due to creations being restricted.');
  if ((await readCommit(repository.dir, sha)) === undefined) return invalid([], 'Object does not exist');
  writeBranch(repository.dir, name, sha);
  return { status: 201, body: refJson(name, sha) };
}, 'git-write');

function refJson(name: string, sha: string): object {
  return {
    ref: `refs/heads/${name}`,
    node_id: 'x',
    url: 'https://github.example/',
    object: { type: 'commit', sha, url: 'https://github.example/' },
  };
}

const compare = inRepository(async (repository, { params }) => {
  const branches = synchronise(repository);
  const [from, to] = (params['basehead'] ?? '').split('...').map((name) => branches.get(name) ?? name);
  if (
    from === undefined ||
    to === undefined ||
    (await readCommit(repository.dir, from)) === undefined ||
    (await readCommit(repository.dir, to)) === undefined
  )
    return NOT_FOUND;
  const [behind = 0, ahead = 0] = (await gitIn(repository.dir, 'rev-list', '--left-right', '--count', `${from}...${to}`))
    .trim()
    .split(/\s+/)
    .map(Number);
  const start = (await gitIn(repository.dir, 'merge-base', from, to)).trim();
  const fields = (await gitIn(repository.dir, 'diff-tree', '-r', '-z', '--no-renames', start, to)).split('\0');
  const files = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [, , , sha, letter] = fields[at]?.split(' ') ?? [];
    files.push(
      sample('diff-entry', { filename: fields[at + 1], sha, status: letter === 'D' ? 'removed' : letter === 'A' ? 'added' : 'modified' }),
    );
  }
  return {
    status: 200,
    body: sample('commit-comparison', {
      ahead_by: ahead,
      behind_by: behind,
      status: behind > 0 ? (ahead > 0 ? 'diverged' : 'behind') : ahead > 0 ? 'ahead' : 'identical',
      total_commits: ahead,
      commits: [],
      files,
    }),
  };
});

const listPulls = inRepository((repository, call) => {
  synchronise(repository);
  const { query, base } = call;
  const head = query.get('head');
  if (head !== null && !head.includes(':')) return invalid([{ resource: 'PullRequest', field: 'head', code: 'invalid' }]);
  const state = query.get('state') ?? 'open';
  const found = repository.pulls.filter(
    (pull) => (state === 'all' || pull.state === state) && (head === null || head === `${repository.owner}:${pull.branch}`),
  );
  const { items, headers } = page([...found].reverse(), call, `/repos/${repository.owner}/${repository.name}/pulls`);
  return { status: 200, headers, body: items.map((pull) => pullJson(repository, pull, base, 'pull-request-simple')) };
});

const getPull = inRepository(async (repository, { params, base }) => {
  const branches = synchronise(repository);
  const pull = repository.pulls.find(({ number }) => String(number) === params['pull_number']);
  return pull === undefined
    ? NOT_FOUND
    : {
        status: 200,
        body: pullJson(repository, pull, base, 'pull-request', {
          mergeable: await mergeable(repository, pull, branches),
          merged: pull.merged,
        }),
      };
});

const createPull = inRepository(async (repository, { body, login, base: url, world }) => {
  const branches = synchronise(repository);
  const [branch, base, title] = [String(body['head']), String(body['base']), String(body['title'])];
  const head = branches.get(branch);
  const problem = (field: string, code = 'invalid'): Answer => invalid([{ resource: 'PullRequest', field, code }]);
  const custom = (message: string): Answer => invalid([{ resource: 'PullRequest', code: 'custom', message }]);
  if (head === undefined) return problem('head');
  const start = branches.get(base);
  if (start === undefined) return problem('base');
  if (String(body['body'] ?? '').length > 65_536) return custom('body is too long (maximum is 65536 characters)');
  if (title.length > 256) return custom('title is too long (maximum is 256 characters)');
  if (body['draft'] === true && !repository.drafts) return custom('Draft pull requests are not supported in this repository.');
  if (repository.pulls.some((pull) => pull.state === 'open' && pull.branch === branch && pull.base === base))
    return custom(`A pull request already exists for ${repository.owner}:${branch}.`);
  if ((await gitIn(repository.dir, 'rev-list', '--count', `${start}..${head}`)).trim() === '0')
    return custom(`No commits between ${base} and ${branch}`);
  const pull: PullState = {
    number: ++repository.number,
    branch,
    base,
    title,
    body: String(body['body'] ?? ''),
    draft: body['draft'] === true,
    state: 'open',
    merged: false,
    closedBy: undefined,
    head,
    author: login,
    createdAt: world.now(),
    labels: new Set(),
    comments: [],
    reviewers: [],
    autoMerge: false,
    inMergeQueue: false,
  };
  repository.pulls.push(pull);
  return { status: 201, body: pullJson(repository, pull, url, 'pull-request', { merged: false, mergeable: null }) };
}, 'write');

const updatePull = inRepository((repository, { params, body, base, login }) => {
  synchronise(repository);
  const pull = repository.pulls.find(({ number }) => String(number) === params['pull_number']);
  if (pull === undefined) return NOT_FOUND;
  if (String(body['body'] ?? '').length > 65_536)
    return invalid([{ resource: 'PullRequest', code: 'custom', message: 'body is too long' }]);
  if (typeof body['title'] === 'string') pull.title = body['title'];
  if (typeof body['body'] === 'string') pull.body = body['body'];
  if (body['state'] === 'closed' && pull.state === 'open') Object.assign(pull, { state: 'closed', closedBy: login });
  return { status: 200, body: pullJson(repository, pull, base, 'pull-request', { merged: pull.merged, mergeable: null }) };
}, 'write');

/** Pull requests are issues, too. */
function labelled(repository: RepositoryState, number: string | undefined): { readonly labels: Set<string> } | undefined {
  return [...repository.pulls, ...repository.issues].find((item) => String(item.number) === number);
}

const addLabels = inRepository((repository, { params, body }) => {
  const item = labelled(repository, params['issue_number']);
  if (item === undefined) return NOT_FOUND;
  const labels = body['labels'] as readonly string[];
  if (labels.some((label) => label.length > 50)) return invalid([{ resource: 'Label', field: 'name', code: 'invalid' }]);
  for (const label of labels) item.labels.add(label);
  return { status: 200, body: [...item.labels].map((name) => sample('label', { name, description: '' })) };
}, 'write');

const removeLabel = inRepository((repository, { params }) => {
  const item = labelled(repository, params['issue_number']);
  if (item === undefined || !item.labels.delete(params['name'] ?? ''))
    return { status: 404, body: { message: 'Label does not exist', documentation_url: 'https://docs.github.com' } };
  return { status: 200, body: [...item.labels].map((name) => sample('label', { name, description: '' })) };
}, 'write');

const addComment = inRepository((repository, { params, body, base }) => {
  const pull = repository.pulls.find(({ number }) => String(number) === params['issue_number']);
  if (pull === undefined) return NOT_FOUND;
  pull.comments.push(String(body['body']));
  return { status: 201, headers: { location: `${base}/` }, body: sample('issue-comment', { body: String(body['body']) }) };
}, 'write');

const requestReviewers = inRepository((repository, { params, body, base }) => {
  const pull = repository.pulls.find(({ number }) => String(number) === params['pull_number']);
  if (pull === undefined) return NOT_FOUND;
  const reviewers = (body['reviewers'] ?? []) as readonly string[];
  if (reviewers.includes(pull.author) || reviewers.includes('stranger'))
    return invalid([], 'Reviews may only be requested from collaborators.');
  pull.reviewers.push(...reviewers);
  return { status: 201, body: pullJson(repository, pull, base, 'pull-request-simple') };
}, 'write');

function issueJson(repository: RepositoryState, issue: IssueState): object {
  return sample('issue', {
    number: issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    user: user(issue.author),
    labels: [...issue.labels].map((name) => ({ name })),
    html_url: `https://github.example/${repository.owner}/${repository.name}/issues/${issue.number}`,
  });
}

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /app': ({ login }) => ({
    status: 200,
    body: sample('integration', { slug: login, name: login, permissions: { contents: 'write', pull_requests: 'write', metadata: 'read' } }),
  }),
  'GET /orgs/{org}/installation': ({ params }) =>
    params['org'] === 'nobody' ? NOT_FOUND : { status: 200, body: sample('installation', { id: 42 }) },
  'GET /users/{username}/installation': () => NOT_FOUND,
  'POST /app/installations/{installation_id}/access_tokens': ({ params, issueToken }) => {
    const { token, expiresAt } = issueToken(Number(params['installation_id']));
    return {
      status: 201,
      body: sample('installation-token', {
        token,
        expires_at: iso(expiresAt),
        permissions: { contents: 'write', pull_requests: 'write' },
        repository_selection: 'all',
      }),
    };
  },
  'GET /installation/repositories': (call) => {
    const { repositories, headers, total } = listRepositories(call, undefined, '/installation/repositories', 'repository');
    return { status: 200, headers, body: { total_count: total, repositories } };
  },
  'GET /orgs/{org}/repos': (call) => {
    const owner = call.params['org'] ?? '';
    if (![...call.world.repositories.values()].some((repository) => repository.owner === owner)) return NOT_FOUND;
    const { repositories, headers } = listRepositories(call, owner, `/orgs/${owner}/repos`, 'minimal-repository');
    return { status: 200, headers, body: repositories };
  },
  'GET /users/{username}/repos': () => ({ status: 200, body: [] }),
  'GET /repos/{owner}/{repo}': inRepository((repository) => ({ status: 200, body: repositoryJson(repository, 'full-repository') })),
  'GET /user': ({ login }) => ({ status: 200, body: sample('public-user', { login, user_view_type: 'public' }) }),
  'GET /rate_limit': () => ({
    status: 200,
    body: sample('rate-limit-overview', {
      resources: {
        core: sample('rate-limit', { limit: 5000, remaining: 4999 }),
        search: sample('rate-limit', { limit: 30, remaining: 30 }),
      },
    }),
  }),
  'GET /search/issues': ({ query, world }) => {
    const q = query.get('q') ?? '';
    const [owner, repo, prefix, since] = [
      /user:(\S+)/.exec(q)?.[1],
      /repo:(\S+)/.exec(q)?.[1],
      /head:(\S+)/.exec(q)?.[1] ?? '',
      Date.parse(/created:>=(\S+)/.exec(q)?.[1] ?? '1970-01-01'),
    ];
    const count = [...world.repositories.values()]
      .filter((repository) => repository.owner === owner || `${repository.owner}/${repository.name}` === repo)
      .flatMap(({ pulls }) => pulls)
      .filter((pull) => pull.branch.startsWith(prefix) && pull.createdAt >= since && (pull.merged || !q.includes('is:merged'))).length;
    return { status: 200, body: { total_count: count, incomplete_results: false, search_type: 'lexical', items: [] } };
  },
  'GET /repos/{owner}/{repo}/git/matching-refs/{ref}': inRepository((repository, { params }) => {
    const prefix = (params['ref'] ?? '').replace(/^heads\//, '');
    return {
      status: 200,
      body: [...synchronise(repository)].filter(([name]) => name.startsWith(prefix)).map(([name, sha]) => refJson(name, sha)),
    };
  }, 'git'),
  'GET /repos/{owner}/{repo}/git/ref/{ref}': inRepository((repository, { params }) => {
    const name = (params['ref'] ?? '').replace(/^heads\//, '');
    const sha = synchronise(repository).get(name);
    return sha === undefined ? NOT_FOUND : { status: 200, body: refJson(name, sha) };
  }, 'git'),
  'POST /repos/{owner}/{repo}/git/refs': createRef,
  'GET /repos/{owner}/{repo}/git/commits/{commit_sha}': getCommit,
  'POST /repos/{owner}/{repo}/git/commits': createCommit,
  'GET /repos/{owner}/{repo}/git/trees/{tree_sha}': inRepository(
    async ({ dir }, { params }) =>
      (await readTree(dir, params['tree_sha'] ?? '')) === undefined
        ? NOT_FOUND
        : { status: 200, body: await treeJson(dir, params['tree_sha'] ?? '') },
    'git',
  ),
  'POST /repos/{owner}/{repo}/git/trees': createTree,
  'GET /repos/{owner}/{repo}/compare/{basehead}': compare,
  'GET /repos/{owner}/{repo}/pulls': listPulls,
  'POST /repos/{owner}/{repo}/pulls': createPull,
  'GET /repos/{owner}/{repo}/pulls/{pull_number}': getPull,
  'PATCH /repos/{owner}/{repo}/pulls/{pull_number}': updatePull,
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers': requestReviewers,
  'GET /repos/{owner}/{repo}/issues': inRepository((repository, { query }) => {
    const label = query.get('labels') ?? '';
    return {
      status: 200,
      body: repository.issues
        .filter((issue) => [issue.state, 'all'].includes(query.get('state') ?? 'open') && (label === '' || issue.labels.has(label)))
        .map((issue) => issueJson(repository, issue)),
    };
  }),
  'POST /repos/{owner}/{repo}/issues': inRepository((repository, { body, login }) => {
    const issue: IssueState = {
      number: ++repository.number,
      title: String(body['title']),
      body: String(body['body'] ?? ''),
      state: 'open',
      author: login,
      labels: new Set((body['labels'] ?? []) as readonly string[]),
    };
    repository.issues.push(issue);
    return { status: 201, body: issueJson(repository, issue) };
  }, 'write'),
  'PATCH /repos/{owner}/{repo}/issues/{issue_number}': inRepository((repository, { params, body }) => {
    const issue = repository.issues.find(({ number }) => String(number) === params['issue_number']);
    if (issue === undefined) return NOT_FOUND;
    if (typeof body['body'] === 'string') issue.body = body['body'];
    return { status: 200, body: issueJson(repository, issue) };
  }, 'write'),
  'POST /repos/{owner}/{repo}/issues/{issue_number}/labels': addLabels,
  'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}': removeLabel,
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': addComment,
};

export function routeFor(operation: string): Route | undefined {
  return ROUTES[operation];
}

/** The two GraphQL documents that the bot sends; any other is refused. */
export async function graphql({ world, body }: Pick<Call, 'world' | 'body'>): Promise<Answer> {
  const [query, variables] = [String(body['query']), body['variables'] as Readonly<Record<string, unknown>>];
  const refuse = (type: string, message: string): Answer => ({ status: 200, body: { data: null, errors: [{ type, message }] } });
  if (query.startsWith('mutation') && query.includes('updateRefs(input: $input)')) {
    const { repositoryId, refUpdates } = variables['input'] as {
      readonly repositoryId: string;
      readonly refUpdates: readonly {
        readonly name: string;
        readonly beforeOid: string;
        readonly afterOid: string;
        readonly force: boolean;
      }[];
    };
    const repository = [...world.repositories.values()].find(({ nodeId }) => nodeId === repositoryId);
    if (repository === undefined) return refuse('NOT_FOUND', 'Could not resolve to a node');
    if (repository.archived) return refuse('FORBIDDEN', 'Repository was archived so is read-only.');
    const branches = synchronise(repository);
    for (const { name, beforeOid, afterOid } of refUpdates) {
      const branch = name.replace(/^refs\/heads\//, '');
      if (branch === name) return refuse('UNPROCESSABLE', 'not a branch');
      if (repository.protected?.test(branch) === true) return refuse('UNPROCESSABLE', 'Repository rule violations found');
      if (branches.get(branch) !== beforeOid) return refuse('STALE_DATA', `The ref does not point to ${beforeOid}`);
      if ((await readCommit(repository.dir, afterOid)) === undefined) return refuse('UNPROCESSABLE', 'the object does not exist');
    }
    for (const { name, afterOid } of refUpdates) writeBranch(repository.dir, name.replace(/^refs\/heads\//, ''), afterOid);
    return { status: 200, body: { data: { updateRefs: { clientMutationId: null } } } };
  }
  if (query.startsWith('query') && query.includes('isInMergeQueue')) {
    const repository = world.repositories.get(`${String(variables['owner'])}/${String(variables['repo'])}`.toLowerCase());
    const pull = repository?.pulls.find(({ number }) => number === variables['number']);
    return {
      status: 200,
      body: { data: { repository: { pullRequest: pull === undefined ? null : { isInMergeQueue: pull.inMergeQueue } } } },
    };
  }
  return refuse('INVALID', 'unknown document');
}
