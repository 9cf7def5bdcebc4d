import { expect, it, describe } from 'vitest';

import { parseState } from '../../../src/bot/hidden-state.ts';
import { RemoteError } from '../../../src/bot/remote-error.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { BEFORE, githubBot, type GitHubBot } from '../../support/github/bot.ts';
import { deleteBranch, gitIn, readBranches } from '../../support/github/objects.ts';
import { TOKEN } from '../../support/github/server.ts';
import { pullIn } from '../../support/github/world.ts';
import { planOf } from '../../support/plans.ts';

const OTHER = 'FROM scratch\nCMD ["/app"]\n';

const SECONDARY = (seconds: number) => ({
  status: 403,
  headers: { 'retry-after': String(seconds) },
  body: {
    message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    documentation_url: 'https://docs.github.com',
  },
});

/** One more run without faults: exactly one right pull request for each service that changes, and nothing left to do. */
async function expectConverged(bot: GitHubBot, plans: readonly Plan[]): Promise<void> {
  await bot.run(plans);
  const open = bot.repository.pulls.filter(({ state }) => state === 'open');
  expect(open.map(({ branch }) => branch).sort()).toEqual(
    plans
      .filter(({ changes }) => changes.length > 0)
      .map(({ service }) => `dockmod/${service}`)
      .sort(),
  );
  for (const plan of plans) {
    const pull = open.find(({ branch }) => branch === `dockmod/${plan.service}`);
    if (pull === undefined) continue;
    const state = parseState(pull.body);
    expect(state).toMatchObject({ plan: plan.hash, head: readBranches(bot.repository.dir).get(pull.branch) });
    for (const { path, after } of plan.changes) expect(await gitIn(bot.repository.dir, 'show', `${pull.branch}:${path}`)).toBe(after);
    expect((await gitIn(bot.repository.dir, 'rev-list', '--count', `main..${pull.branch}`)).trim()).toBe('1');
  }
  expect(await bot.writes(plans)).toEqual([]);
  expect(bot.server.violations).toEqual([]);
}

describe('when GitHub has a bad day', () => {
  it('a short secondary rate limit is waited for', async () => {
    const bot = await githubBot(['api']);
    bot.server.faults.push({
      times: 2,
      when: 'before',
      on: ({ method, path }) => method === 'POST' && path.endsWith('/pulls'),
      how: SECONDARY(2),
    });
    expect(await bot.outcomes([planOf('api')])).toEqual({ api: 'created' });
    expect(bot.warnings.join()).toContain('GitHub asks to wait 2 s');
    await expectConverged(bot, [planOf('api')]);
  });

  it('a long one stops the run, and the next run goes on', async () => {
    const bot = await githubBot(['api', 'web']);
    const plans = [planOf('api'), planOf('web')];
    bot.server.faults.push({
      times: 1,
      when: 'before',
      on: ({ method, path }) => method === 'POST' && path.endsWith('/pulls'),
      how: SECONDARY(3000),
    });
    await expect(bot.run(plans)).rejects.toMatchObject({ kind: 'rate-limited', retryAfter: 3000 });
    expect(bot.repository.pulls).toEqual([]);
    await expectConverged(bot, plans);
  });

  it('a storm of 5xx is ridden out; what it had done all the same is not done twice', async () => {
    for (const when of ['before', 'after'] as const) {
      const bot = await githubBot(['api', 'web']);
      const plans = [planOf('api'), planOf('web')];
      const seen = new Set<string>();
      // Every request that writes fails the first time.
      bot.server.faults.push({
        times: 100,
        when,
        on: ({ method, path }) => method !== 'GET' && !seen.has(`${method} ${path}`) && seen.add(`${method} ${path}`) !== undefined,
        how: { status: 502, body: { message: 'Server Error' } },
      });
      expect(Object.values(await bot.outcomes(plans)).every((outcome) => outcome === 'created' || outcome === 'unchanged')).toBe(true);
      expect(bot.repository.pulls.map(({ labels }) => [...labels])).toEqual([['dockmod'], ['dockmod']]);
      bot.server.faults.length = 0;
      await expectConverged(bot, plans);
    }
  });

  it('an outage is a failure of each service, and the next run goes on', async () => {
    const bot = await githubBot(['api', 'web']);
    const plans = [planOf('api'), planOf('web')];
    bot.server.faults.push({
      times: 1000,
      when: 'before',
      on: ({ method }) => method !== 'GET',
      how: { status: 503, body: { message: 'Unavailable' } },
    });
    expect(await bot.outcomes(plans)).toEqual({ api: 'failed', web: 'failed' });
    bot.server.faults.length = 0;
    await expectConverged(bot, plans);
  });

  it('a token that is revoked half way stops the run at once; with a new one it goes on', async () => {
    const bot = await githubBot(['api', 'web']);
    const plans = [planOf('api'), planOf('web')];
    const token = bot.server.tokens.get(TOKEN);
    if (token === undefined) throw new Error('no token');
    bot.server.faults.push({
      times: 1,
      when: 'before',
      on: ({ method, path }) => method === 'POST' && path.endsWith('/pulls'),
      how: () => {
        token.revoked = true;
      },
    });
    const failure = await bot.run(plans).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(RemoteError);
    expect(failure).toMatchObject({ kind: 'unauthorised' });
    expect(String(failure)).not.toContain(TOKEN);
    token.revoked = false;
    await expectConverged(bot, plans);
  });
});

