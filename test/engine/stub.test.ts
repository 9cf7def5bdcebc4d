/** The engine's command line played by a script: what goes wrong has a name, nothing hangs, nothing stays. */

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { detectEngine } from '../../src/engine/detect.ts';
import { runCommand } from '../../src/engine/run-command.ts';
import { verificationText } from '../../src/engine/verification-text.ts';
import { DEFAULT_LIMITS, type Verification, type VerifyOptions } from '../../src/engine/verification.ts';
import { verify } from '../../src/engine/verify.ts';
import { PLAN_SCHEMA, type Plan } from '../../src/plan/plan.ts';
import { discover } from '../../src/repository/discover.ts';
import { openRepository } from '../../src/repository/disk-files.ts';
import type { RepoPath } from '../../src/repository/path.ts';
import type { Service } from '../../src/repository/service.ts';
import { DOCKER_STUB } from './docker-stub.ts';

const ENV = { PATH: process.env['PATH'] };

describe('running a program', () => {
  test('a program that is not there', async () => {
    expect(await runCommand('no-such-program-anywhere', [], { timeout: 1000, env: ENV })).toMatchObject({
      outcome: 'missing',
      code: undefined,
    });
  });
  test('exit code, both streams, input', async () => {
    expect(await runCommand('sh', ['-c', 'cat; echo e >&2; exit 3'], { timeout: 5000, env: ENV, input: 'in' })).toEqual({
      outcome: 'exited',
      code: 3,
      stdout: 'in',
      stderr: 'e\n',
    });
  });
  test('a timeout ends the whole family', async () => {
    const marker = join(mkdtempSync(join(tmpdir(), 'dockmod-run-')), 'alive');
    const started = performance.now();
    const result = await runCommand('sh', ['-c', `(sleep 2; touch ${marker}) & sleep 30`], { timeout: 200, env: ENV });
    expect(result.outcome).toBe('timeout');
    expect(performance.now() - started).toBeLessThan(6000);
    await new Promise((resolve) => setTimeout(resolve, 2200));
    expect(existsSync(marker)).toBe(false);
  });
  test('one that ignores SIGTERM is killed', async () => {
    const result = await runCommand('sh', ['-c', "trap '' TERM; while :; do sleep 0.1; done"], { timeout: 100, env: ENV });
    expect(result.outcome).toBe('timeout');
  });
  test('a flood keeps its beginning and its end', async () => {
    const { stdout } = await runCommand('sh', ['-c', 'echo first; yes middle | head -c 5000000; echo last'], {
      timeout: 10_000,
      env: ENV,
      maxOutput: 10_000,
    });
    expect(stdout.startsWith('first\n')).toBe(true);
    expect(stdout.endsWith('last\n')).toBe(true);
    expect(stdout.length).toBeLessThan(11_000);
  });
  test('an interruption', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    expect((await runCommand('sleep', ['30'], { timeout: 20_000, env: ENV, signal: controller.signal })).outcome).toBe('aborted');
    expect((await runCommand('sleep', ['30'], { timeout: 20_000, env: ENV, signal: controller.signal })).outcome).toBe('aborted');
  });
});

const HOME = tmpdir();
let directory = '';
let log = '';
beforeEach(() => {
  directory = mkdtempSync(join(HOME, 'dockmod-stub-'));
  // Copies of contexts are made below: nobody else's are counted.
  process.env['TMPDIR'] = directory;
  log = join(directory, 'log');
  writeFileSync(join(directory, 'docker'), DOCKER_STUB);
  chmodSync(join(directory, 'docker'), 0o755);
  mkdirSync(join(directory, 'repo'));
  writeFileSync(join(directory, 'repo/Dockerfile'), '# syntax=docker/dockerfile:1\nFROM alpine\nENTRYPOINT ["/app"]\n');
  writeFileSync(join(directory, 'repo/main.go'), 'package main\n');
});

