import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { RUN_REPORT_SCHEMA, type RunReport } from '../../src/bot/run-report.ts';
import { gitIn as bareGit, readBranches } from '../support/github/objects.ts';
import { startGitHub, TOKEN, type GitHubServer } from '../support/github/server.ts';
import { gitIn, repository, scratch } from '../support/scratch.ts';
import { CLI, GO_DOCKERFILE, GO_SERVICE, under } from './checkout.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a process of its own, while the server of this process answers it. */
function dockmod(
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly started?: (child: ChildProcess) => void;
  } = {},
): Promise<Ended> {
  const tmp = options.env?.['TMPDIR'] ?? scratch();
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: options.cwd ?? tmp,
    env: { PATH: process.env['PATH'], TMPDIR: tmp, DOCKMOD_PACE: 'none', ...options.env },
  });
  options.started?.(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  return new Promise((done) => child.on('close', (code) => done({ code, ...output })));
}

const SHOP = { ...under('services/api', GO_SERVICE), ...under('services/web', GO_SERVICE), 'README.md': 'shop\n' };

async function github(
  files: Readonly<Record<string, string>> = SHOP,
): Promise<{ readonly server: GitHubServer; readonly on: readonly string[]; readonly env: Readonly<Record<string, string>> }> {
  const server = await startGitHub({ root: scratch(), limits: { perMinute: 1000, perHour: 5000 } });
  onTestFinished(() => server.close());
  await server.world.add('octo/shop', files);
  return { server, on: ['--base-url', `${server.url}/api/v3`], env: { GITHUB_TOKEN: TOKEN } };
}

