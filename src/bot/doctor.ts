/** What works with the credential and the tools at hand, and what does not; each line with what would change it. */

import { openGit } from './git/git.ts';
import type { Credential } from './github/credential.ts';
import { isRemote } from './remote-error.ts';
import type { Session } from './session.ts';

export interface Finding {
  readonly level: 'ok' | 'note' | 'fail';
  readonly text: string;
}

export interface DoctorOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `owner/name` to try the credential on. */
  readonly repository?: string;
}

const ok = (text: string): Finding => ({ level: 'ok', text });
const note = (text: string): Finding => ({ level: 'note', text });
const fail = (text: string): Finding => ({ level: 'fail', text });

/** Asks git, then GitHub; reads only. */
export async function* diagnose(session: Session, { env, repository }: DoctorOptions): AsyncGenerator<Finding, void> {
  yield await git(session);
  const { credential } = session;
  if (credential === undefined) {
    yield fail(
      'no credential: set GITHUB_TOKEN (or DOCKMOD_TOKEN, GH_TOKEN), or DOCKMOD_APP_ID and DOCKMOD_APP_PRIVATE_KEY. Without one: --forge local, and dry runs on public repositories',
    );
    return;
  }
  yield ok(`credential: ${describe(credential)}, from ${credential.from}`);
  yield* consequences(credential, env);
  const owner = repository?.split('/')[0];
  yield* credential.kind === 'app' ? installation(session, owner) : account(session, credential, owner);
  if (repository !== undefined) yield* access(session, repository);
  else yield note('name --repo owner/name to try the credential on a repository');
}

async function git({ home }: Session): Promise<Finding> {
  try {
    const version = (await (await openGit(home.dir, home)).run(['--version'])).trim();
    const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
    if (major < 2 || (major === 2 && minor < 31)) return fail(`${version}: 2.31 or later is needed`);
    return minor < 38 && major === 2 ? note(`${version}: conflicts of local branches are not seen before 2.38`) : ok(version);
  } catch {
    return fail('git is not installed, or does not start');
  }
}

function describe(credential: Credential): string {
  if (credential.kind === 'app') return `GitHub App ${credential.appId}`;
  return {
    installation: "installation token (GitHub Actions, or a GitHub App's)",
    'fine-grained': 'fine-grained personal access token',
    classic: 'classic personal access token',
    user: 'user token',
    unknown: 'token of an unknown kind',
  }[credential.type];
}

/** What GitHub documents about each kind of credential. */
function* consequences(credential: Credential, env: DoctorOptions['env']): Generator<Finding> {
  const actions =
    env['GITHUB_ACTIONS'] === 'true' &&
    credential.kind === 'token' &&
    credential.from === 'GITHUB_TOKEN' &&
    credential.type === 'installation';
  const signs = credential.kind === 'app' || credential.type === 'installation';
  if (actions) {
    yield note("workflow triggers: pull requests made with GITHUB_TOKEN start no workflows; a GitHub App's or a personal token does");
    yield note('cross-repository: GITHUB_TOKEN reaches its own repository only; --org and --repos need a GitHub App or a personal token');
    yield note('the setting "Allow GitHub Actions to create and approve pull requests" must be on (Settings, Actions, General)');
  } else {
    yield ok('workflow triggers: its pull requests start workflows');
    if (credential.kind === 'app') yield ok('cross-repository: every repository of an installation');
    else if (credential.type === 'fine-grained')
      yield note('cross-repository: the repositories of one owner that were chosen for the token');
    else yield ok('cross-repository: what its owner may see');
  }
  yield signs
    ? ok('signing: commits are made through the API, and GitHub signs them')
    : note('signing: commits are pushed by git and not signed; branches that require signatures need a GitHub App');
}

async function* account(
  { platform }: Session,
  credential: Extract<Credential, { readonly kind: 'token' }>,
  owner = '',
): AsyncGenerator<Finding, void> {
  const { octokit } = await platform.client(owner);
  try {
    const { data, headers } = await octokit.rest.rateLimit.get();
    yield ok(`GitHub answers; ${data.resources.core.remaining} of ${data.resources.core.limit} requests are left in this hour`);
    const scopes = headers['x-oauth-scopes'];
    if (credential.type !== 'classic' || scopes === undefined) return;
    const granted = new Set(scopes.split(',').map((scope) => scope.trim()));
    yield granted.has('repo') ? ok('scope repo') : fail('the scope `repo` is missing: nothing can be pushed');
    if (!granted.has('workflow')) yield note('the scope `workflow` is missing: changes of files in .github/workflows are refused');
  } catch (error) {
    yield refusal(error);
  }
}

/** What the App was granted, and where it is installed. */
async function* installation({ platform }: Session, owner: string | undefined): AsyncGenerator<Finding, void> {
  if (owner === undefined) return;
  try {
    const { octokit } = await platform.client(owner);
    const { data } = await octokit.rest.apps.listReposAccessibleToInstallation({ per_page: 1 });
    yield ok(`installed at ${owner}, for ${data.total_count} ${data.total_count === 1 ? 'repository' : 'repositories'}`);
  } catch (error) {
    yield refusal(error);
  }
}

async function* access({ platform, credential }: Session, name: string): AsyncGenerator<Finding, void> {
  try {
    const [owner = '', repo = ''] = name.split('/');
    const { octokit } = await platform.client(owner);
    const { data } = await octokit.rest.repos.get({ owner, repo });
    yield ok(`${name}: can be read; the default branch is ${data.default_branch}`);
    const { skip } = await platform.repository(name);
    if (skip !== undefined) yield note(`${name}: is skipped: ${skip.detail}`);
    if (data.permissions !== undefined && credential?.kind === 'token')
      yield data.permissions.push
        ? ok(`${name}: can be pushed to`)
        : fail(`${name}: cannot be pushed to; the credential needs contents: write and pull-requests: write`);
  } catch (error) {
    yield refusal(error, name);
  }
}

function refusal(error: unknown, name = ''): Finding {
  if (!isRemote(error)) throw error;
  const what = name === '' ? '' : `${name}: `;
  if (error.kind === 'unauthorised') return fail(`${what}GitHub refuses the credential: it is wrong, expired or revoked`);
  if (error.kind === 'not-found') return fail(`${what}does not exist, or the credential may not see it`);
  return fail(`${what}${error.message}`);
}