const PATH = 'Dockerfile' as RepoPath;
const PLAN: Plan = {
  schema: PLAN_SCHEMA,
  service: 'api',
  dockerfile: PATH,
  checks: [],
  hash: 'sha256:0',
  outcomes: [
    {
      transform: 'distroless',
      kind: 'applied',
      evidence: [],
      refusals: [],
      lines: [],
      declares: [
        { field: 'user', because: 'x' },
        { field: 'base', because: 'x' },
      ],
    },
  ],
  changes: [
    { path: PATH, before: undefined, after: '# syntax=docker/dockerfile:1\nFROM gcr.io/distroless/static-debian13\nENTRYPOINT ["/app"]\n' },
  ],
};
const SERVICE: Service = {
  name: 'api',
  dockerfile: PATH,
  builds: [{ by: 'convention', at: { path: PATH, line: 1 }, context: '.' as RepoPath, args: {} }],
  dependents: [],
};

async function proof(variables: Record<string, string>, more: Partial<VerifyOptions> = {}, plan: Plan = PLAN): Promise<Verification> {
  const env = { PATH: `${directory}:${process.env['PATH'] ?? ''}`, STUB_LOG: log, ...variables };
  const { signal } = more;
  const detection = await detectEngine(undefined, {
    env,
    pid: 1,
    now: () => performance.now(),
    ...(signal === undefined ? {} : { signal }),
  });
  if (detection.kind === 'none') throw new Error(detection.reasons.join());
  const files = openRepository(join(directory, 'repo'));
  const service = discover(files).services.find(({ dockerfile }) => dockerfile === PATH) ?? SERVICE;
  return verify({ ...plan, service: service.name }, service, {
    root: join(directory, 'repo'),
    files,
    engine: detection.engine,
    id: 'test',
    offline: false,
    reach: { kind: 'namespace', node: process.execPath },
    limits: { ...DEFAULT_LIMITS, build: 5000, uptime: 50, patience: 400 },
    env,
    now: () => performance.now(),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, 50))),
    scan: false,
    rebuild: false,
    ...more,
  });
}
const calls = (): readonly string[] => readFileSync(log, 'utf8').split('\n');
const leftovers = (): readonly string[] => readdirSync(directory).filter((name) => name.startsWith('dockmod-verify-'));

