/** `dockmod verify` stopped at every stage, without its engine, and on a full disk: named outcomes, nothing left behind. */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { docker, engineUnderTest, must, repository } from './support.ts';

/** Small, so that stopping is what takes the time. */
const SLEEPS = 'FROM alpine:latest\nCMD ["sleep", "600"]\n';

function start(
  root: string,
  env: Record<string, string>,
  more: readonly string[] = [],
): {
  readonly child: ChildProcess;
  readonly done: Promise<{ readonly code: number | null; readonly signal: string | null; readonly out: string }>;
  readonly saw: (text: string) => Promise<void>;
} {
  const child = spawn(
    'node',
    ['dist/cli.js', 'verify', '--root', root, '--offline', '--build-network', 'host', '--no-scan', '--engine', 'docker', ...more, root],
    { env: { ...process.env, ...env } },
  );
  let out = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      for (const listener of listeners) listener();
    });
  return {
    child,
    done: new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, out }))),
    saw: (text) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (out.includes(text)) resolve();
        };
        listeners.add(check);
        check();
      }),
  };
}

const leftovers = (): readonly string[] =>
  [
    ...docker(['ps', '-a', '--filter', 'label=dev.dockmod.verify', '--format', '{{.Names}}']).out.split('\n'),
    ...docker(['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', 'dockmod-verify']).out.split('\n'),
    ...readdirSync(tmpdir()).filter((name) => name.startsWith('dockmod-verify-')),
  ].filter((line) => line !== '');

describe.skipIf(engineUnderTest === undefined)('verify, stopped', () => {
  const env = engineUnderTest?.env ?? {};
  beforeAll(() => spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' }));

  test.each(['SIGINT', 'SIGTERM'] as const)('%s while it builds', async (signal) => {
    const { root } = repository({ Dockerfile: SLEEPS.replace('CMD', 'RUN sleep 120\nCMD') });
    const run = start(root, env);
    await run.saw('building');
    await new Promise((resolve) => setTimeout(resolve, 2500));
    run.child.kill(signal);
    expect((await run.done).signal).toBe(signal);
    expect(leftovers()).toEqual([]);
  });

  test('SIGINT while containers run', async () => {
    const { root } = repository({ Dockerfile: SLEEPS });
    const run = start(root, env, ['--no-rebuild']);
    await run.saw('running');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    run.child.kill('SIGINT');
    expect((await run.done).signal).toBe('SIGINT');
    expect(leftovers()).toEqual([]);
  });

  test('what a killed run left behind is swept by the next one', async () => {
    const { root } = repository({ Dockerfile: SLEEPS });
    const run = start(root, env, ['--no-rebuild']);
    await run.saw('running');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    run.child.kill('SIGKILL');
    await run.done;
    expect(leftovers().length).toBeGreaterThan(0);
    const next = await start(root, env, ['--no-rebuild', '--only', 'pin-base']).done;
    expect(next.code, next.out).toBe(0);
    expect(leftovers()).toEqual([]);
  });
});

describe.skipIf(engineUnderTest === undefined)('an engine in trouble', () => {
  const directory = mkdtempSync(join(tmpdir(), 'dockmod-second-engine-'));
  const env: Record<string, string> = { ...engineUnderTest?.env };
  // Stages from scratch: nothing to pull, nothing to run.
  const files = {
    'app.txt': 'x'.repeat(1000),
    'big.bin': 'y'.repeat(80 << 20),
    Dockerfile: 'FROM scratch AS build\nCOPY . /all/\n\nFROM alpine:latest\nCOPY --from=build /all /all\nCMD ["/all/app.txt"]\n',
  };

  beforeAll(() => {
    mkdirSync(join(directory, 'data'));
    // Of 64 MB: enough for the engine, too little for the image.
    must(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', join(directory, 'data')]));
    for (const name of readdirSync(engineUnderTest?.directory ?? ''))
      if (name.startsWith('root-')) symlinkSync(join(engineUnderTest?.directory ?? '', name), join(directory, name));
    must(spawnSync('scripts/engine/up.sh', [directory], { encoding: 'utf8' }));
    env['DOCKER_HOST'] = `unix://${directory}/docker.sock`;
    const empty = join(directory, 'empty.tar');
    spawnSync('tar', ['-cf', empty, '-T', '/dev/null']);
    for (const tag of ['alpine:latest', 'alpine:3.24']) must(spawnSync('docker', ['import', empty, tag], { env, encoding: 'utf8' }));
  });
  afterAll(() => {
    spawnSync('scripts/engine/down.sh', [directory]);
    spawnSync('umount', [join(directory, 'data')]);
    rmSync(directory, { recursive: true, force: true });
  });

  test('a full disk is said to be full', async () => {
    const { root } = repository(files);
    const { code, out } = await start(root, env).done;
    expect(out).toMatch(/unknown: nothing was proven\n(?:.*\n)*.*no space left/);
    expect(code).toBe(0);
  });

  test('an engine that dies meanwhile is said to be gone', async () => {
    const { root } = repository({
      ...files,
      'big.bin': '',
      Dockerfile: 'FROM alpine:latest\nCOPY . /all/\nRUN ["/nothing"]\nCMD ["/all/app.txt"]\n',
    });
    const slow = join(root, 'slow');
    mkdirSync(slow);
    for (let index = 0; index < 3000; index += 1) writeFileSync(join(slow, `f${index}`), `${index}`.repeat(2000));
    const run = start(root, env);
    await run.saw('building');
    process.kill(Number(readFileSync(join(directory, 'docker.pid'), 'utf8')), 'SIGKILL');
    const { out, code } = await run.done;
    expect(out).toMatch(/docker does not answer|no container engine answers/);
    expect(code).not.toBeNull();
    const next = await start(root, env).done;
    expect(next).toMatchObject({ code: 1, out: expect.stringContaining('no container engine answers') });
  });
});
