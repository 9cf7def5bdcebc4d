import { describe, expect, it, onTestFinished } from 'vitest';

import { createGitHome } from '../../../src/bot/git/home.ts';
import { planRepository } from '../../../src/bot/plan-many.ts';
import { RemoteError } from '../../../src/bot/remote-error.ts';
import { runPlans } from '../../../src/bot/run.ts';
import { REPOSITORY_PLAN_SCHEMA, type RepositoryPlan } from '../../../src/bot/repository-plan.ts';
import { DEFAULT_BOT } from '../../../src/plan/configuration.ts';
import { BEFORE, githubBot, type GitHubBot } from '../../support/github/bot.ts';
import { readBranches } from '../../support/github/objects.ts';
import { pullIn } from '../../support/github/world.ts';
import { planOf } from '../../support/plans.ts';

/** A plan of everything in a repository of the server. */
function planFor(bot: GitHubBot, name: string, services: readonly string[], fields: Partial<RepositoryPlan> = {}): RepositoryPlan {
  const repository = bot.server.world.repositories.get(name);
  return {
    schema: REPOSITORY_PLAN_SCHEMA,
    repository: name,
    base: { branch: 'main', sha: readBranches(repository?.dir ?? '').get('main') ?? '' },
    bot: DEFAULT_BOT,
    plans: services.map((service) => planOf(service)),
    complete: true,
    ...fields,
  };
}

async function run(bot: GitHubBot, plans: readonly RepositoryPlan[]) {
  async function* each(): AsyncGenerator<RepositoryPlan, void> {
    yield* plans;
  }
  return runPlans(each(), {
    transforms: new Map(),
    retracted: new Set(),
    recreate: new Set(),
    tool: '1',
    dryRun: false,
    redact: (text) => text,
    warn: (message) => void bot.warnings.push(message),
    now: () => bot.time.now,
    forgeFor: ({ repository }) => bot.platform.forge(repository),
  });
}

const FILES = { 'services/api/Dockerfile': BEFORE, 'services/web/Dockerfile': BEFORE };