describe('when somebody is faster', () => {
  it('"already exists": another run opened the pull request in the same moment', async () => {
    const bot = await githubBot(['api']);
    const other = await githubBot(['api']);
    await other.run([planOf('api')]);
    // What the other run would have written, in the moment before ours is made.
    bot.server.faults.push({
      times: 1,
      when: 'before',
      on: ({ method, path }) => method === 'POST' && path.endsWith('/pulls'),
      how: () => {
        const head = readBranches(bot.repository.dir).get('dockmod/api') ?? '';
        const made = pullIn(other.repository, 1);
        bot.repository.pulls.push({
          ...made,
          head,
          number: ++bot.repository.number,
          body: made.body.replace(parseState(made.body)?.head ?? '', head),
        });
      },
    });
    expect(['created', 'unchanged', 'updated']).toContain((await bot.outcomes([planOf('api')]))['api']);
    await expectConverged(bot, [planOf('api')]);
  });

  it('the branch is deleted between pushing and opening: it is offered anew', async () => {
    const bot = await githubBot(['api']);
    bot.server.faults.push({
      times: 1,
      when: 'before',
      on: ({ method, path }) => method === 'POST' && path.endsWith('/pulls'),
      how: () => deleteBranch(bot.repository.dir, 'dockmod/api'),
    });
    expect(await bot.outcomes([planOf('api')])).toEqual({ api: 'created' });
    await expectConverged(bot, [planOf('api')]);
  });

  it('the branch is deleted while it is updated: that declines nothing that was not offered', async () => {
    const bot = await githubBot(['api']);
    await bot.run([planOf('api')]);
    bot.server.faults.push({
      times: 1,
      when: 'before',
      on: ({ path }) => path === '/graphql',
      how: () => deleteBranch(bot.repository.dir, 'dockmod/api'),
    });
    expect(await bot.outcomes([planOf('api', { after: OTHER })])).toEqual({ api: 'created' });
    await expectConverged(bot, [planOf('api', { after: OTHER })]);
  });

  it('a branch that changes all the time is left to the next run', async () => {
    const bot = await githubBot(['api']);
    await bot.run([planOf('api')]);
    bot.server.faults.push({
      times: 100,
      when: 'after',
      on: ({ path }) => path.endsWith('/git/commits'),
      how: () => deleteBranch(bot.repository.dir, 'dockmod/api'),
    });
    const reports = await bot.run([planOf('api', { after: OTHER })]);
    expect(['deferred', 'created']).toContain(reports[0]?.outcome);
    bot.server.faults.length = 0;
    await expectConverged(bot, [planOf('api', { after: OTHER })]);
  });
});

describe('stopped at every step', () => {
  /** A run that creates, updates, closes and retries. */
  async function scene(): Promise<{ readonly bot: GitHubBot; readonly plans: readonly Plan[] }> {
    const bot = await githubBot(['api', 'web', 'job', 'cron']);
    await bot.run([planOf('web'), planOf('job'), planOf('cron')]);
    pullIn(bot.repository, 3).labels.add('dockmod:retry');
    return { bot, plans: [planOf('api'), planOf('web', { after: OTHER }), planOf('job', { after: BEFORE }), planOf('cron')] };
  }

  it('running again always ends in one right pull request per service', async () => {
    const whole = await scene();
    const steps = (await whole.bot.writes(whole.plans)).length;
    expect(steps).toBeGreaterThanOrEqual(15);
    for (let step = 0; step < steps; step++) {
      const { bot, plans } = await scene();
      const done = bot.server.writes.length;
      // From here on nothing reaches GitHub any more, as when the process is gone.
      bot.server.faults.push({ times: Infinity, when: 'before', on: ({ writes }) => writes >= done + step, how: 'drop' });
      await bot.run(plans).catch(() => undefined);
      expect(bot.server.writes.length - done).toBe(step);
      bot.server.faults.length = 0;
      await expectConverged(bot, plans);
      expect(pullIn(bot.repository, 2)).toMatchObject({ state: 'closed' });
      expect(bot.repository.pulls).toHaveLength(4);
    }
  }, 120_000);
});
