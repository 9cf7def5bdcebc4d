import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';

import { openGit } from '../../../src/bot/git/git.ts';
import { createGitHome } from '../../../src/bot/git/home.ts';
import { localForge } from '../../../src/bot/local/local-forge.ts';
import { parsePullFile, renderPullFile, type LocalPull } from '../../../src/bot/local/pull-file.ts';
import { publishRepository, type PublishContext, type ServiceReport } from '../../../src/bot/publish.ts';
import { REPOSITORY_PLAN_SCHEMA, type RepositoryPlan } from '../../../src/bot/repository-plan.ts';
import { DEFAULT_BOT, type BotConfiguration } from '../../../src/plan/configuration.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { planOf } from '../../support/plans.ts';
import { commitFiles, repository } from '../../support/scratch.ts';

const BEFORE = 'FROM alpine:latest\nCMD ["/app"]\n';

async function world(services: readonly string[]) {
  const { dir, git } = repository(
    Object.fromEntries([...services.map((service) => [`services/${service}/Dockerfile`, BEFORE]), ['README.md', 'hello\n']]),
  );
  const home = await createGitHome(process.env);
  onTestFinished(() => home.dispose());
  const folder = join(dir, '.dockmod', 'pull-requests');
  let time = Date.parse('2026-01-01T12:00:00Z');
  const forge = localForge({ git: await openGit(dir, home), home, folder, now: () => time });
  const context: PublishContext = {
    forge,
    transforms: new Map(),
    tool: '1.0.0',
    redact: (text) => text,
    warn: () => undefined,
    now: () => time,
    dryRun: false,
    recreate: new Set(),
    retracted: new Set(),
  };
  const run = async (
    plans: readonly Plan[],
    { bot = DEFAULT_BOT, ...options }: Partial<PublishContext> & { readonly bot?: BotConfiguration } = {},
  ): Promise<readonly ServiceReport[]> => {
    const base = { branch: 'main', sha: git('rev-parse', 'main') };
    const plan: RepositoryPlan & { readonly base: typeof base } = {
      schema: REPOSITORY_PLAN_SCHEMA,
      repository: 'local',
      base,
      bot,
      plans,
      complete: true,
    };
    const reports: ServiceReport[] = [];
    for await (const report of publishRepository(plan, { ...context, ...options })) reports.push(report);
    return reports;
  };
  const outcomes = async (...args: Parameters<typeof run>) =>
    Object.fromEntries((await run(...args)).map(({ service, outcome }) => [service, outcome]));
  const edit = (branch: string, change: (text: string) => string): void => {
    const file = join(folder, `${branch.replaceAll('/', '-')}.md`);
    writeFileSync(file, change(readFileSync(file, 'utf8')));
  };
  const body = (branch: string): string => readFileSync(join(folder, `${branch.replaceAll('/', '-')}.md`), 'utf8');
  const refs = (): string => git('for-each-ref', '--format=%(refname) %(objectname)');
  return { dir, git, folder, run, outcomes, edit, body, refs, tick: (ms: number) => void (time += ms) };
}