describe('verify', () => {
  test('works, runs as another user, and is smaller', async () => {
    const result = await proof({});
    expect(result.judgement).toBe('better');
    expect(result.findings.map(({ text }) => text)).toContain('runs as uid 65532, no longer as root');
    expect(result.after?.build).toMatchObject({ steps: 2, cached: 1 });
    expect(verificationText(result)).toContain(': better: works as before, and improved');
  });
  test("containers run hardened, with the engine's limits", async () => {
    await proof({});
    const run = calls().find((line) => line.startsWith('run ')) ?? '';
    for (const flag of ['--read-only', '--cap-drop ALL', '--network none', '--memory', '--pids-limit', 'no-new-privileges', '--pull never'])
      expect(run).toContain(flag);
  });
  test('where ports cannot be asked from inside, containers get a network of their own, which is removed', async () => {
    await proof({}, { reach: { kind: 'published', node: process.execPath } });
    expect(calls().find((line) => line.startsWith('network create '))).toMatch(/--label dev\.dockmod\.verify=1 dockmod-verify-test$/);
    expect(calls().find((line) => line.startsWith('run '))).toContain('--network dockmod-verify-test');
    expect(calls()).toContain('network rm dockmod-verify-test');
  });
  test('each side is probed as its own files say: a probe may be rewritten with the image', async () => {
    const compose = (probe: string): string => `services:\n  api:\n    build: .\n    healthcheck:\n      test: ["CMD", "${probe}"]\n`;
    writeFileSync(join(directory, 'repo/compose.yaml'), compose('wget'));
    const result = await proof(
      {},
      {},
      { ...PLAN, changes: [...PLAN.changes, { path: 'compose.yaml' as RepoPath, before: compose('wget'), after: compose('/app') }] },
    );
    expect(result.after?.observation?.probes).toMatchObject([{ argv: ['/app'], code: 0 }]);
    expect(result.judgement).toBe('better');
    // Left as it was, the probe fails in the new image.
    expect((await proof({})).findings).toContainEqual({
      kind: 'worse',
      text: expect.stringMatching(/^the probe at compose\.yaml:5 passed before and ends with 127 now/),
    });
  });
  test('both images, all containers and the copies are removed, whatever happened', async () => {
    for (const variables of [{}, { BUILD_after: 'fail' }, { RUN: 'refuse' }, { INSPECT: 'garbage' }, { STATE: 'never' }] as Record<
      string,
      string
    >[]) {
      const before = leftovers().length;
      await proof(variables);
      expect(leftovers().length).toBe(before);
      expect(
        calls()
          .filter((line) => line.startsWith('image rm -f'))
          .at(-1),
      ).toMatch(/dockmod-verify:test-before/);
    }
  });
  test.each([
    [{ BUILD_after: 'fail' }, 'worse', /it built before; now: process "\/bin\/sh -c false"/],
    [{ BUILD_before: 'fail' }, 'better', /it builds now/],
    [{ BUILD_before: 'fail', BUILD_after: 'fail' }, 'unknown', /neither before nor after/],
    [{ BUILD_after: 'space' }, 'unknown', /no space left/],
    [{ BUILD_before: 'gone' }, 'unknown', /docker does not answer/],
    [{ INSPECT: 'garbage' }, 'unknown', /does not describe/],
    [{ STATE: 'crash-after' }, 'worse', /ran before, now ends with 139/],
    [{ STATE: 'never' }, 'unknown', /does not run on its own before the change either/],
    [{ BUILD_before: 'frontend', BUILD_after: 'frontend' }, 'better', /`# syntax=` line was left out/],
  ] as const)('%j is %s', async (variables, judgement, text) => {
    const result = await proof(variables);
    expect(result.judgement).toBe(judgement);
    expect(verificationText(result)).toMatch(text);
  });
  test('a build that hangs has a limit', async () => {
    const started = performance.now();
    const result = await proof({ BUILD_after: 'hang' }, { limits: { ...DEFAULT_LIMITS, build: 300 } });
    expect(result).toMatchObject({ judgement: 'worse', after: { build: { kind: 'timeout' } } });
    expect(performance.now() - started).toBeLessThan(10_000);
  });
  test('an interruption ends the build, clears up and says so', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 500);
    const before = leftovers().length;
    const result = await proof({ BUILD_after: 'hang' }, { signal: controller.signal });
    expect(result.judgement).toBe('aborted');
    expect(leftovers().length).toBe(before);
    expect(calls().some((line) => line.startsWith('image rm -f'))).toBe(true);
  });
  test('a plan without changes builds nothing', async () => {
    const env = { PATH: `${directory}:${process.env['PATH'] ?? ''}`, STUB_LOG: log };
    const detection = await detectEngine('docker', { env, pid: 1, now: () => 0 });
    if (detection.kind === 'none') throw new Error('none');
    const options = {
      root: directory,
      files: openRepository(join(directory, 'repo')),
      engine: detection.engine,
    } as unknown as VerifyOptions;
    expect((await verify({ ...PLAN, changes: [] }, SERVICE, options)).judgement).toBe('unchanged');
    expect(calls().some((line) => line.startsWith('build'))).toBe(false);
  });
});

test('no engine: every reason is told', async () => {
  const detection = await detectEngine(undefined, { env: { PATH: join(directory, 'empty') }, pid: 1, now: () => 0 });
  expect(detection).toEqual({ kind: 'none', reasons: ['docker is not installed', 'podman is not installed', 'buildah is not installed'] });
});
