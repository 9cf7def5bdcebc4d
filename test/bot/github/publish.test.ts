import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { branchFor } from '../../../src/bot/branch-name.ts';
import { parseState } from '../../../src/bot/hidden-state.ts';
import { DEFAULT_BOT } from '../../../src/plan/configuration.ts';
import { BEFORE, githubBot, type GitHubBot } from '../../support/github/bot.ts';
import { deleteBranch, gitIn, readBranches, readCommit } from '../../support/github/objects.ts';
import { commit, mergePull, pullIn, renameDefault, updateBranch } from '../../support/github/world.ts';
import { BUILT, planOf } from '../../support/plans.ts';

const OTHER = 'FROM scratch\nCMD ["/app"]\n';

const head = ({ repository }: GitHubBot, service = 'api'): string | undefined => readBranches(repository.dir).get(`dockmod/${service}`);

describe.each(['api', 'git'] as const)('publishing to GitHub by %s', (push) => {
  it('makes one pull request per service with its size table, and the second run makes no write call', async () => {
    const bot = await githubBot(['api', 'web', 'job', 'done'], { push });
    const plans = [planOf('api', { size: BUILT }), planOf('web'), planOf('job'), planOf('done', { after: BEFORE })];
    expect(await bot.outcomes(plans)).toEqual({ api: 'created', web: 'created', job: 'created', done: 'clean' });
    expect(bot.repository.pulls.map(({ branch, draft, title }) => [branch, draft, title])).toEqual([
      ['dockmod/api', false, 'Dockerfile of api: distroless (893 MB → 7.7 MB)'],
      ['dockmod/web', true, 'Dockerfile of web: distroless'],
      ['dockmod/job', true, 'Dockerfile of job: distroless'],
    ]);
    expect(bot.repository.pulls[0]?.body).toContain('| `api` | pull | 893 MB | 7.7 MB | −99.1 % |');
    expect([...(bot.repository.pulls[0]?.labels ?? [])]).toEqual(['dockmod']);
    expect(parseState(bot.repository.pulls[0]?.body ?? '')?.head).toBe(head(bot));
    expect(await bot.writes(plans)).toEqual([]);
    expect(await bot.outcomes(plans)).toEqual({ api: 'unchanged', web: 'unchanged', job: 'unchanged', done: 'clean' });
    expect(bot.server.violations).toEqual([]);
  });

  it('changes the planned files alone, keeps their modes and makes one commit on the base', async () => {
    const bot = await githubBot(['api'], { push });
    const plan = planOf('api', {
      changes: [
        { path: 'services/run.sh' as never, before: '#!/bin/sh\n', after: '\ufeff#!/bin/sh\r\nexec "$@"' },
        { path: 'new/deep/file' as never, before: undefined, after: '' },
      ],
    });
    await bot.run([plan]);
    expect(await gitIn(bot.repository.dir, 'diff', '--raw', '--abbrev=8', 'main', 'dockmod/api')).toMatch(
      /^:000000 100644 \S+ \S+ A\tnew\/deep\/file\n:100755 100755 \S+ \S+ M\tservices\/run\.sh\n$/,
    );
    expect(await gitIn(bot.repository.dir, 'show', 'dockmod/api:services/run.sh')).toBe('\ufeff#!/bin/sh\r\nexec "$@"');
    const made = await readCommit(bot.repository.dir, head(bot) ?? '');
    expect(made?.parents).toEqual([readBranches(bot.repository.dir).get('main')]);
    expect(made?.message).toContain(`Dockmod-Plan: ${plan.hash}\nDockmod-Tree: ${made?.tree}`);
    expect(await gitIn(bot.repository.dir, 'fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('moves its own branch in place when the plan changes', async () => {
    const bot = await githubBot(['api'], { push });
    await bot.run([planOf('api')]);
    expect(await bot.outcomes([planOf('api', { after: OTHER })])).toEqual({ api: 'updated' });
    expect(bot.repository.pulls).toHaveLength(1);
    expect(await gitIn(bot.repository.dir, 'show', 'dockmod/api:services/api/Dockerfile')).toBe(OTHER);
    expect(await bot.writes([planOf('api', { after: OTHER })])).toEqual([]);
    expect(bot.server.violations).toEqual([]);
  });

  it("loses a push race without losing the other one's work", async () => {
    const bot = await githubBot(['api', 'web'], { push });
    await bot.run([planOf('api'), planOf('web')]);
    let theirs = '';
    // A person pushes after the bot has looked at the branch, in the very moment before the bot moves it.
    bot.server.faults.push({
      times: 1,
      when: 'before',
      on: ({ method, path }) => method === 'PUSH' || path === '/graphql',
      how: async () => {
        theirs = await commit(bot.repository, 'dockmod/api', { mine: 'x' }, 'Mine', bot.time.now);
      },
    });
    expect(await bot.outcomes([planOf('api', { after: OTHER }), planOf('web')])).toEqual({ api: 'modified', web: 'unchanged' });
    expect(head(bot)).toBe(theirs);
    // The same when the branch appears while the bot creates it.
    const late = await githubBot(['api'], { push });
    late.server.faults.push({
      times: 1,
      when: 'before',
      on: ({ method, path }) => method === 'PUSH' || path.endsWith('/git/refs'),
      how: async () => {
        theirs = await commit(late.repository, 'dockmod/api', { mine: 'x' }, 'Mine', late.time.now, [
          readBranches(late.repository.dir).get('main') ?? '',
        ]);
      },
    });
    expect(await late.outcomes([planOf('api')])).toEqual({ api: 'modified' });
    expect(head(late)).toBe(theirs);
    expect(late.repository.pulls).toEqual([]);
  });

  it("leaves a person's commit alone", async () => {
    const bot = await githubBot(['api'], { push });
    await bot.run([planOf('api')]);
    const theirs = await commit(bot.repository, 'dockmod/api', { mine: 'x' }, 'Mine', bot.time.now);
    for (const plan of [planOf('api'), planOf('api', { after: OTHER })]) {
      expect(await bot.writes([plan])).toEqual([]);
      expect(await bot.outcomes([plan])).toEqual({ api: 'modified' });
    }
    expect(await bot.outcomes([])).toEqual({ api: 'modified' });
    expect(head(bot)).toBe(theirs);
  });

  it('says when the base is not what the plan was made from, and when it is gone', async () => {
    const bot = await githubBot(['api'], { push });
    const stale = await bot.run([planOf('api', { before: 'FROM other\n' })]);
    expect(stale[0]).toMatchObject({
      outcome: 'failed',
      because: expect.stringContaining('services/api/Dockerfile is not what the plan was made from'),
    });
    const gone = await bot.run([planOf('api')], { base: 'f'.repeat(40) });
    expect(gone[0]).toMatchObject({ outcome: 'failed', because: expect.stringContaining('not in the repository any more') });
    expect(bot.repository.pulls).toEqual([]);
  });
});

describe('what people do', () => {
  it('a closed pull request stays declined until it is reopened, labelled or recreated', async () => {
    const bot = await githubBot(['api']);
    await bot.run([planOf('api')]);
    const first = pullIn(bot.repository, 1);
    Object.assign(first, { state: 'closed', closedBy: 'pat' });
    expect(await bot.writes([planOf('api')])).toEqual([]);
    expect(await bot.outcomes([planOf('api')])).toEqual({ api: 'declined' });
    first.state = 'open';
    expect(await bot.outcomes([planOf('api')])).toEqual({ api: 'unchanged' });
    first.state = 'closed';
    first.labels.add('dockmod:retry');
    expect(await bot.outcomes([planOf('api')])).toEqual({ api: 'created' });
    expect(bot.repository.pulls.map(({ number, state }) => [number, state])).toEqual([
      [1, 'closed'],
      [2, 'open'],
    ]);
    Object.assign(pullIn(bot.repository, 2), { state: 'closed', closedBy: 'pat' });
    expect(await bot.outcomes([planOf('api')])).toEqual({ api: 'declined' });
    expect(await bot.outcomes([planOf('api')], { recreate: new Set(['api']) })).toEqual({ api: 'created' });
    expect(bot.server.violations).toEqual([]);
  });

  it('deleting the branch declines, too', async () => {
    const bot = await githubBot(['api']);
    await bot.run([planOf('api')]);
    deleteBranch(bot.repository.dir, 'dockmod/api');
    expect(await bot.outcomes([planOf('api')])).toEqual({ api: 'declined' });
  });

  it('a merged pull request is done; undoing the merge is a decision, another plan is a new offer', async () => {
    const bot = await githubBot(['api']);
    await bot.run([planOf('api')]);
    await mergePull(bot.repository, 1, bot.time.now);
    expect(await bot.outcomes([planOf('api', { before: OTHER, after: OTHER })])).toEqual({ api: 'clean' });
    await commit(bot.repository, 'main', { 'services/api/Dockerfile': BEFORE }, 'Revert', bot.time.now);
    expect(await bot.outcomes([planOf('api')])).toEqual({ api: 'declined' });
    expect(await bot.outcomes([planOf('api', { after: OTHER })])).toEqual({ api: 'created' });
    expect(bot.repository.pulls.filter(({ state }) => state === 'open')).toHaveLength(1);
    expect(bot.server.violations).toEqual([]);
  });

  it('"Update branch" changes nothing; a moved base without a conflict neither; with a conflict the branch is made anew', async () => {
    const bot = await githubBot(['api']);
    await bot.run([planOf('api')]);
    await commit(bot.repository, 'main', { 'README.md': 'moved\n' }, 'Moved', bot.time.now);
    expect(await bot.writes([planOf('api')])).toEqual([]);
    await updateBranch(bot.repository, 1, bot.time.now);
    expect(await bot.writes([planOf('api')])).toEqual([]);
    expect(await bot.outcomes([planOf('api')])).toEqual({ api: 'unchanged' });
    const updated = head(bot);
    expect(await bot.outcomes([planOf('api', { after: OTHER })])).toEqual({ api: 'updated' });
    expect(head(bot)).not.toBe(updated);
    await commit(bot.repository, 'main', { 'services/api/Dockerfile': 'FROM alpine:3.20\nCMD ["/app"]\n' }, 'Bump', bot.time.now);
    expect(
      await bot.outcomes([
        planOf('api', { before: 'FROM alpine:3.20\nCMD ["/app"]\n', after: OTHER, hash: planOf('api', { after: OTHER }).hash }),
      ]),
    ).toEqual({ api: 'updated' });
    expect(await gitIn(bot.repository.dir, 'merge-tree', '--write-tree', 'main', 'dockmod/api')).toMatch(/^[0-9a-f]{40}\n$/);
    expect(bot.server.violations).toEqual([]);
  });

  it("a merge that takes in somebody's branch is work", async () => {
    const bot = await githubBot(['api']);
    await bot.run([planOf('api')]);
    const main = readBranches(bot.repository.dir).get('main') ?? '';
    const feature = await commit(bot.repository, 'feature', { feature: 'x' }, 'Feature', bot.time.now, [main]);
    await commit(bot.repository, 'dockmod/api', { feature: 'x' }, 'Merge', bot.time.now, [head(bot) ?? '', feature]);
    expect(await bot.outcomes([planOf('api', { after: OTHER })])).toEqual({ api: 'modified' });
  });

  it('what is in the merge queue, or about to be merged, is left alone', async () => {
    const bot = await githubBot(['api']);
    await bot.run([planOf('api')]);
    const pull = pullIn(bot.repository, 1);
    pull.inMergeQueue = true;
    expect(await bot.writes([planOf('api', { after: OTHER })])).toEqual([]);
    Object.assign(pull, { inMergeQueue: false, autoMerge: true });
    expect(await bot.writes([planOf('api', { after: OTHER })])).toEqual([]);
    pull.autoMerge = false;
    expect(await bot.outcomes([planOf('api', { after: OTHER })])).toEqual({ api: 'updated' });
  });

  it('a server that knows no merge queue has none; one whose points are used up stops the run', async () => {
    const bot = await githubBot(['api']);
    await bot.run([planOf('api')]);
    const answer = (error: object) => ({
      times: 1,
      when: 'before' as const,
      on: ({ path }: { readonly path: string }) => path === '/graphql',
      how: { status: 200, body: { data: null, errors: [error] } },
    });
    bot.server.faults.push(answer({ type: 'undefinedField', message: "Field 'isInMergeQueue' doesn't exist on type 'PullRequest'" }));
    expect(await bot.outcomes([planOf('api', { after: OTHER })])).toEqual({ api: 'updated' });
    bot.server.faults.push({ ...answer({ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }), times: 100 });
    await expect(bot.run([planOf('api')])).rejects.toMatchObject({ kind: 'rate-limited' });
  });

  it('a person who marks it ready, edits the title, or writes below the text is respected', async () => {
    const bot = await githubBot(['api']);
    await bot.run([planOf('api')]);
    const pull = pullIn(bot.repository, 1);
    Object.assign(pull, { draft: false, title: 'PLAT-1: slim api', body: `${pull.body.replaceAll('\n', '\r\n')}\r\nafter the release` });
    expect(await bot.writes([planOf('api')])).toEqual([]);
    await bot.run([planOf('api', { after: OTHER })]);
    expect(pull).toMatchObject({ draft: false, title: 'PLAT-1: slim api', body: expect.stringMatching(/after the release$/) });
  });

  it('a renamed default branch is followed', async () => {
    const bot = await githubBot(['api', 'web']);
    await bot.run([planOf('api')]);
    renameDefault(bot.repository, 'trunk');
    expect(await bot.outcomes([planOf('api'), planOf('web')])).toEqual({ api: 'unchanged', web: 'created' });
    expect(bot.repository.pulls.map(({ base }) => base)).toEqual(['trunk', 'trunk']);
  });

  it('what the bot closes says why, and can come back', async () => {
    const bot = await githubBot(['api', 'web']);
    await bot.run([planOf('api'), planOf('web')]);
    expect(await bot.outcomes([planOf('api', { after: BEFORE })])).toEqual({ api: 'closed', web: 'closed' });
    const pull = pullIn(bot.repository, 1);
    expect(pull).toMatchObject({ state: 'closed', comments: [expect.stringContaining('already-migrated')] });
    expect(pull.labels).toContain('dockmod:superseded');
    expect(await bot.outcomes([planOf('api')])).toEqual({ api: 'created' });
    const recalled = await bot.run([planOf('api', { after: BEFORE })], { retracted: new Set(['distroless']) });
    expect(recalled[0]?.because).toContain('retracted');
    // A person reopens what the bot has closed: not closed again.
    const last = bot.repository.pulls.at(-1);
    Object.assign(last ?? {}, { state: 'open' });
    expect(await bot.outcomes([planOf('api', { after: BEFORE })])).toMatchObject({ api: 'ignored' });
    expect(bot.server.violations).toEqual([]);
  });

  it('the retry label makes an open one anew, once', async () => {
    const bot = await githubBot(['api']);
    await bot.run([planOf('api')]);
    pullIn(bot.repository, 1).labels.add('dockmod:retry');
    expect(await bot.outcomes([planOf('api')])).toEqual({ api: 'updated' });
    expect(await bot.writes([planOf('api')])).toEqual([]);
  });
});

describe('what repositories are like', () => {
  it('two services whose branch would be the same do not fight for it', async () => {
    const bot = await githubBot(['api']);
    const twin = branchFor('dockmod/', 'a/b').slug;
    const plans = [
      planOf('a/b', { changes: planOf('api').changes }),
      planOf(twin, { changes: [{ path: 'new' as never, before: undefined, after: 'x' }] }),
    ];
    expect(await bot.outcomes(plans)).toEqual({ 'a/b': 'created', [twin]: 'failed' });
    expect(await bot.writes(plans)).toEqual([]);
    expect(bot.repository.pulls).toHaveLength(1);
  });

  it('old open ones count against the limit, however many newer ones people have opened since', async () => {
    const bot = await githubBot(['api', 'web']);
    await bot.run([planOf('api')]);
    const [first] = bot.repository.pulls;
    if (first === undefined) throw new Error('no pull request');
    for (let n = 0; n < 320; n++)
      bot.repository.pulls.push({ ...first, number: ++bot.repository.number, branch: `feature-${n}`, state: 'closed', labels: new Set() });
    const one = { ...DEFAULT_BOT, limits: { ...DEFAULT_BOT.limits, openPullRequests: 1 } };
    expect(await bot.outcomes([planOf('api'), planOf('web')], { bot: one })).toEqual({ api: 'unchanged', web: 'deferred' });
    // The canary that was merged long ago is not forgotten either.
    const canary = { ...DEFAULT_BOT, rollout: { first: 1, then: 'merged' } as const };
    expect(await bot.outcomes([planOf('api'), planOf('web')], { bot: canary })).toEqual({ api: 'unchanged', web: 'deferred' });
    bot.repository.pulls.push({
      ...first,
      number: ++bot.repository.number,
      branch: 'dockmod/old',
      state: 'closed',
      merged: true,
      labels: new Set(),
    });
    for (let n = 0; n < 320; n++)
      bot.repository.pulls.push({ ...first, number: ++bot.repository.number, branch: `later-${n}`, state: 'closed', labels: new Set() });
    expect(await bot.outcomes([planOf('api'), planOf('web')], { bot: canary })).toEqual({ api: 'unchanged', web: 'created' });
    expect(bot.server.violations).toEqual([]);
  });

  it.each(['api', 'git'] as const)('protected branches are a named outcome, and no pull request is opened (%s)', async (push) => {
    const bot = await githubBot(['api'], { push });
    bot.repository.protected = /^dockmod\//;
    mkdirSync(join(bot.repository.dir, 'hooks'), { recursive: true });
    writeFileSync(
      join(bot.repository.dir, 'hooks/pre-receive'),
      '#!/bin/sh\necho "error: GH006: Protected branch update failed for refs/heads/dockmod/api."\nexit 1\n',
      { mode: 0o755 },
    );
    const [report] = await bot.run([planOf('api')]);
    expect(report).toMatchObject({ outcome: 'deferred', because: expect.stringContaining('refuses to move the branch dockmod/api') });
    expect(bot.repository.pulls).toEqual([]);
    expect(bot.server.violations).toEqual([]);
  });

  it('archived repositories refuse writes without stopping the run', async () => {
    const bot = await githubBot(['api']);
    bot.repository.archived = true;
    expect((await bot.platform.repository('octo/shop')).skip).toEqual({ reason: 'archived', detail: 'the repository is archived' });
    expect(await bot.outcomes([planOf('api')])).toEqual({ api: 'ignored' });
    expect(bot.server.writes).toEqual([]);
  });

  it('repositories without drafts get ordinary pull requests', async () => {
    const bot = await githubBot(['api']);
    bot.repository.drafts = false;
    expect(await bot.outcomes([planOf('api')])).toEqual({ api: 'created' });
    expect(pullIn(bot.repository, 1).draft).toBe(false);
  });

  it('forks, archived, disabled and opted-out repositories of an organisation are skipped by name', async () => {
    const { server, platform } = await githubBot([]);
    for (const [name, fields] of [
      ['a', { archived: true }],
      ['b', { disabled: true }],
      ['c', { fork: true }],
      ['d', { topics: ['no-dockmod'] }],
      ['e', {}],
    ] as const)
      Object.assign(await server.world.add(`org/${name}`), fields);
    for (let n = 0; n < 120; n++) await server.world.add(`org/z${n}`);
    const skips: string[] = [];
    let count = 0;
    for await (const { name, skip } of platform.repositories('org')) {
      count++;
      if (skip !== undefined) skips.push(`${name} ${skip.reason}`);
    }
    expect(skips).toEqual(['org/a archived', 'org/b disabled', 'org/c fork', 'org/d opted-out']);
    expect(count).toBe(125);
    expect(server.violations).toEqual([]);
  });

  it('labels and reviewers that GitHub refuses are a warning', async () => {
    const bot = await githubBot(['api']);
    expect(await bot.outcomes([planOf('api')], { bot: { ...DEFAULT_BOT, labels: ['x'.repeat(60)], reviewers: ['stranger'] } })).toEqual({
      api: 'created',
    });
    expect(bot.warnings).toHaveLength(2);
    const good = await githubBot(['api']);
    await good.run([planOf('api')], { bot: { ...DEFAULT_BOT, reviewers: ['pat', 'team/platform'] } });
    expect(pullIn(good.repository, 1).reviewers).toEqual(['pat']);
    expect(good.server.violations).toEqual([]);
  });
});