describe('the local forge', () => {
  it('makes one branch with one commit and one body for each service that changes, and the second run writes nothing', async () => {
    const { dir, git, folder, outcomes, refs } = await world(['api', 'web', 'done']);
    const plans = [planOf('api'), planOf('web'), planOf('done', { after: BEFORE })];
    const before = git('status', '--porcelain', '--ignored');
    expect(await outcomes(plans)).toEqual({ api: 'created', web: 'created', done: 'clean' });
    expect(git('log', '--format=%s', 'main..dockmod/api')).toBe('Dockerfile of api: distroless');
    expect(git('diff', '--name-only', 'main', 'dockmod/api')).toBe('services/api/Dockerfile');
    expect(git('show', 'dockmod/api:services/api/Dockerfile')).toContain('distroless');
    expect(readdirSync(folder).sort()).toEqual(['.gitignore', 'dockmod-api.md', 'dockmod-web.md']);
    // The user's work tree, index and branch are as they were.
    expect(git('status', '--porcelain')).toBe('');
    expect(git('symbolic-ref', 'HEAD')).toBe('refs/heads/main');
    expect(before).toBe('');
    const state = refs();
    expect(await outcomes(plans)).toEqual({ api: 'unchanged', web: 'unchanged', done: 'clean' });
    expect(refs()).toBe(state);
    expect(readFileSync(join(dir, 'services/api/Dockerfile'), 'utf8')).toBe(BEFORE);
  });

  it('keeps the mode of the files, whatever their names and line endings', async () => {
    const { dir, git, outcomes } = await world(['api']);
    commitFiles(dir, { 'services/odd/Dockerfile': 'x' }, 'odd');
    const path = 'services/odd/Docker "file" ä*.run';
    writeFileSync(join(dir, path), 'FROM a\r\n');
    chmodSync(join(dir, path), 0o755);
    git('config', 'core.autocrlf', 'true');
    git('add', '--all');
    git('-c', 'core.autocrlf=false', 'commit', '--quiet', '-m', 'mode');
    const stored = git('show', `main:${path}`);
    const plan = planOf('odd', { changes: [{ path: path as never, before: `${stored}\n`, after: '\ufeffFROM b\r\nno newline at end' }] });
    expect(await outcomes([plan])).toEqual({ odd: 'created' });
    expect(git('diff', '--raw', 'main', 'dockmod/odd')).toMatch(/^:100755 100755 /);
    expect(git('cat-file', '-s', `dockmod/odd:${path}`)).toBe(String(Buffer.byteLength('\ufeffFROM b\r\nno newline at end')));
  });

  it('updates its own branch when the plan changes, in place', async () => {
    const { git, outcomes, body } = await world(['api']);
    await outcomes([planOf('api')]);
    const first = git('rev-parse', 'dockmod/api');
    expect(await outcomes([planOf('api', { after: 'FROM scratch\nCMD ["/app"]\n' })])).toEqual({ api: 'updated' });
    expect(git('rev-parse', 'dockmod/api~1')).toBe(git('rev-parse', 'main'));
    expect(git('rev-parse', 'dockmod/api')).not.toBe(first);
    expect(body('dockmod/api')).toContain(git('rev-parse', 'dockmod/api'));
  });

  it("never touches a branch that holds somebody's commit, also not an amended or a rebased one", async () => {
    const { dir, git, outcomes, refs } = await world(['api', 'web', 'job']);
    const plans = [planOf('api'), planOf('web'), planOf('job')];
    await outcomes(plans);
    git('switch', '--quiet', 'dockmod/api');
    commitFiles(dir, { 'services/api/extra': 'mine' }, 'Work');
    git('switch', '--quiet', 'dockmod/web');
    writeFileSync(join(dir, 'services/web/Dockerfile'), 'FROM mine\n');
    git('commit', '--quiet', '--all', '--amend', '--no-edit');
    git('switch', '--quiet', 'main');
    commitFiles(dir, { other: 'x' }, 'Elsewhere');
    git('rebase', '--quiet', 'main', 'dockmod/job');
    git('switch', '--quiet', 'main');
    const state = refs();
    const others = plans.map(({ service }) => planOf(service, { after: 'FROM scratch\n' }));
    expect(await outcomes(others)).toEqual({ api: 'modified', web: 'modified', job: 'modified' });
    expect(await outcomes([])).toEqual({ api: 'modified', web: 'modified', job: 'modified' });
    expect(refs()).toBe(state);
  });

  it('sees that merging the base into the branch changes nothing, and takes any other merge for work', async () => {
    const { dir, git, outcomes, refs } = await world(['api', 'web']);
    const plans = [planOf('api'), planOf('web')];
    await outcomes(plans);
    commitFiles(dir, { other: 'x' }, 'Elsewhere');
    git('switch', '--quiet', 'dockmod/api');
    git('merge', '--quiet', '--no-edit', 'main');
    git('switch', '--quiet', '-c', 'feature', 'main');
    commitFiles(dir, { feature: 'x' }, 'Feature');
    git('switch', '--quiet', 'dockmod/web');
    git('merge', '--quiet', '--no-edit', 'feature');
    git('switch', '--quiet', 'main');
    const state = refs();
    expect(await outcomes(plans)).toEqual({ api: 'unchanged', web: 'modified' });
    expect(refs()).toBe(state);
    expect(await outcomes(plans.map(({ service }) => planOf(service, { after: 'FROM scratch\n' })))).toEqual({
      api: 'updated',
      web: 'modified',
    });
  });

  it('leaves a declined change alone until it is asked for again', async () => {
    const { edit, outcomes } = await world(['api']);
    const plans = [planOf('api')];
    await outcomes(plans);
    edit('dockmod/api', (text) => text.replace('state: open', 'state: closed'));
    expect(await outcomes(plans)).toEqual({ api: 'declined' });
    expect(await outcomes(plans, { recreate: new Set(['api']) })).toEqual({ api: 'created' });
    edit('dockmod/api', (text) => text.replace('state: open', 'state: closed'));
    expect(await outcomes(plans)).toEqual({ api: 'declined' });
    edit('dockmod/api', (text) => text.replace('labels: dockmod', 'labels: dockmod, dockmod:retry'));
    expect(await outcomes(plans)).toEqual({ api: 'created' });
    expect(await outcomes([planOf('api', { after: 'FROM scratch\n' })])).toEqual({ api: 'updated' });
  });

  it('closes what is done or gone, with the reason, and offers it again when it is wanted again', async () => {
    const { dir, outcomes, body } = await world(['api', 'web']);
    const plans = [planOf('api'), planOf('web')];
    await outcomes(plans);
    expect(await outcomes([planOf('api', { after: BEFORE })])).toEqual({ api: 'closed', web: 'closed' });
    expect(body('dockmod/api')).toContain('state: closed');
    expect(body('dockmod/api')).toContain('Closed by dockmod (already-migrated)');
    expect(body('dockmod/web')).toContain('Closed by dockmod (superseded): The service is not in the repository any more.');
    expect(await outcomes([planOf('api', { after: BEFORE })])).toEqual({ api: 'clean' });
    commitFiles(dir, { other: 'x' }, 'Elsewhere');
    expect(await outcomes(plans)).toEqual({ api: 'created', web: 'created' });
  });

  it('regenerates a branch that conflicts with its base, and leaves one that is only behind', async () => {
    const { dir, git, outcomes } = await world(['api', 'web']);
    const plans = [planOf('api'), planOf('web')];
    await outcomes(plans);
    const web = git('rev-parse', 'dockmod/web');
    commitFiles(dir, { 'services/api/Dockerfile': 'FROM alpine:3.20\nCMD ["/app"]\n' }, 'Bump');
    expect(await outcomes([planOf('api', { before: 'FROM alpine:3.20\nCMD ["/app"]\n' }), planOf('web')])).toEqual({
      api: 'updated',
      web: 'unchanged',
    });
    expect(git('rev-parse', 'dockmod/web')).toBe(web);
    expect(git('rev-parse', 'dockmod/api~1')).toBe(git('rev-parse', 'main'));
  });

  it('completes what a stopped run left: a branch without a body, a body older than its branch', async () => {
    const { git, folder, edit, outcomes, body } = await world(['api', 'web']);
    const plans = [planOf('api'), planOf('web')];
    await outcomes(plans);
    const old = body('dockmod/web');
    await outcomes([planOf('api'), planOf('web', { after: 'FROM scratch\n' })]);
    edit('dockmod/web', () => old);
    edit('dockmod/api', () => 'not a pull request');
    const heads = git('for-each-ref', 'refs/heads');
    expect(await outcomes([planOf('api'), planOf('web', { after: 'FROM scratch\n' })])).toEqual({ api: 'created', web: 'updated' });
    expect(git('for-each-ref', 'refs/heads')).toBe(heads);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  it('does not move a branch that is checked out, and refuses a plan that was made from something else', async () => {
    const { git, outcomes, refs } = await world(['api']);
    await outcomes([planOf('api')]);
    git('switch', '--quiet', 'dockmod/api');
    const state = refs();
    expect(await outcomes([planOf('api', { after: 'FROM scratch\n' })])).toEqual({ api: 'deferred' });
    expect(
      await outcomes([planOf('new', { changes: [{ path: 'services/api/Dockerfile' as never, before: 'other\n', after: 'x' }] })]),
    ).toMatchObject({ new: 'failed' });
    expect(refs()).toBe(state);
  });

  it('keeps what people wrote below the last line, and a title that they changed', async () => {
    const { edit, outcomes, body } = await world(['api']);
    await outcomes([planOf('api')]);
    edit(
      'dockmod/api',
      (text) => `${text.replace('title: Dockerfile of api', 'title: PLAT-7 Dockerfile of api')}\n\nWait for the release.`,
    );
    expect(await outcomes([planOf('api', { after: 'FROM scratch\n' })])).toEqual({ api: 'updated' });
    expect(body('dockmod/api')).toContain('title: PLAT-7');
    expect(body('dockmod/api')).toMatch(/Wait for the release\.$/);
  });

  it('creates no more than the limits allow, and says which one it was', async () => {
    const services = ['a', 'b', 'c', 'd'];
    const { run, outcomes, edit, tick } = await world(services);
    const plans = services.map((service) => planOf(service));
    const limited = (limits: Partial<BotConfiguration['limits']>): BotConfiguration => ({
      ...DEFAULT_BOT,
      limits: { ...DEFAULT_BOT.limits, ...limits },
    });
    const first = await run(plans, { bot: limited({ perHour: 1 }) });
    expect(first.map(({ outcome }) => outcome)).toEqual(['created', 'deferred', 'deferred', 'deferred']);
    expect(first[1]?.because).toContain('limits.perHour');
    tick(3_600_001);
    expect(await outcomes(plans, { bot: limited({ openPullRequests: 2 }) })).toEqual({
      a: 'unchanged',
      b: 'created',
      c: 'deferred',
      d: 'deferred',
    });
    const rollout: BotConfiguration = { ...DEFAULT_BOT, rollout: { first: 3, then: 'merged' } };
    expect(await outcomes(plans, { bot: rollout })).toEqual({ a: 'unchanged', b: 'unchanged', c: 'created', d: 'deferred' });
    for (const service of ['a', 'b', 'c']) edit(`dockmod/${service}`, (text) => text.replace('state: open', 'state: merged'));
    expect(await outcomes([planOf('d')], { bot: rollout })).toEqual({ d: 'created' });
    expect(
      await outcomes(plans, { bot: { ...DEFAULT_BOT, schedule: { days: ['sat'], hours: { from: 0, to: 0 }, timezone: 'UTC' } } }),
    ).toMatchObject({ d: 'unchanged' });
  });

  it('says in a dry run what it would do, and does nothing', async () => {
    const { outcomes, refs, dir } = await world(['api']);
    const state = refs();
    expect(await outcomes([planOf('api')], { dryRun: true })).toEqual({ api: 'created' });
    expect(refs()).toBe(state);
    expect(readdirSync(dir)).not.toContain('.dockmod');
  });

  it("puts services that share a file into one pull request, and closes the other's", async () => {
    const { outcomes, run } = await world(['api', 'web']);
    await outcomes([planOf('api'), planOf('web')]);
    const [first, second] = [planOf('api'), planOf('web')];
    const shared = { path: 'compose.yaml' as never, before: undefined, after: 'a' };
    const joined = [
      { ...first, changes: [...first.changes, shared], hash: 'sha256:a' },
      { ...second, changes: [...second.changes, { ...shared, before: 'a', after: 'b' }], hash: 'sha256:b' },
    ];
    expect((await run(joined)).map(({ service, outcome, because }) => [service, outcome, because.split(':')[0]])).toEqual([
      ['api', 'updated', 'the plan changed'],
      ['web', 'updated', 'the plan changed'],
      ['web', 'closed', 'superseded'],
    ]);
    expect(await outcomes(joined)).toEqual({ api: 'unchanged', web: 'unchanged' });
  });
});

describe('pull request files', () => {
  it('come back from their text', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9 :]{0,20}[a-z0-9]$/);
    const pull: fc.Arbitrary<LocalPull> = fc.record({
      number: fc.nat(),
      branch: word,
      base: word,
      state: fc.constantFrom('open', 'closed', 'merged'),
      draft: fc.boolean(),
      labels: fc.array(word),
      createdAt: fc.nat(),
      title: word,
      body: fc.string({ unit: 'binary' }),
      autoMerge: fc.constant(false),
    });
    fc.assert(
      fc.property(pull, (value) => {
        expect(parsePullFile(renderPullFile(value))).toEqual(value);
      }),
    );
    expect(parsePullFile('# notes\n')).toBeUndefined();
  });
});
