/** The registry client against Debian's docker-registry with token authentication, filled by a real engine. */

import { execFileSync, spawn } from 'node:child_process';
import { createHash, createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseReference } from '../../../src/images/reference.ts';
import { createRegistry, type RegistryOptions } from '../../../src/size/registry/client.ts';
import { engineUnderTest, must } from './support.ts';

const USER = 'reader';
const PASSWORD = 'canary-password-93af';
const BASIC = Buffer.from(`${USER}:${PASSWORD}`).toString('base64');

interface Output {
  readonly status: number;
  readonly out: string;
}
/** Asynchronous: the token server answers from this very process. */
function run(command: string, args: readonly string[], env: Record<string, string>, input = ''): Promise<Output> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env: { ...process.env, ...env } });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stdin.end(input);
    child.on('close', (status) => resolve({ status: status ?? -1, out }));
  });
}

/** Signs what it is asked for when the credentials are right; pulls of `public/` need none. */
function tokenServer(directory: string): Server {
  return createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const known = request.headers.authorization === `Basic ${BASIC}`;
    if (request.headers.authorization !== undefined && !known) return void response.writeHead(401).end();
    const access = url.searchParams
      .getAll('scope')
      .flatMap((scope) => scope.split(' '))
      .flatMap((scope) => {
        const [type, name = '', actions = ''] = scope.split(':');
        const granted = known ? actions.split(',') : name.startsWith('public/') ? ['pull'] : [];
        return granted.length === 0 ? [] : [{ type, name, actions: granted }];
      });
    const now = Math.floor(Date.now() / 1000);
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const certificate = new X509Certificate(readFileSync(join(directory, 'token.crt'))).raw.toString('base64');
    const unsigned = `${part({ alg: 'RS256', typ: 'JWT', x5c: [certificate] })}.${part({ iss: 'dockmod-test', sub: known ? USER : '', aud: 'loopback', exp: now + 300, nbf: now - 10, iat: now, jti: randomUUID(), access })}`;
    const token = `${unsigned}.${sign('RSA-SHA256', Buffer.from(unsigned), createPrivateKey(readFileSync(join(directory, 'token.key')))).toString('base64url')}`;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token }));
  });
}

