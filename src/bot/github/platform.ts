/** GitHub as a whole: which repositories there are, and how each is read and written with the credential at hand. */

import type { Forge } from '../forge.ts';
import type { GitHome } from '../git/home.ts';
import { isRemote, RemoteError } from '../remote-error.ts';
import type { Skip } from '../repository-plan.ts';
import { apiPush } from './api-push.ts';
import { createClient, type Client, type ClientOptions } from './client.ts';
import { gitPush } from './git-push.ts';
import { githubForge, searchable } from './github-forge.ts';

export interface Repository {
  /** `owner/name`. */
  readonly name: string;
  readonly defaultBranch: string;
  readonly skip?: { readonly reason: Skip; readonly detail: string } | undefined;
}

export interface PlatformOptions extends ClientOptions {
  readonly home: GitHome;
  /** `api` signs commits and needs no clone; `git` pushes; `auto` takes `api` for Apps and Actions. */
  readonly push: 'auto' | 'api' | 'git';
}

export interface Platform {
  readonly repository: (name: string) => Promise<Repository>;
  /** Every repository of an organisation, a user, or the App's installation there; in the order of names. */
  readonly repositories: (owner: string) => AsyncGenerator<Repository, void>;
  readonly forge: (name: string) => Promise<Forge>;
  /** Address for git, without a credential; the private home is made to send it. */
  readonly cloneUrl: (name: string) => Promise<string>;
  /** Pull requests that the bot created at `owner` since `at` (milliseconds since 1970): other runs spend the same limits. */
  readonly createdSince: (owner: string, prefix: string, at: number) => Promise<number>;
  readonly client: (owner: string) => Promise<Client>;
}

/** Topic that keeps the bot away from a repository. */
const OPT_OUT_TOPIC = 'no-dockmod';

/** What lists and single answers say about a repository. */
interface RepositoryJson {
  readonly full_name: string;
  readonly default_branch?: string;
  readonly archived?: boolean;
  readonly disabled?: boolean;
  readonly fork: boolean;
  readonly topics?: readonly string[];
}

export function githubPlatform(options: PlatformOptions): Platform {
  const { credential, home, baseUrl } = options;
  const clients = new Map<string, Promise<Client>>();
  /** One client for a token; one for each installation of an App. */
  const client = (owner: string): Promise<Client> => {
    const key = credential?.kind === 'app' && credential.installationId === undefined ? owner.toLowerCase() : '';
    let made = clients.get(key);
    if (made === undefined) {
      made = credential?.kind === 'app' ? forInstallation(options, owner) : createClient(options);
      clients.set(key, made);
    }
    return made;
  };
  const server = gitServer(baseUrl);
  const authorise = async (owner: string): Promise<void> => {
    const token = await (await client(owner)).token();
    if (token !== undefined) await home.authorise(`${server}/${owner}/`, token);
  };
  const urlOf = (name: string): string => `${server}/${name}.git`;

  return {
    client,
    repository: async (name) => {
      const [owner = '', repo = ''] = name.split('/');
      const { data } = await (await client(owner)).octokit.rest.repos.get({ owner, repo });
      const found = repositoryOf(data);
      // Who names a fork means it.
      return found.skip?.reason === 'fork' ? { ...found, skip: undefined } : found;
    },
    repositories: async function* (owner) {
      const { octokit } = await client(owner);
      const names = new Map<string, Repository>();
      for await (const page of pagesOf(octokit, owner, credential?.kind === 'app'))
        for (const json of page) names.set(json.full_name, repositoryOf(json));
      yield* [...names.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    forge: async (name) => {
      const [owner = '', repo = ''] = name.split('/');
      const { octokit } = await client(owner);
      const signs = credential?.kind === 'app' || credential?.type === 'installation';
      const byApi = options.push === 'api' || (options.push === 'auto' && signs);
      if (byApi) return githubForge(octokit, { owner, repo }, { push: apiPush(octokit, { owner, repo }), close: async () => undefined });
      return githubForge(octokit, { owner, repo }, gitPush({ home, url: urlOf(name), authorise: () => authorise(owner) }));
    },
    cloneUrl: async (name) => {
      await authorise(name.split('/')[0] ?? '');
      return urlOf(name);
    },
    createdSince: async (owner, prefix, at) => {
      const { octokit } = await client(owner);
      const q = `is:pr user:${owner} head:${searchable(prefix)} created:>=${new Date(at).toISOString().slice(0, 19)}Z`;
      return (await octokit.rest.search.issuesAndPullRequests({ q, per_page: 1 })).data.total_count;
    },
  };
}

async function* pagesOf(octokit: Client['octokit'], owner: string, app: boolean): AsyncGenerator<readonly RepositoryJson[], void> {
  if (app) {
    for await (const { data } of octokit.paginate.iterator(octokit.rest.apps.listReposAccessibleToInstallation, { per_page: 100 }))
      yield data;
    return;
  }
  try {
    for await (const { data } of octokit.paginate.iterator(octokit.rest.repos.listForOrg, {
      org: owner,
      type: 'all',
      sort: 'full_name',
      per_page: 100,
    }))
      yield data;
  } catch (error) {
    // A user has no organisation's page.
    if (!isRemote(error, 'not-found')) throw error;
    for await (const { data } of octokit.paginate.iterator(octokit.rest.repos.listForUser, {
      username: owner,
      type: 'owner',
      sort: 'full_name',
      per_page: 100,
    }))
      yield data;
  }
}

/** Finds the App's installation for an owner. The token that it yields lasts an hour and is renewed by Octokit. */
async function forInstallation(options: PlatformOptions, owner: string): Promise<Client> {
  const { credential } = options;
  if (credential?.kind === 'app' && credential.installationId !== undefined) return createClient(options, credential.installationId);
  const { octokit } = await createClient(options);
  const installation = await octokit.rest.apps
    .getOrgInstallation({ org: owner })
    .catch((error: unknown) => {
      if (isRemote(error, 'not-found')) return octokit.rest.apps.getUserInstallation({ username: owner });
      throw error;
    })
    .catch((error: unknown) => {
      if (isRemote(error, 'not-found')) throw new RemoteError('forbidden', `the GitHub App is not installed at ${owner}`, { cause: error });
      throw error;
    });
  return createClient(options, installation.data.id);
}

function repositoryOf(json: RepositoryJson): Repository {
  const skip = skipOf(json);
  return { name: json.full_name, defaultBranch: json.default_branch ?? 'main', ...(skip === undefined ? {} : { skip }) };
}

function skipOf({ archived, disabled, fork, topics }: RepositoryJson): Repository['skip'] {
  if (archived) return { reason: 'archived', detail: 'the repository is archived' };
  if (disabled) return { reason: 'disabled', detail: 'the repository is disabled' };
  if (topics?.includes(OPT_OUT_TOPIC)) return { reason: 'opted-out', detail: `the repository has the topic ${OPT_OUT_TOPIC}` };
  if (fork) return { reason: 'fork', detail: 'forks are changed where they come from' };
  return undefined;
}

/** `https://api.github.com` -> `https://github.com`; `https://HOST/api/v3` -> `https://HOST`. */
function gitServer(baseUrl: string): string {
  const url = new URL(baseUrl);
  if (url.hostname.startsWith('api.')) return `${url.protocol}//${url.host.slice('api.'.length)}`;
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/api\/v3\/?$/, '').replace(/\/$/, '')}`;
}