describe('a run over repositories', () => {
  it('stops writing when the limits are used up, reports the rest as deferred, and goes on the next time', async () => {
    const bot = await githubBot([]);
    for (const name of ['a', 'b', 'c']) await bot.server.world.add(`org/${name}`, FILES);
    const plans = ['org/a', 'org/b', 'org/c'].map((name) => planFor(bot, name, ['api', 'web']));
    bot.server.faults.push({
      times: 1,
      when: 'before',
      on: ({ method, path }) => method === 'POST' && path === '/repos/org/b/pulls',
      how: { status: 403, headers: { 'retry-after': '2000' }, body: { message: 'You have exceeded a secondary rate limit.' } },
    });
    const report = await run(bot, plans);
    expect(report.stopped).toMatchObject({ reason: 'rate-limited', retryAfterSeconds: 2000 });
    expect(report.outcomes).toMatchObject({ created: 2, deferred: 4 });
    const requests = bot.server.requests.length;
    expect(bot.server.requests.slice(requests).some((request) => request.includes('org/c'))).toBe(false);
    expect((await run(bot, plans)).outcomes).toMatchObject({ created: 4, unchanged: 2, deferred: 0 });
    expect(bot.server.violations).toEqual([]);
  });

  it('asks one question of a repository where everything is as it should be', async () => {
    const bot = await githubBot(['api', 'web']);
    const plan = planFor(bot, 'octo/shop', ['api', 'web']);
    await run(bot, [plan]);
    const before = bot.server.requests.length;
    expect((await run(bot, [plan])).outcomes).toMatchObject({ unchanged: 2 });
    expect(bot.server.requests.slice(before)).toEqual(['GET /api/v3/repos/octo/shop/pulls']);
  });

  it('goes on after a repository that fails', async () => {
    const bot = await githubBot(['api']);
    const report = await run(bot, [{ ...planFor(bot, 'octo/shop', ['web']), repository: 'octo/gone' }, planFor(bot, 'octo/shop', ['api'])]);
    expect(report.repositories.map(({ services }) => services.map(({ outcome }) => outcome))).toEqual([['failed'], ['created']]);
    expect(bot.warnings.join()).toContain('octo/gone');
  });

  it('closes what is open where the last Dockerfile is gone, and only there', async () => {
    const bot = await githubBot(['api']);
    await run(bot, [planFor(bot, 'octo/shop', ['api'])]);
    await run(bot, [planFor(bot, 'octo/shop', [], { skip: { reason: 'configuration', detail: 'broken' }, complete: false })]);
    expect(pullIn(bot.repository, 1).state).toBe('open');
    await run(bot, [planFor(bot, 'octo/shop', [], { skip: { reason: 'no-dockerfile', detail: 'none' } })]);
    expect(pullIn(bot.repository, 1).state).toBe('closed');
  });

  it('keeps the dashboard: one issue, rewritten only when it changes, and obeys its boxes', async () => {
    const bot = await githubBot(['api', 'web']);
    const plan = planFor(bot, 'octo/shop', ['api', 'web'], { bot: { ...DEFAULT_BOT, dashboard: true } });
    await run(bot, [plan]);
    const [issue] = bot.repository.issues;
    expect(issue?.body).toContain('| `api` | open |');
    const writes = bot.server.writes.length;
    await run(bot, [plan]);
    expect(bot.server.writes.length).toBe(writes);
    Object.assign(pullIn(bot.repository, 1), { state: 'closed', closedBy: 'pat' });
    await run(bot, [plan]);
    expect(issue?.body).toContain('- [ ] offer the change of `api` again');
    if (issue !== undefined) issue.body = issue.body.replace('- [ ]', '- [x]');
    expect((await run(bot, [plan])).outcomes).toMatchObject({ created: 1 });
    expect(issue?.body).not.toContain('[x]');
    expect(bot.repository.issues).toHaveLength(1);
    // A box whose wish has to wait stays ticked, and costs one write, not one each run.
    Object.assign(bot.repository.pulls.at(-1) ?? {}, { state: 'closed', closedBy: 'pat' });
    const full = { ...plan, bot: { ...plan.bot, limits: { ...plan.bot.limits, openPullRequests: 1 } } };
    await run(bot, [full]);
    if (issue !== undefined) issue.body = issue.body.replace('- [ ]', '- [x]');
    expect((await run(bot, [full])).outcomes).toMatchObject({ deferred: 1 });
    expect(issue?.body).toContain('[x]');
    const still = bot.server.writes.length;
    await run(bot, [full]);
    expect(bot.server.writes.length).toBe(still);
    expect((await run(bot, [plan])).outcomes).toMatchObject({ created: 1 });
    // A run over some services says nothing of the others; a closed issue stays closed.
    const before = issue?.body;
    await run(bot, [{ ...plan, plans: plan.plans.slice(0, 1), complete: false }]);
    Object.assign(issue ?? {}, { state: 'closed' });
    Object.assign(pullIn(bot.repository, 2), { state: 'closed', closedBy: 'pat' });
    await run(bot, [plan]);
    expect(issue?.body).toBe(before);
    expect(bot.repository.issues).toHaveLength(1);
    expect(bot.server.violations).toEqual([]);
  });

  it('needs no issues: where they are switched off, a dashboard is a warning', async () => {
    const bot = await githubBot(['api']);
    bot.server.faults.push({
      times: 9,
      when: 'before',
      on: ({ path }) => path.endsWith('/issues'),
      how: { status: 410, body: { message: 'Issues are disabled for this repo' } },
    });
    expect((await run(bot, [planFor(bot, 'octo/shop', ['api'], { bot: { ...DEFAULT_BOT, dashboard: true } })])).outcomes).toMatchObject({
      created: 1,
      failed: 0,
    });
    expect(bot.warnings.join()).toContain('dashboard');
  });

  it('reports what was done when planning itself is told to stop', async () => {
    const bot = await githubBot(['api']);
    const plan = planFor(bot, 'octo/shop', ['api']);
    async function* planning(): AsyncGenerator<RepositoryPlan, void> {
      yield plan;
      throw new RemoteError('rate-limited', 'GET /orgs/octo/repos: 403', { retryAfter: 60 });
    }
    const report = await runPlans(planning(), {
      transforms: new Map(),
      retracted: new Set(),
      recreate: new Set(),
      tool: '1',
      dryRun: false,
      redact: (text) => text,
      warn: () => undefined,
      now: () => bot.time.now,
      forgeFor: ({ repository }) => bot.platform.forge(repository),
    });
    expect(report).toMatchObject({ outcomes: { created: 1 }, stopped: { reason: 'rate-limited', retryAfterSeconds: 60 } });
  });

  it('planning stops when the platform says so, and goes on after a repository that cannot be cloned', async () => {
    const bot = await githubBot(['api']);
    const home = await createGitHome(process.env);
    onTestFinished(() => home.dispose());
    const options = { platform: bot.platform, home, width: 1, redact: (text: string) => text };
    bot.server.faults.push({ times: 1, when: 'before', on: ({ method }) => method === 'GIT', how: { status: 401, body: 'who are you' } });
    expect((await planRepository({ name: 'octo/shop', defaultBranch: 'main' }, options)).skip?.reason).toBe('failed');
    bot.server.faults.push({ times: 1, when: 'before', on: ({ method }) => method === 'GIT', how: { status: 503, body: 'in a moment' } });
    expect((await planRepository({ name: 'octo/shop', defaultBranch: 'main' }, options)).skip).toBeUndefined();
    expect((await planRepository({ name: 'octo/shop', defaultBranch: 'gone' }, options)).skip?.reason).toBe('empty');
    bot.server.faults.push({ times: 9, when: 'before', on: ({ method }) => method === 'GIT', how: { status: 429, body: 'slow down' } });
    await expect(planRepository({ name: 'octo/shop', defaultBranch: 'main' }, options)).rejects.toMatchObject({ kind: 'rate-limited' });
    bot.server.faults.length = 0;
    expect((await planRepository({ name: 'octo/shop', defaultBranch: 'main' }, options)).plans).toHaveLength(1);
  });
});
