import { mkdtempSync, mkdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { copyContext, sourceToTouch, stripSyntax, syntaxOf, touch } from '../../src/engine/build-context.ts';
import { countSteps, failureReason, isEngineGone, isOutOfSpace, lacksFrontend } from '../../src/engine/build-log.ts';
import { expectationsOf } from '../../src/engine/expectations.ts';
import { compareConfigs, parseImageConfig, type ImageConfig } from '../../src/engine/image-config.ts';
import { judge } from '../../src/engine/judge.ts';
import type { Observation } from '../../src/engine/observe.ts';
import { symptomsIn } from '../../src/engine/symptoms.ts';
import type { RepoPath } from '../../src/repository/path.ts';
import type { Dependent, Service } from '../../src/repository/service.ts';

describe("what a builder's log tells", () => {
  const log =
    '#1 [internal] load build definition\n#4 [build 1/3] FROM docker.io/library/golang\n#4 CACHED\n#5 [build 2/3] COPY . .\n#5 DONE 0.1s\n#6 [build 3/3] RUN go build\n#6 0.5 compiling\n#6 DONE 3.0s\n#7 [internal] load metadata\n#7 CACHED\n';
  test('steps of the Dockerfile, and those from the cache', () => {
    expect(countSteps(log)).toEqual({ steps: 3, cached: 1 });
    expect(countSteps('STEP 1/3: FROM a\nSTEP 2/3: RUN b\n--> Using cache 123\nSTEP 3/3: COPY c d\n')).toEqual({ steps: 3, cached: 1 });
    expect(countSteps('')).toEqual({ steps: 0, cached: 0 });
  });
  test('the reason, out of the frame', () => {
    expect(
      failureReason(
        'x\n------\nDockerfile:3\nERROR: failed to build: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1\n',
      ),
    ).toBe('process "/bin/sh -c false" did not complete successfully: exit code: 1');
    expect(failureReason('')).toBe('the builder said nothing');
  });
  test("what is not the Dockerfile's fault", () => {
    expect(isOutOfSpace('write /x: no space left on device')).toBe(true);
    expect(isEngineGone('Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?')).toBe(true);
    expect(isEngineGone(log)).toBe(false);
    expect(
      lacksFrontend(
        'ERROR: failed to solve: failed to resolve source metadata for docker.io/docker/dockerfile:1: dial tcp: lookup registry-1.docker.io: no such host',
        'docker/dockerfile:1',
      ),
    ).toBe(true);
    expect(lacksFrontend('ERROR: failed to resolve source metadata for docker.io/library/golang:1: not found', 'docker/dockerfile:1')).toBe(
      false,
    );
  });
});

test.each([
  ['/app: error while loading shared libraries: libpq.so.5: cannot open shared object file', 'library', 'libpq.so.5'],
  ['ImportError: libGL.so.1: cannot open shared object file: No such file or directory', 'library', 'libGL.so.1'],
  ["/app: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /app)", 'glibc', 'GLIBC_2.38'],
  ['exec /app: no such file or directory', 'program', '/app'],
  ['OCI runtime create failed: exec: "sh": executable file not found in $PATH', 'program', 'sh'],
  ['/bin/sh: 1: curl: not found', 'program', 'curl'],
  ['2024/01/01 open /data/state: permission denied', 'permission', '/data/state'],
  ["PermissionError: [Errno 13] Permission denied: '/cache/x'", 'permission', '/cache/x'],
  ["Error: EACCES: permission denied, mkdir '/app/.next'", 'permission', '/app/.next'],
  ['listen tcp :80: bind: permission denied', 'permission', ':80'],
  ['open /app/cache.db: read-only file system', 'read-only', '/app/cache.db'],
  ["Error: EROFS: read-only file system, open '/app/log'", 'read-only', '/app/log'],
  ['panic: open ./config.yaml: no such file or directory', 'file', './config.yaml'],
  ["FileNotFoundError: [Errno 2] No such file or directory: 'model.bin'", 'file', 'model.bin'],
  ["ModuleNotFoundError: No module named 'fastapi'", 'file', 'fastapi'],
  ["Error: Cannot find module '/app/dist/main.js'", 'file', '/app/dist/main.js'],
  [
    'error: Uncaught (in promise) NotCapable: Requires read access to "/run/secrets/token", run again with the --allow-read flag',
    'deno-permission',
    'read access to "/run/secrets/token"',
  ],
])('the log line %j is %s %s', (line, kind, subject) => {
  expect(symptomsIn(`starting\n${line}\n`)).toMatchObject([{ kind, subject }]);
});
test('an ordinary log has no symptoms, and a hostile one costs no time', () => {
  expect(symptomsIn('listening on :8080\nGET /a 404 not found\n')).toEqual([]);
  const started = performance.now();
  symptomsIn(`${'open '.repeat(200_000)}\n${'a'.repeat(1e6)}: permission denied\n${'exec '.repeat(100_000)}`);
  expect(performance.now() - started).toBeLessThan(1500);
});

const config = (more: Partial<ImageConfig> = {}): ImageConfig => ({
  kind: 'config',
  user: '',
  entrypoint: ['/app'],
  cmd: [],
  workdir: '/',
  env: { PATH: '/bin' },
  ports: ['8080/tcp'],
  volumes: [],
  labels: {},
  healthcheck: [],
  stopSignal: '',
  size: 100,
  layers: [],
  platform: 'linux/amd64',
  ...more,
});

describe('image configurations', () => {
  test('are read as engines print them', () => {
    expect(
      parseImageConfig({
        Os: 'linux',
        Architecture: 'arm64',
        Variant: 'v8',
        Size: 7,
        RootFS: { Layers: ['sha256:1'] },
        Config: {
          User: '65532',
          Entrypoint: ['/a'],
          Cmd: null,
          WorkingDir: '',
          Env: ['A=b=c', 'D'],
          ExposedPorts: { '80/tcp': {} },
          Healthcheck: { Test: ['CMD', '/a'] },
          Labels: { x: 'y' },
        },
      }),
    ).toEqual(
      config({
        user: '65532',
        entrypoint: ['/a'],
        env: { A: 'b=c', D: '' },
        ports: ['80/tcp'],
        labels: { x: 'y' },
        healthcheck: ['CMD', '/a'],
        size: 7,
        layers: ['sha256:1'],
        platform: 'linux/arm64/v8',
      }),
    );
    expect(parseImageConfig(undefined)).toBeUndefined();
    expect(parseImageConfig({})).toMatchObject({ user: '', workdir: '/', platform: 'linux/amd64' });
  });
  test('differences carry whether a decision meant them', () => {
    const found = compareConfigs(config(), config({ user: '65532', ports: [], env: { PATH: '/bin', SSL_CERT_FILE: '/x' } }), [
      { field: 'user', because: 'nonroot' },
      { field: 'base', because: 'distroless' },
    ]);
    expect(found).toEqual([
      { field: 'user', before: '', after: '65532', declared: true },
      { field: 'ports', key: '8080/tcp', before: 'set', after: '', declared: false },
      { field: 'env', key: 'SSL_CERT_FILE', before: '', after: '/x', declared: true },
    ]);
    expect(compareConfigs(config(), config({ labels: { 'dev.dockmod.verify': '1' } }), [])).toEqual([]);
  });
});

const seen = (more: Partial<Observation> = {}): Observation => ({
  profile: 'hardened',
  outcome: 'up',
  exitCode: undefined,
  error: '',
  outOfMemory: false,
  readyAfter: 100,
  ports: [{ port: 80, open: true, http: { '/': 200 } }],
  asked: true,
  health: 'none',
  healthLog: '',
  probes: [],
  uid: 0,
  symptoms: [],
  log: '',
  ...more,
});

describe('the verdict', () => {
  const verdict = (before: Partial<Observation>, after: Partial<Observation>): string =>
    judge(seen(before), seen(after), [], undefined).judgement;
  test.each([
    ['the same', {}, {}, 'same'],
    ['no longer root', { uid: 0 }, { uid: 65532 }, 'better'],
    ['root again', { uid: 1000 }, { uid: 0 }, 'worse'],
    ['it ends', {}, { outcome: 'exited', exitCode: 0 }, 'worse'],
    ['it does not start', {}, { outcome: 'not-started', error: 'no such file' }, 'worse'],
    ['it starts at last', { outcome: 'exited', exitCode: 1 }, {}, 'better'],
    ['it never did', { outcome: 'exited', exitCode: 1 }, { outcome: 'exited', exitCode: 1 }, 'unknown'],
    [
      'it needs a database, before and after',
      { outcome: 'exited', exitCode: 1, log: '12:00:01 dial tcp 10.0.0.7:5432: connection refused\n' },
      { outcome: 'exited', exitCode: 1, log: '12:00:09 dial tcp 10.0.0.8:5432: connection refused\n' },
      'same',
    ],
    [
      'it fails for another reason now',
      { outcome: 'exited', exitCode: 1, log: 'no database\n' },
      { outcome: 'exited', exitCode: 1, log: 'open /data: permission denied\n' },
      'unknown',
    ],
    [
      'it fails in another way now',
      { outcome: 'exited', exitCode: 1, log: 'no database\n' },
      { outcome: 'exited', exitCode: 139, log: 'no database\n' },
      'unknown',
    ],
    ['a job that ends with 0', { outcome: 'exited', exitCode: 0 }, { outcome: 'exited', exitCode: 0 }, 'same'],
    ['a job that fails now', { outcome: 'exited', exitCode: 0 }, { outcome: 'exited', exitCode: 3 }, 'worse'],
    ['health lost', { health: 'healthy' }, { health: 'unhealthy' }, 'worse'],
    ['health gone', { health: 'healthy' }, { health: 'none' }, 'worse'],
    ['health won', { health: 'unhealthy' }, { health: 'healthy' }, 'better'],
    ['a port closed', {}, { ports: [{ port: 80, open: false, http: {} }] }, 'worse'],
    ['500 instead of 200', {}, { ports: [{ port: 80, open: true, http: { '/': 500 } }] }, 'worse'],
    ['404 instead of 200', {}, { ports: [{ port: 80, open: true, http: { '/': 404 } }] }, 'worse'],
    ['200 instead of 404', { ports: [{ port: 80, open: true, http: { '/': 404 } }] }, {}, 'same'],
    ['ports that nobody could ask', {}, { ports: [], asked: false }, 'same'],
    [
      'a probe that fails now',
      { probes: [{ key: 'a', at: 'compose.yaml:3', argv: ['wget'], code: 0, output: '' }] },
      { probes: [{ key: 'a', at: 'compose.yaml:3', argv: ['wget'], code: 127, output: 'not found' }] },
      'worse',
    ],
    [
      'a probe that was rewritten with the image',
      { probes: [{ key: 'a', at: 'compose.yaml:3', argv: ['wget'], code: 0, output: '' }] },
      { probes: [{ key: 'a', at: 'compose.yaml:5', argv: ['/app', 'check'], code: 0, output: '' }] },
      'same',
    ],
    ['a new line in the log alone', {}, { symptoms: [{ kind: 'file', subject: '/x', line: 'open /x' }] }, 'same'],
    ['killed for memory', {}, { outcome: 'exited', exitCode: 137, outOfMemory: true }, 'worse'],
  ] as const)('%s', (_what, before, after, expected) => {
    expect(verdict(before as Partial<Observation>, after as Partial<Observation>)).toBe(expected);
  });
  test('a difference that nothing declared is worse', () => {
    expect(judge(seen(), seen(), [{ field: 'ports', key: '80/tcp', before: 'set', after: '', declared: false }], undefined).judgement).toBe(
      'worse',
    );
    expect(judge(seen(), seen(), [{ field: 'user', before: '', after: '65532', declared: true }], undefined).judgement).toBe('same');
  });
  test('smaller is better, larger is said, noise is nothing', () => {
    expect(judge(seen(), seen(), [], { before: 1000, after: 500 }).judgement).toBe('better');
    expect(judge(seen(), seen(), [], { before: 1000, after: 2000 })).toMatchObject({
      judgement: 'same',
      findings: [{ text: 'the image grew' }],
    });
    expect(judge(seen(), seen(), [], { before: 1000, after: 1002 })).toEqual({ judgement: 'same', findings: [] });
  });
});

test('how a service is started comes from one deployment, its probes from all', () => {
  const at = (path: string, line: number): Dependent['at'] => ({ path: path as RepoPath, line });
  const dependents: Dependent[] = [
    { source: 'compose', at: at('compose.yaml', 3), by: 'api', kind: 'user', user: '1000' },
    { source: 'compose', at: at('compose.yaml', 4), by: 'api', kind: 'environment', name: 'A', value: '1' },
    { source: 'compose', at: at('compose.yaml', 5), by: 'api', kind: 'environment', name: 'B', value: '${B}' },
    { source: 'compose', at: at('compose.yaml', 6), by: 'api', kind: 'mount', mount: { target: '/data', type: 'named', readOnly: false } },
    {
      source: 'compose',
      at: at('compose.yaml', 7),
      by: 'api',
      kind: 'mount',
      mount: { target: '/run/secrets/t', type: 'secret', readOnly: true },
    },
    { source: 'compose', at: at('compose.yaml', 8), by: 'api', kind: 'command', command: { form: 'shell', text: './app --port 80' } },
    {
      source: 'compose',
      at: at('compose.yaml', 9),
      by: 'api',
      kind: 'probe',
      purpose: 'healthcheck',
      probe: { kind: 'command', command: { form: 'exec', argv: ['wget', '-q', 'http://localhost:80/ready'] } },
    },
    {
      source: 'kubernetes',
      at: at('k8s.yaml', 9),
      by: 'api',
      kind: 'probe',
      purpose: 'liveness',
      probe: { kind: 'http', port: 80, path: '/live' },
    },
    { source: 'kubernetes', at: at('k8s.yaml', 10), by: 'api', kind: 'user', user: '2000' },
    { source: 'kubernetes', at: at('k8s.yaml', 11), by: 'api', kind: 'port', container: 80 },
  ];
  expect(
    expectationsOf({
      name: 'api',
      dockerfile: 'Dockerfile' as RepoPath,
      builds: [{ by: 'convention', at: at('Dockerfile', 1), context: '.' as RepoPath, args: {} }],
      dependents,
    } satisfies Service),
  ).toEqual({
    ports: [80],
    paths: ['/live', '/ready'],
    probes: [{ key: 'compose.yaml api healthcheck 1', at: 'compose.yaml:9', argv: ['wget', '-q', 'http://localhost:80/ready'] }],
    user: '1000',
    env: { A: '1' },
    volumes: ['/data'],
    tmpfs: [],
    entrypoint: undefined,
    command: ['./app', '--port', '80'],
    notes: ['compose.yaml:7: the secret mount at /run/secrets/t is not there in this test'],
  });
});

describe('the copy of a build context', () => {
  const repo = (): string => {
    const root = mkdtempSync(join(tmpdir(), 'dockmod-context-'));
    mkdirSync(join(root, 'svc/src'), { recursive: true });
    writeFileSync(join(root, 'svc/src/main.go'), 'package main\n');
    writeFileSync(join(root, 'svc/Dockerfile'), '# syntax=docker/dockerfile:1\nFROM scratch\n');
    writeFileSync(join(root, 'svc/.dockerignore'), '*.log\n');
    symlinkSync('src/main.go', join(root, 'svc/link'));
    utimesSync(join(root, 'svc/src/main.go'), new Date(1e9), new Date(1e9));
    return root;
  };
  const request = (root: string, more = {}) => ({
    root,
    context: 'svc' as RepoPath,
    dockerfile: 'svc/Dockerfile' as RepoPath,
    changes: [],
    withoutSyntax: false,
    largest: 1e6,
    ...more,
  });
  const scratch = (): string => mkdtempSync(join(tmpdir(), 'dockmod-copy-'));

  test('keeps times and links, and takes the ignore file beside the Dockerfile', async () => {
    const copy = await copyContext(scratch(), request(repo()));
    if (copy.kind !== 'copied') throw new Error(copy.reason);
    expect(statSync(join(copy.context, 'src/main.go')).mtimeMs).toBe(1e9);
    expect(readFileSync(join(copy.context, 'link'), 'utf8')).toBe('package main\n');
    expect(readFileSync(`${copy.dockerfile}.dockerignore`, 'utf8')).toBe('*.log\n');
  });
  test('writes the plan over the copy and never into the repository', async () => {
    const root = repo();
    const changes = [
      { path: 'svc/Dockerfile' as RepoPath, before: '', after: 'FROM alpine\n' },
      { path: 'svc/.dockerignore' as RepoPath, before: '', after: 'tmp\n' },
      { path: 'svc/new/file' as RepoPath, before: undefined, after: 'x' },
      { path: 'compose.yaml' as RepoPath, before: '', after: 'y' },
    ];
    const copy = await copyContext(scratch(), request(root, { changes }));
    if (copy.kind !== 'copied') throw new Error(copy.reason);
    expect(readFileSync(copy.dockerfile, 'utf8')).toBe('FROM alpine\n');
    expect(readFileSync(`${copy.dockerfile}.dockerignore`, 'utf8')).toBe('tmp\n');
    expect(readFileSync(join(copy.context, 'new/file'), 'utf8')).toBe('x');
    await touch(copy, 'src/main.go', 'nonce');
    expect(readFileSync(join(copy.context, 'src/main.go'), 'utf8')).toBe('package main\n\n// nonce\n');
    expect(readFileSync(join(root, 'svc/src/main.go'), 'utf8')).toBe('package main\n');
    expect(readFileSync(join(root, 'svc/Dockerfile'), 'utf8')).toContain('scratch');
  });
  test('has a limit and a name for what cannot be read', async () => {
    expect((await copyContext(scratch(), request(repo(), { largest: 3 }))).kind).toBe('too-large');
    expect((await copyContext(scratch(), request(repo(), { context: 'none' }))).kind).toBe('unreadable');
  });
  test('the syntax line becomes a comment, and no line moves', () => {
    expect(syntaxOf('# escape=\\\n#syntax = docker/dockerfile:1.7\nFROM a\n')).toBe('docker/dockerfile:1.7');
    expect(syntaxOf('FROM a\n# syntax=x\n')).toBeUndefined();
    const text = '\uFEFF# escape=`\r\n# syntax=docker/dockerfile:1\r\nFROM a\r\n';
    expect(stripSyntax(text)).toBe('\uFEFF# escape=`\r\n# (syntax directive left out for this build)\r\nFROM a\r\n');
  });
  test('the source to touch is an entry point, never a manifest, a test or a dependency', () => {
    const choose = (...paths: readonly string[]): string | undefined => sourceToTouch(paths as readonly RepoPath[], 'svc' as RepoPath);
    expect(choose('svc/go.mod', 'svc/main_test.go', 'svc/vendor/a/main.go', 'svc/cmd/api/main.go', 'other/main.go')).toBe(
      'svc/cmd/api/main.go',
    );
    expect(choose('svc/zeta.py', 'svc/app.py', 'svc/conftest.py')).toBe('svc/app.py');
    expect(choose('svc/build.rs', 'svc/src/main.rs', 'svc/src/lib.rs')).toBe('svc/src/main.rs');
    expect(choose('svc/package.json', 'svc/vite.config.ts', 'svc/node_modules/a/index.js')).toBeUndefined();
  });
});