describe('dockmod bot --forge local', () => {
  it('makes a branch and a body for each service that changes; the second run says unchanged and commits nothing', async () => {
    const { dir, git } = repository(SHOP);
    const first = await dockmod(['bot', '--forge', 'local', '.'], { cwd: dir });
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toMatch(/^created .*api .*\ncreated .*web .*\n$/);
    expect(readdirSync(join(dir, '.dockmod/pull-requests')).sort()).toEqual(['.gitignore', 'dockmod-api.md', 'dockmod-web.md']);
    expect(git('diff', '--name-only', 'main', 'dockmod/api')).toBe('services/api/Dockerfile');
    expect(readFileSync(join(dir, '.dockmod/pull-requests/dockmod-api.md'), 'utf8')).toMatch(
      /For whoever starts the image:\n\n- base image: `[^`]+` → `[^`]+`/,
    );
    expect(git('status', '--porcelain')).toBe('');
    const refs = git('for-each-ref');
    const second = await dockmod(['bot', '--forge', 'local', '.', '--report', 'out/report.json', '--exit-code'], { cwd: dir });
    expect(second).toMatchObject({ code: 0 });
    expect(second.stdout).toMatch(/^unchanged .*\nunchanged .*\n$/);
    expect(git('for-each-ref')).toBe(refs);
    const report = JSON.parse(readFileSync(join(dir, 'out/report.json'), 'utf8')) as RunReport;
    expect(report).toMatchObject({ schema: RUN_REPORT_SCHEMA, outcomes: { unchanged: 2 } });
    for (const line of second.stderr.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level');
  });

  it('starts from the main branch when one of its own is checked out, and works below a directory', async () => {
    const { dir, git } = repository(under('shop', SHOP));
    expect((await dockmod(['bot', '--forge', 'local', 'shop'], { cwd: dir })).stdout).toMatch(/created .*api/);
    expect(git('diff', '--name-only', 'main', 'dockmod/api')).toBe('shop/services/api/Dockerfile');
    git('switch', '--quiet', 'dockmod/api');
    expect((await dockmod(['bot', '--forge', 'local', 'shop/services'], { cwd: dir })).stdout).toMatch(
      /^unchanged .*api.*\nunchanged .*web/,
    );
  });

  it('a run below one directory closes nothing of another one', async () => {
    const { dir, git } = repository({
      ...under('shop', { ...under('services/api', GO_SERVICE), 'dockmod.yaml': '' }),
      ...under('blog', { ...under('services/web', GO_SERVICE), 'dockmod.yaml': '' }),
    });
    expect((await dockmod(['bot', '--forge', 'local', 'shop'], { cwd: dir })).stdout).toMatch(/^created .*api /);
    expect((await dockmod(['bot', '--forge', 'local', 'blog'], { cwd: dir })).stdout).toMatch(/^created .*web [^\n]*\n$/);
    expect((await dockmod(['bot', '--forge', 'local', 'shop'], { cwd: dir })).stdout).toMatch(/^unchanged .*api [^\n]*\n$/);
    expect(git('branch', '--list', 'dockmod/*', '--format=%(refname:short)').split('\n')).toEqual(['dockmod/api', 'dockmod/web']);
  });

  it('takes service names that git, Markdown or a shell would read as something else', async () => {
    const names = ['we--ird', '@octocat', '🚀 rocket', '-rf', 'a|b`c`', '$(touch x)', 'UPPER', 'x.lock'];
    const { dir, git } = repository(
      Object.assign({}, ...names.map((name) => under(`services/${name}`, GO_SERVICE))) as Record<string, string>,
    );
    const first = await dockmod(['bot', '--forge', 'local', '.'], { cwd: dir });
    expect(
      first.stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(names.map(() => 'created'));
    const branches = git('branch', '--list', 'dockmod/*', '--format=%(refname:short)').split('\n');
    expect(branches).toHaveLength(names.length);
    for (const branch of branches) {
      expect(branch).toMatch(/^dockmod\/[a-z0-9]+(?:-[a-z0-9]+)*$/);
      const body = readFileSync(join(dir, `.dockmod/pull-requests/${branch.replace('/', '-')}.md`), 'utf8');
      expect(body.replace(/`[^`]*`|<!--.*-->|^title: .*$/gm, '')).not.toContain('@octocat');
      expect(body.split('<!-- dockmod:v1')).toHaveLength(2);
    }
    expect((await dockmod(['bot', '--forge', 'local', '.'], { cwd: dir })).stdout).not.toMatch(/^(?!unchanged)./m);
  });

  it('plans what is committed, byte for byte, whatever attributes and links the work tree has', async () => {
    const crlf = GO_DOCKERFILE.replaceAll('\n', '\r\n');
    const { dir, git } = repository({ ...under('services/api', { ...GO_SERVICE, Dockerfile: crlf }), '.gitattributes': '* -text\n' });
    writeFileSync(join(dir, '.gitattributes'), '* text=auto eol=lf\nDockerfile filter=evil\n');
    git('config', 'filter.evil.smudge', `touch ${join(dir, 'evil')}`);
    git('config', 'core.fsmonitor', `touch ${join(dir, 'evil')}`);
    writeFileSync(join(dir, '.git/hooks/reference-transaction'), `#!/bin/sh\ntouch ${join(dir, 'evil')}\n`, { mode: 0o755 });
    git('-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', 'commit', '--quiet', '--all', '-m', 'attributes');
    const result = await dockmod(['bot', '--forge', 'local', '.'], { cwd: dir });
    expect(result.stdout).toMatch(/^created/);
    const text = gitIn(dir)('-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', 'show', 'dockmod/api:services/api/Dockerfile');
    expect(
      text
        .split('\n')
        .slice(0, -1)
        .every((line) => line.endsWith('\r')),
    ).toBe(true);
    expect(existsSync(join(dir, 'evil'))).toBe(false);
  });

  it('writes its report into what is no plain file, and never replaces it', async () => {
    const { dir } = repository(under('services/api', GO_SERVICE));
    const report = join(scratch(), 'report');
    symlinkSync('target', report);
    await dockmod(['bot', '--forge', 'local', dir, '--report', report], { cwd: dir });
    expect(lstatSync(report).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(report, 'utf8'))).toHaveProperty('outcomes');
  });

  it('says what is missing', async () => {
    const empty = scratch();
    gitIn(empty)('init', '--quiet');
    expect(await dockmod(['bot', '--forge', 'local', empty])).toMatchObject({ code: 2, stderr: expect.stringContaining('no commit yet') });
    expect(await dockmod(['bot'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--repo owner/name') });
    expect(await dockmod(['bot', '--repo', 'octo/shop'])).toMatchObject({ code: 2, stderr: expect.stringContaining('no credential') });
    expect(await dockmod(['bot', '--repo', 'shop'])).toMatchObject({ code: 2, stderr: expect.stringContaining('expected owner/name') });
    expect(await dockmod(['bot', '--org', 'a', '--repo', 'a/b'])).toMatchObject({ code: 2 });
    expect(await dockmod(['bot', '.', '--repo', 'a/b'])).toMatchObject({ code: 2 });
  });
});

describe('dockmod bot --repo', () => {
  it.each(['api', 'git'] as const)(
    'opens a pull request per service by %s, with a report, and makes no write call the second time',
    async (push) => {
      const { server, on, env } = await github();
      const dir = scratch();
      const summary = join(dir, 'summary.md');
      const first = await dockmod(['bot', '--repo', 'octo/shop', '--push', push, ...on, '--report', join(dir, 'report.json')], {
        env: { ...env, GITHUB_STEP_SUMMARY: summary },
      });
      expect(first.stderr.split('\n').filter((line) => line.includes('"error"'))).toEqual([]);
      expect(first).toMatchObject({ code: 0 });
      const [shop] = server.world.repositories.values();
      expect(shop?.pulls.map(({ branch, title }) => [branch, title])).toEqual([
        ['dockmod/api', expect.stringContaining('Dockerfile of api')],
        ['dockmod/web', expect.stringContaining('Dockerfile of web')],
      ]);
      expect(await bareGit(shop?.dir ?? '', 'show', 'dockmod/api:services/api/Dockerfile')).toContain('-ldflags="-s -w"');
      expect(JSON.parse(readFileSync(join(dir, 'report.json'), 'utf8'))).toMatchObject({
        schema: RUN_REPORT_SCHEMA,
        outcomes: { created: 2 },
        repositories: [
          {
            repository: 'octo/shop',
            services: [
              { outcome: 'created', pullRequest: { number: 1 } },
              { outcome: 'created', pullRequest: { number: 2 } },
            ],
          },
        ],
      });
      expect(readFileSync(summary, 'utf8')).toContain('| created | 2 |');
      const writes = server.writes.length;
      const second = await dockmod(['bot', '--repo', 'octo/shop', '--push', push, ...on], { env });
      expect(second.stdout).toMatch(/^unchanged .*\nunchanged .*\n$/);
      expect(server.writes.length).toBe(writes);
      expect(server.violations).toEqual([]);
    },
  );

  it('a dry run needs no right to write, and leaves the bodies where they are asked for', async () => {
    const { server, on } = await github();
    server.tokens.set('ghs_readonly00000000000000000', { login: 'reader', revoked: false, expiresAt: Infinity });
    const out = scratch();
    const result = await dockmod(['bot', '--repo', 'octo/shop', '--dry-run', '--exit-code', '--out', out, ...on], {
      env: { GITHUB_TOKEN: 'ghs_readonly00000000000000000' },
    });
    expect(result).toMatchObject({ code: 3, stdout: expect.stringMatching(/^created .*\(dry run: new\)\ncreated/) });
    expect(server.writes).toEqual([]);
    expect(readFileSync(join(out, 'dockmod-api.md'), 'utf8')).toMatch(/^# Dockerfile of api: .*\n\n<!-- dockmod:v1/);
  });

  it('exits 75 when the limits are used up and goes on the next time; 2 when the token is refused', async () => {
    const { server, on, env } = await github();
    server.faults.push({
      times: 1,
      when: 'before',
      on: ({ method, path }) => method === 'POST' && path.endsWith('/pulls'),
      how: { status: 403, headers: { 'retry-after': '3000' }, body: { message: 'You have exceeded a secondary rate limit.' } },
    });
    const first = await dockmod(['bot', '--repo', 'octo/shop', ...on], { env });
    expect(first).toMatchObject({ code: 75, stdout: expect.stringMatching(/deferred .*api.*\ndeferred .*web/) });
    expect(await dockmod(['bot', '--repo', 'octo/shop', ...on], { env })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/created .*\ncreated/),
    });
    expect(await dockmod(['bot', '--repo', 'octo/shop', ...on], { env: { GITHUB_TOKEN: 'ghs_wrong000000000000000000' } })).toMatchObject({
      code: 2,
    });
  });

  it('honours the configuration of the base branch, and names a broken one', async () => {
    const broken = await github({ ...SHOP, 'dockmod.yaml': 'bot:\n  brnchPrefix: x/\n' });
    const result = await dockmod(['bot', '--repo', 'octo/shop', ...broken.on], { env: broken.env });
    expect(result.stderr).toContain('dockmod.yaml:2');
    expect(broken.server.writes).toEqual([]);
    const off = await github({ ...SHOP, 'dockmod.yaml': 'enabled: false\n' });
    expect((await dockmod(['bot', '--repo', 'octo/shop', ...off.on], { env: off.env })).stderr).toContain('opted-out');
    const board = await github({ ...SHOP, 'dockmod.yaml': 'bot:\n  dashboard: true\n  limits:\n    openPullRequests: 1\n' });
    for (const expected of [/created .*\ndeferred/, /unchanged .*\ndeferred/])
      expect((await dockmod(['bot', '--repo', 'octo/shop', ...board.on], { env: board.env })).stdout).toMatch(expected);
    const [shop] = board.server.world.repositories.values();
    expect(shop?.issues.map(({ title }) => title)).toEqual(['Dockerfile migration dashboard']);
    // The number of the pull request is known from the first run on; the second changed nothing but the state of a row, if at all.
    const writes = board.server.writes.length;
    await dockmod(['bot', '--repo', 'octo/shop', ...board.on], { env: board.env });
    expect(board.server.writes.length).toBe(writes);
    expect(board.server.violations).toEqual([]);
  });
});

/** Files come and go while they are listed. */
function listing(dir: string): readonly string[] {
  try {
    return readdirSync(dir, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
}

describe('the token', () => {
  it.each(['api', 'git'] as const)(
    'appears nowhere: output, reports, bodies, arguments, environments of git, configuration of clones (%s)',
    async (push) => {
      const { server, on, env } = await github();
      const tmp = scratch();
      const seen: string[] = [];
      let looking = true;
      // Everything that a process on the same machine, or a backup of the disk, could have seen meanwhile.
      const look = async (pid: number): Promise<void> => {
        while (looking) {
          for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
            try {
              seen.push(readFileSync(`/proc/${entry}/cmdline`, 'utf8'));
              if (Number(entry) !== pid && readFileSync(`/proc/${entry}/stat`, 'utf8').includes('(git'))
                seen.push(readFileSync(`/proc/${entry}/environ`, 'utf8'));
            } catch {
              /* it has ended */
            }
          }
          for (const path of listing(tmp)) {
            if (!path.endsWith('.git/config') && !path.endsWith('FETCH_HEAD')) continue;
            try {
              seen.push(readFileSync(join(tmp, path), 'utf8'));
            } catch {
              /* it is gone */
            }
          }
          await new Promise((done) => setTimeout(done, 3));
        }
      };
      let looker: Promise<void> = Promise.resolve();
      // A remote that answers with an error that quotes what it was sent.
      server.faults.push({
        times: 1,
        when: 'before',
        on: ({ method, path }) => method === 'POST' && path.endsWith('/labels'),
        how: { status: 422, body: { message: `Validation Failed for ${TOKEN}` } },
      });
      const result = await dockmod(['bot', '--repo', 'octo/shop', '--push', push, ...on, '--report', join(tmp, 'report.json')], {
        env: { ...env, TMPDIR: tmp, GITHUB_STEP_SUMMARY: join(tmp, 'summary.md') },
        started: (child) => {
          looker = look(child.pid ?? 0);
        },
      });
      looking = false;
      await looker;
      expect(result.code).toBe(0);
      const [shop] = server.world.repositories.values();
      const forms = [TOKEN, Buffer.from(TOKEN).toString('base64'), Buffer.from(`x-access-token:${TOKEN}`).toString('base64')];
      const texts = [
        result.stdout,
        result.stderr,
        readFileSync(join(tmp, 'report.json'), 'utf8'),
        readFileSync(join(tmp, 'summary.md'), 'utf8'),
        ...(shop?.pulls ?? []).flatMap(({ body, title, comments }) => [body, title, ...comments]),
        await bareGit(shop?.dir ?? '', 'log', '--all', '--format=%B'),
        ...seen,
      ];
      expect(seen.some((text) => text.includes('git\0'))).toBe(true);
      expect(seen.some((text) => text.includes('HOME='))).toBe(true);
      for (const form of forms) expect(texts.filter((text) => text.includes(form))).toEqual([]);
      expect(result.stderr).toContain('***');
      // The private home is gone.
      expect(readdirSync(tmp).sort()).toEqual(['report.json', 'summary.md']);
    },
  );
});

describe('a server that quotes the credential in its errors', () => {
  const BASIC = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
  const ECHO = `denied: Authorization: Basic ${BASIC}, token ${TOKEN}, https://x-access-token:${TOKEN}@github.com/octo/shop.git`;

  it.each(['GIT', 'PUSH'] as const)('git (%s): it stays out of output, reports, plan files and debug traces', async (method) => {
    const { server, on, env } = await github(under('services/api', GO_SERVICE));
    server.faults.push({ times: 99, when: 'before', on: (request) => request.method === method, how: { status: 403, body: ECHO } });
    const tmp = scratch();
    const plan = await dockmod(['plan', '--repo', 'octo/shop', '--out', join(tmp, 'plans'), ...on], {
      env: { ...env, DOCKMOD_DEBUG: '1' },
    });
    const bot = await dockmod(['bot', '--repo', 'octo/shop', '--push', 'git', '--report', join(tmp, 'report.json'), ...on], {
      env: { ...env, DOCKMOD_DEBUG: '1', GITHUB_STEP_SUMMARY: join(tmp, 'summary.md') },
    });
    expect([plan.code, bot.code]).toEqual(method === 'GIT' ? [1, 1] : [0, 1]);
    const texts = [
      plan.stdout,
      plan.stderr,
      bot.stdout,
      bot.stderr,
      ...['plans/octo+shop.json', 'report.json', 'summary.md'].map((file) => readFileSync(join(tmp, file), 'utf8')),
    ];
    for (const secret of [TOKEN, BASIC]) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
    // Git shows what a server answers to its first question, not what it answers to a push.
    if (method === 'GIT') expect(bot.stderr).toContain('***');
  });

  it('the API: it stays out of output and traces, also where the command itself fails', async () => {
    const { server, on, env } = await github(under('services/api', GO_SERVICE));
    server.faults.push({
      times: 99,
      when: 'before',
      on: ({ path }) => path === '/repos/octo/shop',
      how: { status: 403, body: { message: ECHO } },
    });
    for (const args of [
      ['bot', '--repo', 'octo/shop'],
      ['doctor', '--repo', 'octo/shop'],
      ['status', '--repo', 'octo/shop', '--json'],
    ]) {
      const result = await dockmod([...args, ...on], { env: { ...env, DOCKMOD_DEBUG: '1' } });
      for (const secret of [TOKEN, BASIC]) expect(`${result.stdout}${result.stderr}`).not.toContain(secret);
    }
  });
});

describe('Ctrl-C', () => {
  it('ends after the service at hand, with the report of what was done', async () => {
    const { server, on, env } = await github();
    const report = join(scratch(), 'report.json');
    let child: ChildProcess | undefined;
    server.faults.push({
      times: 1,
      when: 'before',
      on: ({ method, path }) => method === 'POST' && path.endsWith('/pulls'),
      how: () => {
        child?.kill('SIGTERM');
      },
    });
    const result = await dockmod(['bot', '--repo', 'octo/shop', '--report', report, ...on], {
      env,
      started: (process) => {
        child = process;
      },
    });
    expect(result.code).toBeNull();
    expect(JSON.parse(readFileSync(report, 'utf8'))).toMatchObject({ outcomes: { created: 1 } });
    expect(server.world.repositories.get('octo/shop')?.pulls).toHaveLength(1);
  });
});

describe('kill -9 at every write', () => {
  it('and running again ends in one right pull request per service', async () => {
    const args = ['bot', '--repo', 'octo/shop', '--push', 'git'];
    let step = 0;
    for (let more = true; more; step++) {
      const { server, on, env } = await github(under('services/api', GO_SERVICE));
      let child: ChildProcess | undefined;
      more = false;
      server.faults.push({
        times: 1,
        when: 'before',
        on: ({ method, path, writes }) => writes === step && (method === 'PUSH' || (method !== 'GET' && path !== '/graphql')),
        how: () => {
          more = true;
          child?.kill('SIGKILL');
        },
      });
      const killed = await dockmod([...args, ...on], {
        env,
        started: (process) => {
          child = process;
        },
      });
      expect(killed.code).toBe(more ? null : 0);
      server.faults.length = 0;
      const again = await dockmod([...args, ...on], { env });
      expect(again).toMatchObject({ code: 0 });
      const [shop] = server.world.repositories.values();
      expect(shop?.pulls.map(({ branch, state }) => [branch, state])).toEqual([['dockmod/api', 'open']]);
      expect([...readBranches(shop?.dir ?? '').keys()].sort()).toEqual(['dockmod/api', 'main']);
      expect(server.violations).toEqual([]);
    }
    expect(step).toBeGreaterThanOrEqual(4);
  }, 120_000);
});

describe('plan and publish', () => {
  it('the shards together plan every repository once; publishing them is idempotent', async () => {
    const { server, on, env } = await github();
    for (let n = 0; n < 6; n++)
      await server.world.add(`octo/r${n}`, n === 0 ? undefined : n === 1 ? { README: 'x' } : under('svc', GO_SERVICE));
    const archived = await server.world.add('octo/old', SHOP);
    archived.archived = true;
    const dir = scratch();
    const plans = await Promise.all(
      [1, 2, 3].map((index) =>
        dockmod(['plan', '--org', 'octo', '--shard', `${index}/3`, '--out', join(dir, `shard-${index}`), ...on], { env }),
      ),
    );
    expect(plans.map(({ code }) => code)).toEqual([0, 0, 0]);
    const lines = plans
      .flatMap(({ stdout }) =>
        stdout
          .trim()
          .split('\n')
          .filter((line) => line !== ''),
      )
      .sort();
    expect(lines.map((line) => line.split(/\s+/).slice(0, 3).join(' '))).toEqual([
      'planned octo/r2 1',
      'planned octo/r3 1',
      'planned octo/r4 1',
      'planned octo/r5 1',
      'planned octo/shop 2',
      'skipped octo/old archived',
      'skipped octo/r0 empty',
      'skipped octo/r1 no-dockerfile',
    ]);
    expect(server.writes).toEqual([]);
    const first = await dockmod(['publish', dir, '--org', 'octo', ...on], { env });
    expect(first.stderr).toContain('"created":6');
    expect(first).toMatchObject({ code: 0 });
    const writes = server.writes.length;
    const second = await dockmod(['publish', dir, ...on], { env });
    // Whose limits are spent is known from the plans.
    expect(server.requests.filter((request) => request.endsWith('/search/issues'))).toHaveLength(2);
    expect(
      second.stdout
        .trim()
        .split('\n')
        .every((line) => line.startsWith('unchanged')),
    ).toBe(true);
    expect(server.writes.length).toBe(writes);
    expect(await dockmod(['publish', dir, '--org', 'other', ...on], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not among the repositories'),
    });
    // Left over from a run with another number of shards.
    cpSync(join(dir, 'shard-1'), join(dir, 'old'), { recursive: true });
    expect(await dockmod(['publish', dir, '--org', 'octo', ...on], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('two plan files'),
    });
    expect(server.writes.length).toBe(writes);
    expect(server.violations).toEqual([]);
  });

  it('believes no plan file that is not one', async () => {
    const { server, on, env } = await github();
    const dir = scratch();
    await dockmod(['plan', '--repo', 'octo/shop', '--out', dir, ...on], { env });
    const good = readFileSync(join(dir, 'octo+shop.json'), 'utf8');
    const evil = [
      good.replaceAll('services/api/Dockerfile', '.git/hooks/post-checkout'),
      good.replaceAll('services/api/Dockerfile', '../../etc/passwd'),
      good.replace('"octo/shop"', '"octo/shop/../../x"'),
      good.replace('"branch":"main"', '"branch":"--upload-pack=x"'),
      good.replace('"branchPrefix":"dockmod/"', '"branchPrefix":""'),
      good.replace(/"sha":"[0-9a-f]{40}"/, '"sha":"HEAD"'),
      good.replace('"after":"', '"after":"\u202e'),
      good.replaceAll('services/api/Dockerfile', '.github/workflows/ci.yml'),
      good.replace('-s -w', '-s -x'),
      '{}',
      'not json',
    ];
    for (const text of evil) {
      const folder = scratch();
      mkdirSync(join(folder, 'deep'));
      expect(text).not.toBe(good);
      writeFileSync(join(folder, 'deep/plan.json'), text);
      expect(await dockmod(['publish', folder, ...on], { env })).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('not a plan file'),
      });
    }
    expect(server.writes).toEqual([]);
  });
});
