import { describe, expect, it } from 'vitest';

import { parseDashboard, renderDashboard, type DashboardService } from '../../src/bot/dashboard.ts';
import { credentialFrom } from '../../src/bot/github/credential.ts';
import { changePath, isBranchName, isRepositoryName } from '../../src/bot/names.ts';
import { inOrder } from '../../src/bot/plan-many.ts';
import { reportBuilder } from '../../src/bot/run-report.ts';
import { isInShard, parseShard } from '../../src/bot/shard.ts';
import { statusOf } from '../../src/bot/status-report.ts';
import { stepSummary } from '../../src/bot/step-summary.ts';
import { parseRepositoryList } from '../../src/bot/targets.ts';
import { readVerification, VERIFICATION_SCHEMA } from '../../src/bot/verification.ts';
import { DEFAULT_BOT } from '../../src/plan/configuration.ts';
import type { RepositoryPlan } from '../../src/bot/repository-plan.ts';
import type { ServiceReport } from '../../src/bot/publish.ts';
import { at, BUILT, planOf } from '../support/plans.ts';

describe('names', () => {
  it('of branches are those that git accepts and nothing could misread', () => {
    for (const name of ['main', 'release/1.x', 'ünï', 'a@b']) expect(isBranchName(name)).toBe(true);
    for (const name of [
      '',
      '-x',
      '--upload-pack=x',
      'a b',
      'a..b',
      'a~1',
      'a:b',
      'x.lock',
      'a/.b',
      '/a',
      'a/',
      'a//b',
      '@',
      'a\u0000',
      'a\\b',
      'a@{1}',
      'x'.repeat(300),
    ])
      expect(isBranchName(name)).toBe(false);
  });

  it('of repositories are owner/name', () => {
    for (const name of ['octo/shop', 'a-b/c.d_e', 'emu_corp/x', 'a/.github']) expect(isRepositoryName(name)).toBe(true);
    for (const name of ['octo', 'octo/', '/shop', 'a/b/c', '-a/b', 'a/..', 'a/.', 'a/b.git', 'a b/c', 'a/b?x', 'https://github.com/a/b'])
      expect(isRepositoryName(name)).toBe(false);
  });

  it('of files to write stay inside, and out of what git or a checkout interprets', () => {
    for (const path of [
      'Dockerfile',
      'a/b.yaml',
      '.github/workflows/Dockerfile',
      'a/.github/x.yml',
      'a b/ä',
      '.gitignore',
      '.gitattributes',
    ])
      expect(changePath(path)).toBe(path);
    for (const path of [
      '',
      '.',
      '/etc/passwd',
      '../x',
      'a/../../x',
      'a/../b',
      './a',
      'a//b',
      '.git/hooks/x',
      'sub/.git/config',
      '.GIT/x',
      '.gi\u200ct/config',
      'git~1/config',
      '.git ./x',
      'a\nb',
      'a\\b',
      'a\u0000',
      '.github/workflows/x.yml',
      '.GitHub/actions/a/action.yaml',
    ])
      expect(changePath(path)).toBeUndefined();
  });
});