describe.skipIf(engineUnderTest === undefined)('a registry that wants tokens', () => {
  const directory = mkdtempSync(join(tmpdir(), 'dockmod-registry-'));
  let tokens: Server;
  let host = '';
  const options = (more: RegistryOptions = {}): RegistryOptions => ({
    credentials: async () => ({ username: USER, password: PASSWORD }),
    limits: { attempts: 1 },
    ...more,
  });
  const image = (name: string, more?: RegistryOptions, platform = 'linux/amd64') =>
    createRegistry(options(more)).image(parseReference(`${host}/${name}`)!, platform);

  /** Writes into the registry what engines do not: indexes, lists, attestations. */
  async function put(path: string, body: string | Buffer, type: string): Promise<void> {
    const [, name = ''] = /^\/v2\/(.*?)\/(?:manifests|blobs)/.exec(path) ?? [];
    const realm = await fetch(
      `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token?service=loopback&scope=repository:${name}:pull,push`,
      { headers: { authorization: `Basic ${BASIC}` } },
    );
    const { token } = (await realm.json()) as { token: string };
    let target = `http://${host}${path}`;
    if (path.includes('/blobs/')) {
      const upload = await fetch(`http://${host}/v2/${name}/blobs/uploads/`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
      target = `${upload.headers.get('location')}&digest=sha256:${createHash('sha256').update(body).digest('hex')}`;
    }
    const answer = await fetch(target, { method: 'PUT', headers: { authorization: `Bearer ${token}`, 'content-type': type }, body });
    expect(answer.status, await answer.text()).toBe(201);
  }

  beforeAll(async () => {
    tokens = tokenServer(directory);
    await new Promise<void>((resolve) => tokens.listen(0, '127.0.0.1', resolve));
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(probe.address() as AddressInfo).port}`;
    await new Promise((resolve) => probe.close(resolve));
    must(
      await run(
        'scripts/engine/registry.sh',
        [directory, host.split(':')[1] ?? '', `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token`],
        {},
      ),
    );
    const config = join(directory, 'config');
    mkdirSync(config);
    writeFileSync(join(config, 'config.json'), JSON.stringify({ auths: { [host]: { auth: BASIC } } }));
    const env = { ...engineUnderTest?.env, DOCKER_CONFIG: config };
    for (const name of ['team/app:1', 'public/app:1']) {
      must(
        await run(
          'docker',
          ['build', '-t', `${host}/${name}`, '-'],
          { ...env, DOCKER_BUILDKIT: '0' },
          'FROM debian:bookworm-slim\nENV A=1\nCOPY --from=alpine:3.20 /bin/busybox /busybox\nUSER 65532\n',
        ),
      );
      must(await run('docker', ['push', `${host}/${name}`], env));
      await run('docker', ['image', 'rm', `${host}/${name}`], env);
    }
  });
  afterAll(() => {
    tokens?.closeAllConnections();
    tokens?.close();
    execFileSync('scripts/engine/down.sh', [directory]);
  });

  test('measures what was pushed, layer by layer', async () => {
    const result = await image('team/app:1');
    expect(result).toMatchObject({ kind: 'ok', value: { platform: 'linux/amd64', digest: expect.stringMatching(/^sha256:/) } });
    if (result.kind !== 'ok') return;
    const { layers, pull } = result.value;
    expect(layers).toHaveLength(2);
    expect(layers[1]?.instruction).toMatch(/COPY .* in \/busybox/);
    expect(pull).toBeGreaterThan(layers.reduce((sum, { size }) => sum + size, 0));
    expect(pull).toBeGreaterThan(20e6);
  });

  test('without credentials: what is public can be measured, the rest is refused', async () => {
    const anonymous = { credentials: async () => undefined };
    expect((await image('public/app:1', anonymous)).kind).toBe('ok');
    expect((await image('team/app:1', anonymous)).kind).toBe('unauthorized');
    expect((await image('team/app:1', { credentials: async () => ({ username: USER, password: 'wrong-canary-1' }) })).kind).toBe(
      'unauthorized',
    );
  });

  test('a tag that is not there has a name', async () => {
    expect((await image('team/app:none')).kind).toBe('not-found');
    expect((await image('team/other:1')).kind).toBe('not-found');
  });

  test.each([
    ['an OCI index', 'application/vnd.oci.image.index.v1+json', 'application/vnd.oci.image.manifest.v1+json'],
    [
      'a Docker manifest list',
      'application/vnd.docker.distribution.manifest.list.v2+json',
      'application/vnd.docker.distribution.manifest.v2+json',
    ],
  ])('%s with two platforms and an attestation', async (_what, listType, imageType) => {
    const docker = imageType.includes('docker');
    const entries = [];
    for (const [architecture, bytes] of [
      ['amd64', 100],
      ['arm64', 200],
      ['unknown', 5],
    ] as const) {
      const config = JSON.stringify({
        architecture,
        os: architecture === 'unknown' ? 'unknown' : 'linux',
        rootfs: { type: 'layers', diff_ids: [] },
        history: [{ created_by: 'COPY a b' }],
      });
      const layer = Buffer.alloc(bytes, architecture);
      const digest = (body: string | Buffer): string => `sha256:${createHash('sha256').update(body).digest('hex')}`;
      await put(`/v2/team/multi/blobs/${digest(config)}`, config, 'application/octet-stream');
      await put(`/v2/team/multi/blobs/${digest(layer)}`, layer, 'application/octet-stream');
      const manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: imageType,
        config: {
          mediaType: docker ? 'application/vnd.docker.container.image.v1+json' : 'application/vnd.oci.image.config.v1+json',
          digest: digest(config),
          size: config.length,
        },
        layers: [
          {
            mediaType: docker ? 'application/vnd.docker.image.rootfs.diff.tar.gzip' : 'application/vnd.oci.image.layer.v1.tar+gzip',
            digest: digest(layer),
            size: bytes,
          },
        ],
      });
      await put(`/v2/team/multi/manifests/${digest(manifest)}`, manifest, imageType);
      entries.unshift({
        mediaType: imageType,
        digest: digest(manifest),
        size: manifest.length,
        platform: {
          architecture,
          os: architecture === 'unknown' ? 'unknown' : 'linux',
          ...(architecture === 'arm64' ? { variant: 'v8' } : {}),
        },
      });
    }
    await put('/v2/team/multi/manifests/1', JSON.stringify({ schemaVersion: 2, mediaType: listType, manifests: entries }), listType);
    expect(await image('team/multi:1')).toMatchObject({ kind: 'ok', value: { layers: [{ size: 100, instruction: 'COPY a b' }] } });
    expect(await image('team/multi:1', {}, 'linux/arm64')).toMatchObject({ kind: 'ok', value: { layers: [{ size: 200 }] } });
    expect(await image('team/multi:1', {}, 'linux/s390x')).toMatchObject({ kind: 'no-platform' });
  });

  test('the command takes credentials from a helper and never shows them', async () => {
    const home = join(directory, 'home');
    mkdirSync(home);
    writeFileSync(join(home, 'config.json'), JSON.stringify({ credHelpers: { [host]: 'canary' } }));
    writeFileSync(
      join(home, 'docker-credential-canary'),
      `#!/bin/sh\nread server\n[ "$server" = "${host}" ] && printf '{"ServerURL":"%s","Username":"${USER}","Secret":"${PASSWORD}"}' "$server"\n`,
    );
    chmodSync(join(home, 'docker-credential-canary'), 0o755);
    const env = { DOCKER_CONFIG: home, PATH: `${home}:${process.env['PATH'] ?? ''}` };
    const shown = await run('node', ['dist/cli.js', 'size', '--layers', `${host}/team/app:1`], env);
    expect(shown.status, shown.out).toBe(0);
    expect(shown.out).toContain('measured: registry manifest');
    expect(shown.out).toMatch(/COPY file:[0-9a-f]{12} /);
    expect(shown.out).toMatch(/total +3\d MB/);
    const refused = await run('node', ['dist/cli.js', 'size', `${host}/team/app:1`], { ...env, DOCKER_CONFIG: directory });
    expect(refused).toMatchObject({ status: 1, out: expect.stringContaining('wants credentials') });
    for (const secret of [PASSWORD, BASIC]) expect(shown.out + refused.out).not.toContain(secret);
  });
});