describe('shards', () => {
  it('cover every repository exactly once, evenly, and do not move when others come', () => {
    const names = Array.from({ length: 2000 }, (_, n) => `org/repo-${n}`);
    const shards = Array.from({ length: 16 }, (_, index) => names.filter((name) => isInShard({ index: index + 1, count: 16 }, name)));
    expect(shards.flat().sort()).toEqual([...names].sort());
    for (const shard of shards) expect(shard.length).toBeGreaterThan(80);
    expect([['3/64'], ['1/1'], ['0/4'], ['5/4'], ['a/b'], ['1'], ['1/0']].map(([text = '']) => parseShard(text))).toEqual([
      { index: 3, count: 64 },
      { index: 1, count: 1 },
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('lists of repositories', () => {
  it('skip blank lines and comments, and name what is no repository', () => {
    expect(parseRepositoryList('# all\nocto/shop\r\n\n octo/api # main\nocto/shop\n')).toEqual({
      names: ['octo/shop', 'octo/api'],
      problems: [],
    });
    expect(parseRepositoryList('octo/shop\nshop\n').problems).toEqual(['line 2: "shop" is not owner/name']);
  });
});

describe('planning several at a time', () => {
  it('yields in order, runs no more than the width at once, and waits for what it began', async () => {
    let running = 0;
    let most = 0;
    const source = async function* () {
      for (let n = 0; n < 20; n++) yield n;
    };
    const work = async (n: number): Promise<number> => {
      most = Math.max(most, ++running);
      await new Promise((done) => setTimeout(done, (n * 7) % 5));
      running--;
      return n;
    };
    const results: number[] = [];
    for await (const n of inOrder(source(), 4, work)) results.push(n);
    expect(results).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(most).toBe(4);
    for await (const n of inOrder(source(), 4, work)) if (n === 2) break;
    expect(running).toBe(0);
  });
});

describe('credentials', () => {
  it('are found in the environment, an App first; keys may have lost their line breaks', () => {
    expect(credentialFrom({})).toBeUndefined();
    expect(credentialFrom({ GITHUB_TOKEN: ' ', GH_TOKEN: 'ghp_x' })).toMatchObject({ kind: 'token', from: 'GH_TOKEN', type: 'classic' });
    expect(credentialFrom({ GITHUB_TOKEN: 'ghs_x', DOCKMOD_TOKEN: 'github_pat_x' })).toMatchObject({
      from: 'DOCKMOD_TOKEN',
      type: 'fine-grained',
    });
    const key = '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----';
    for (const written of [key, key.replaceAll('\n', '\\n'), Buffer.from(key).toString('base64'), `${key}\n`]) {
      expect(
        credentialFrom({ GITHUB_TOKEN: 'ghs_x', DOCKMOD_APP_ID: '7', DOCKMOD_APP_PRIVATE_KEY: written, DOCKMOD_APP_INSTALLATION_ID: '42' }),
      ).toMatchObject({ kind: 'app', appId: '7', installationId: 42, privateKey: key });
    }
  });
});

describe('the dashboard', () => {
  const services: readonly DashboardService[] = [
    {
      service: 'api',
      outcome: 'created',
      because: 'new',
      pull: { number: 3, url: '', state: 'open' },
      plan: planOf('api', { size: BUILT }),
    },
    { service: 'we|b', outcome: 'declined', because: '#4 was closed without merging' },
  ];

  it('has a row for each service, and the same hash whatever the run did', () => {
    const body = renderDashboard(services);
    expect(body).toContain('| `api` | open | 893 MB → 7.7 MB | #3 |');
    expect(parseDashboard(body).hash).toMatch(/^sha256:/);
    expect(
      parseDashboard(
        renderDashboard(
          services.map((service) =>
            service.service === 'api' ? { ...service, outcome: 'unchanged', because: 'the same plan is offered' } : service,
          ),
        ),
      ).hash,
    ).toBe(parseDashboard(body).hash);
    expect(parseDashboard('').hash).toBeUndefined();
  });

  it('asks for a retry where a person ticks a box', () => {
    const body = renderDashboard(services).replaceAll('\n', '\r\n');
    expect(parseDashboard(body).asked.size).toBe(0);
    expect([...parseDashboard(body.replace('- [ ]', '- [x]')).asked]).toEqual(['we|b']);
  });

  it('keeps a box ticked until the wish is granted', () => {
    const waiting = renderDashboard([{ service: 'we|b', outcome: 'deferred', because: 'limits' }], new Set(['we|b']));
    expect([...parseDashboard(waiting).asked]).toEqual(['we|b']);
    expect(parseDashboard(renderDashboard([{ service: 'we|b', outcome: 'created', because: 'new' }], new Set(['we|b']))).asked.size).toBe(
      0,
    );
  });

  it('fits into an issue, whatever the number of services', () => {
    const many = Array.from({ length: 5000 }, (_, n): DashboardService => ({
      service: `service-${n}`,
      outcome: 'declined',
      because: '#4 was closed without merging',
    }));
    expect(renderDashboard(many).length).toBeLessThan(65_000);
  });
});

describe('reports', () => {
  const plan: RepositoryPlan = {
    schema: 'dockmod.repository-plan/1',
    repository: 'octo/shop',
    base: { branch: 'main', sha: 'f'.repeat(40) },
    bot: DEFAULT_BOT,
    plans: [],
    complete: true,
  };
  const refused = planOf('job', {
    changes: [],
    outcomes: [
      {
        transform: 'distroless',
        kind: 'refused',
        refusals: [{ code: 'shell-command', at: at('Dockerfile', 3), reason: 'ENV API_TOKEN=hunter2hunter2' }],
      },
      { transform: 'nonroot', kind: 'already', at: at('Dockerfile', 1) },
      { transform: 'uv', kind: 'off' },
    ],
  });
  const services: readonly ServiceReport[] = [
    { service: 'api', outcome: 'unchanged', because: 'the same plan is offered', plan: planOf('api') },
    { service: 'web', outcome: 'declined', because: 'closed', plan: planOf('web') },
    { service: 'job', outcome: 'refused', because: 'shell', plan: refused },
  ];
  const build = () => {
    const builder = reportBuilder('1', true);
    builder.add(plan, services);
    builder.add({ ...plan, repository: 'octo/old', skip: { reason: 'archived', detail: 'x' } }, []);
    return builder.build();
  };

  it('count outcomes, refusals by reason and skips, without secrets and without the texts of changes', () => {
    const report = build();
    expect(report).toMatchObject({
      outcomes: { unchanged: 1, declined: 1, refused: 1 },
      skips: { archived: 1 },
      refusals: [{ code: 'shell-command', count: 1 }],
      transforms: { distroless: { applied: 2, refused: 1 }, nonroot: { already: 1 } },
    });
    expect(JSON.stringify(report)).not.toMatch(/hunter2|FROM /);
    expect(stepSummary(report)).toContain('| `shell-command` | 1 |');
  });

  it('say how far each decision is', () => {
    expect(statusOf(build())).toEqual([
      {
        transform: 'distroless',
        counts: { migrated: 0, open: 1, pending: 0, declined: 1, modified: 0, refused: 1 },
        refusals: [{ code: 'shell-command', count: 1 }],
      },
      { transform: 'nonroot', counts: { migrated: 1, open: 0, pending: 0, declined: 0, modified: 0, refused: 0 }, refusals: [] },
    ]);
  });
});

describe('verifications', () => {
  const plan = planOf('api');
  const file = (fields: object): string =>
    JSON.stringify({
      schema: VERIFICATION_SCHEMA,
      engine: 'docker',
      services: [
        {
          service: 'api',
          plan: plan.hash,
          judgement: 'better',
          findings: [],
          before: { measure: BUILT.before, build: {} },
          after: { measure: BUILT.after },
          ...fields,
        },
      ],
    });
  const apply = (text: string) => {
    const verified = readVerification(text);
    if (typeof verified === 'string') throw new Error(verified);
    return verified;
  };

  it('turn estimates into built sizes, for the very plan that was built', () => {
    expect(apply(file({}))(plan).size).toEqual(BUILT);
    expect(apply(file({ plan: 'sha256:other' }))(plan).size).toBeUndefined();
    expect(apply(file({ judgement: 'unknown' }))(plan).size).toBeUndefined();
  });

  it('bring the layers along, within bounds', () => {
    const layers = [
      { instruction: `RUN ${'x'.repeat(2000)}`, before: 5 },
      ...Array.from({ length: 100 }, () => ({ instruction: 'COPY a b', after: 1 })),
    ];
    const { size } = apply(file({ layers }))(plan);
    expect(size?.layers).toHaveLength(60);
    expect(size?.layers?.[0]?.instruction).toHaveLength(500);
    expect(size).toMatchObject(BUILT);
  });

  it('withdraw what got worse', () => {
    const result = apply(
      file({
        judgement: 'worse',
        findings: [
          { kind: 'note', text: 'x' },
          { kind: 'worse', text: 'port 8080 is not open any more' },
        ],
      }),
    )(plan);
    expect(result.changes).toEqual([]);
    expect(result.unusable?.detail).toContain('port 8080');
  });

  it('are refused when they are something else', () => {
    expect(readVerification('{}')).toContain('not the output');
    expect(readVerification('x')).toBe('not JSON');
  });
});
