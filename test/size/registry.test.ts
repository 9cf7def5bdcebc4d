import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { parseReference } from '../../src/images/reference.ts';
import { parseChallenge } from '../../src/size/registry/challenge.ts';
import { createRegistry, type RegistryOptions } from '../../src/size/registry/client.ts';
import { credentialsFor, parseDockerConfig } from '../../src/size/registry/credentials.ts';
import { NETWORK } from '../../src/size/registry/http.ts';

const DIGEST = (digit: string): string => `sha256:${digit.repeat(64)}`;
const IMAGE = {
  schemaVersion: 2,
  config: { digest: DIGEST('c'), size: 100 },
  layers: [
    { digest: DIGEST('1'), size: 1000 },
    { digest: DIGEST('2'), size: 20 },
  ],
};
const CONFIG = {
  os: 'linux',
  architecture: 'amd64',
  history: [{ created_by: 'ADD rootfs.tar /' }, { created_by: 'ENV A=1', empty_layer: true }, { created_by: 'COPY app /app # buildkit' }],
};

type Handler = (request: IncomingMessage, response: ServerResponse, seen: readonly string[]) => void;
let server: Server | undefined;

/** A registry on loopback that answers as `handler` says; remembers what it was asked. */
async function serve(handler: Handler): Promise<{ readonly host: string; readonly seen: string[] }> {
  const seen: string[] = [];
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`);
    handler(request, response, seen);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

const json = (response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void =>
  void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
const plain: Handler = ({ url = '' }, response) => {
  if (url.includes('/manifests/')) json(response, IMAGE, { 'docker-content-digest': DIGEST('a') });
  else if (url.includes('/blobs/')) json(response, CONFIG);
  else response.writeHead(404).end();
};
const slept: number[] = [];
const network = { fetch: NETWORK.fetch, sleep: async (milliseconds: number) => void slept.push(milliseconds) };
const ask = (host: string, options: RegistryOptions = {}, platform = 'linux/amd64', name = 'team/app:1') =>
  createRegistry({ network, ...options }).image(parseReference(`${host}/${name}`)!, platform);

describe('an image without authentication', () => {
  test('its layers and its configuration are what a pull transfers', async () => {
    const { host } = await serve(plain);
    expect(await ask(host)).toEqual({
      kind: 'ok',
      value: {
        digest: DIGEST('a'),
        platform: 'linux/amd64',
        pull: 1120,
        layers: [
          { digest: DIGEST('1'), size: 1000, instruction: 'ADD rootfs.tar /' },
          { digest: DIGEST('2'), size: 20, instruction: 'COPY app /app # buildkit' },
        ],
      },
    });
  });

  test('all manifest types are asked for at once: schema 1 has no sizes', async () => {
    let accept = '';
    const { host } = await serve((request, response, seen) => {
      accept ||= request.headers.accept ?? '';
      plain(request, response, seen);
    });
    await ask(host);
    for (const type of [
      'oci.image.index.v1',
      'docker.distribution.manifest.list.v2',
      'oci.image.manifest.v1',
      'docker.distribution.manifest.v2',
    ])
      expect(accept).toContain(type);
  });

  test('an index is followed to the platform; attestations are no platform', async () => {
    const index = {
      schemaVersion: 2,
      manifests: [
        { digest: DIGEST('f'), size: 1, platform: { os: 'unknown', architecture: 'unknown' } },
        { digest: DIGEST('d'), size: 1, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
        { digest: DIGEST('e'), size: 1, platform: { os: 'linux', architecture: 'amd64' } },
      ],
    };
    const { host, seen } = await serve(({ url = '' }, response, all) =>
      url.endsWith('/manifests/1')
        ? json(response, index)
        : url.includes('/blobs/')
          ? json(response, { os: 'linux', architecture: seen.some((line) => line.includes(DIGEST('d'))) ? 'arm64' : 'amd64' })
          : plain({ url } as IncomingMessage, response, all),
    );
    expect(await ask(host, {}, 'linux/arm64')).toMatchObject({ kind: 'ok', value: { digest: DIGEST('d') } });
    seen.length = 0;
    expect(await ask(host)).toMatchObject({ kind: 'ok', value: { digest: DIGEST('e') } });
    expect(await ask(host, {}, 'linux/s390x')).toMatchObject({
      kind: 'no-platform',
      reason: expect.stringContaining('linux/arm64/v8, linux/amd64'),
    });
  });

  test('an image for another machine is not passed off as this one', async () => {
    const { host } = await serve(plain);
    expect((await ask(host, {}, 'linux/arm64')).kind).toBe('no-platform');
  });

  test('schema 1, indexes of indexes and broken manifests are named', async () => {
    for (const body of [
      { schemaVersion: 1, fsLayers: [] },
      { schemaVersion: 2 },
      [],
      'text',
      null,
      { config: { digest: 'x', size: 1 }, layers: [] },
      { config: IMAGE.config, layers: [{ digest: DIGEST('1'), size: -1 }] },
      { manifests: [{ digest: DIGEST('1'), size: 1, platform: { os: 'linux', architecture: 'amd64' } }] },
    ]) {
      const { host } = await serve((_request, response) => json(response, body));
      expect((await ask(host)).kind, JSON.stringify(body)).toBe('invalid-response');
      server?.close();
    }
  });
});

describe('what goes wrong has a name', () => {
  test.each([
    [404, 'not-found', 1],
    [403, 'forbidden', 1],
    [418, 'invalid-response', 1],
    [500, 'server-error', 3],
    [503, 'server-error', 3],
    [429, 'rate-limited', 3],
  ])('%i is %s after %i attempts', async (status, kind, attempts) => {
    const { host, seen } = await serve((_request, response) => void response.writeHead(status).end('secret-body'));
    const result = await ask(host);
    expect(result).toMatchObject({ kind, status });
    expect(JSON.stringify(result)).not.toContain('secret-body');
    expect(seen).toHaveLength(attempts);
  });

  test('a storm that passes is survived, with growing pauses', async () => {
    slept.length = 0;
    let left = 2;
    const { host } = await serve((request, response, seen) =>
      left-- > 0 ? void response.writeHead(502).end() : plain(request, response, seen),
    );
    expect((await ask(host)).kind).toBe('ok');
    expect(slept).toEqual([500, 1000]);
  });

  test('Retry-After is obeyed when it is short, and reported when it is long', async () => {
    slept.length = 0;
    let wait = '2';
    let left = 1;
    const { host } = await serve((request, response, seen) =>
      left-- > 0 ? void response.writeHead(429, { 'retry-after': wait }).end() : plain(request, response, seen),
    );
    expect((await ask(host)).kind).toBe('ok');
    expect(slept).toEqual([2000]);
    [wait, left] = [new Date(Date.now() + 4000).toUTCString(), 1];
    expect((await ask(host)).kind).toBe('ok');
    expect(slept.pop()).toBeGreaterThan(1000);
    [wait, left] = ['3600', 99];
    expect(await ask(host)).toMatchObject({ kind: 'rate-limited', retryAfter: 3600 });
    expect(slept).toHaveLength(1);
  });

  test('silence, half an answer and a cut connection do not hang', async () => {
    const limits = { timeout: 150, attempts: 1 };
    let { host } = await serve(() => undefined);
    expect((await ask(host, { limits })).kind).toBe('timeout');
    server?.closeAllConnections();
    server?.close();
    ({ host } = await serve((_request, response) => void response.writeHead(200).write('{"schemaVersion": 2, ')));
    expect((await ask(host, { limits })).kind).toBe('timeout');
    server?.closeAllConnections();
    server?.close();
    ({ host } = await serve((request) => void request.socket.destroy()));
    expect((await ask(host, { limits })).kind).toBe('unreachable');
  });

  test('nobody listens', async () => {
    const { host } = await serve(plain);
    await new Promise((resolve) => server?.close(resolve));
    expect(await ask(host, { limits: { attempts: 1 } })).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('endless and garbage bodies', async () => {
    let { host } = await serve((_request, response) => {
      response.writeHead(200);
      const chunk = Buffer.alloc(1 << 16, 0x20);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect((await ask(host)).kind).toBe('too-large');
    server?.closeAllConnections();
    server?.close();
    ({ host } = await serve((_request, response) => void response.writeHead(200).end('<html>\0\xff')));
    expect((await ask(host)).kind).toBe('invalid-response');
  });

  test('offline asks nobody', async () => {
    const { host, seen } = await serve(plain);
    expect((await ask(host, { offline: true })).kind).toBe('offline');
    expect(seen).toEqual([]);
  });
});

describe('authentication', () => {
  const CANARY = 'canary-pass-5f2a';
  const TOKEN = 'canary-token-77';
  /** A registry with a token server beside it, as Docker Hub has. */
  const withTokens =
    (check: (request: IncomingMessage, url: URL) => boolean): Handler =>
    (request, response, seen) => {
      const url = new URL(request.url ?? '', 'http://x');
      if (url.pathname === '/token') {
        if (check(request, url)) json(response, { token: TOKEN, expires_in: 300 });
        else response.writeHead(401).end();
      } else if (request.headers.authorization === `Bearer ${TOKEN}`) plain(request, response, seen);
      else
        response
          .writeHead(401, {
            'www-authenticate': `Bearer realm="http://${request.headers.host}/token",service="reg, one",scope="repository:team/app:pull"`,
          })
          .end();
    };

  test('a token is fetched anonymously, used, and kept for the repository', async () => {
    const { host, seen } = await serve(
      withTokens(
        (request, url) =>
          request.headers.authorization === undefined &&
          url.searchParams.get('service') === 'reg, one' &&
          url.searchParams.get('scope') === 'repository:team/app:pull',
      ),
    );
    expect((await ask(host)).kind).toBe('ok');
    expect(seen.filter((line) => line.includes('/token'))).toHaveLength(1);
  });

  test('credentials go to the token server as Basic, and nowhere else', async () => {
    const basic = `Basic ${Buffer.from(`me:${CANARY}`).toString('base64')}`;
    const { host, seen } = await serve(withTokens(({ headers }) => headers.authorization === basic));
    const secrets: string[] = [];
    expect(
      (await ask(host, { credentials: async () => ({ username: 'me', password: CANARY }), onSecret: (secret) => secrets.push(secret) }))
        .kind,
    ).toBe('ok');
    expect(seen.filter((line) => line.includes(basic)).every((line) => line.includes('/token'))).toBe(true);
    expect(secrets).toEqual(expect.arrayContaining([CANARY, TOKEN, Buffer.from(`me:${CANARY}`).toString('base64')]));
  });

  test('an identity token is exchanged by form', async () => {
    let form = '';
    const { host } = await serve((request, response, seen) => {
      if (request.method !== 'POST') return withTokens(() => false)(request, response, seen);
      request.on('data', (chunk: Buffer) => (form += chunk.toString())).on('end', () => json(response, { access_token: TOKEN }));
    });
    expect((await ask(host, { credentials: async () => ({ username: '', password: '', identityToken: CANARY }) })).kind).toBe('ok');
    expect(Object.fromEntries(new URLSearchParams(form))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: CANARY,
      service: 'reg, one',
    });
  });

  test('Basic challenges are met with Basic', async () => {
    const basic = `Basic ${Buffer.from(`me:${CANARY}`).toString('base64')}`;
    const { host } = await serve((request, response, seen) =>
      request.headers.authorization === basic
        ? plain(request, response, seen)
        : void response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
    );
    expect((await ask(host, { credentials: async () => ({ username: 'me', password: CANARY }) })).kind).toBe('ok');
    expect((await ask(host)).kind).toBe('unauthorized');
    expect((await ask(host, { credentials: async () => ({ username: 'me', password: 'wrong-one' }) })).kind).toBe('unauthorized');
  });

  test('no failure quotes a credential', async () => {
    const credentials = async () => ({ username: 'me', password: CANARY });
    const handlers: Handler[] = [
      withTokens(() => false),
      withTokens(() => true),
      (_request, response) =>
        void response.writeHead(401, { 'www-authenticate': `Bearer realm="http://evil:${CANARY}@127.0.0.1/token"` }).end(),
      (_request, response) => void response.writeHead(401, { 'www-authenticate': 'Bearer realm="ftp://x/y"' }).end(),
      (request, response) =>
        void response
          .writeHead(request.url?.includes('token') === true ? 500 : 401, {
            'www-authenticate': `Bearer realm="http://${request.headers.host}/token"`,
          })
          .end(CANARY),
      (request, response) =>
        request.url?.includes('token') === true
          ? json(response, { token: 'a\r\nb' })
          : void response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token"` }).end(),
      (_request, response) => void response.writeHead(401).end(),
    ];
    for (const handler of handlers) {
      const { host } = await serve(handler);
      const result = JSON.stringify(await ask(host, { credentials }, 'linux/amd64', 'other/app:2'));
      for (const secret of [CANARY, TOKEN, Buffer.from(`me:${CANARY}`).toString('base64')])
        if (handler !== handlers[1]) expect(result).not.toContain(secret);
      server?.closeAllConnections();
      server?.close();
    }
  });

  test('a redirect to another host is followed without credentials, and a form is never posted again', async () => {
    const elsewhere: string[] = [];
    const other = createServer((request, response) => {
      elsewhere.push(`${request.method} ${JSON.stringify(request.headers)}`);
      request.on('data', (chunk: Buffer) => elsewhere.push(chunk.toString())).on('end', () => json(response, CONFIG));
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const away = `http://localhost:${(other.address() as AddressInfo).port}/store`;
    const { host } = await serve((request, response, seen) =>
      request.url?.includes('/blobs/') === true
        ? void response.writeHead(307, { location: away }).end()
        : withTokens(() => true)(request, response, seen),
    );
    const credentials = async () => ({ username: 'me', password: CANARY });
    expect(await ask(host, { credentials })).toMatchObject({ kind: 'ok', value: { layers: [{ instruction: 'ADD rootfs.tar /' }, {}] } });
    expect(elsewhere).toHaveLength(1);

    server?.closeAllConnections();
    server?.close();
    const { host: second } = await serve((request, response, seen) =>
      request.method === 'POST' ? void response.writeHead(307, { location: away }).end() : withTokens(() => true)(request, response, seen),
    );
    expect((await ask(second, { credentials: async () => ({ username: '', password: '', identityToken: CANARY }) })).kind).toBe(
      'invalid-response',
    );
    expect(elsewhere).toHaveLength(1);
    for (const secret of [CANARY, TOKEN, Buffer.from(`me:${CANARY}`).toString('base64')]) expect(elsewhere.join()).not.toContain(secret);
    other.closeAllConnections();
    other.close();
  });

  test('redirects that go round in circles come to an end', async () => {
    const { host } = await serve((_request, response) => void response.writeHead(302, { location: '/v2/round' }).end());
    expect((await ask(host, { limits: { attempts: 1 } })).kind).toBe('unreachable');
  });

  test('a token server in clear text is not trusted by a registry over TLS', async () => {
    const asked: string[] = [];
    const fake = async (url: string): Promise<Response> => {
      asked.push(url);
      return new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer realm="http://tokens.example/token"' } });
    };
    expect(
      (
        await ask('registry.example', {
          network: { ...network, fetch: fake },
          credentials: async () => ({ username: 'me', password: CANARY }),
        })
      ).kind,
    ).toBe('invalid-response');
    expect(asked).toEqual(['https://registry.example/v2/team/app/manifests/1']);
  });
});

test('Docker Hub is asked where its API lives, mirrors first', async () => {
  const asked: string[] = [];
  const fake = async (url: string): Promise<Response> => {
    asked.push(url);
    return new Response('', { status: 404 });
  };
  await createRegistry({ network: { ...network, fetch: fake }, mirrors: { 'docker.io': ['127.0.0.1:5000'] } }).image(
    parseReference('golang:1.24')!,
    'linux/amd64',
  );
  expect(asked).toEqual([
    'http://127.0.0.1:5000/v2/library/golang/manifests/1.24',
    'https://registry-1.docker.io/v2/library/golang/manifests/1.24',
  ]);
});

describe('parseChallenge', () => {
  test.each([
    [
      'Bearer realm="https://auth.example/token",service="a, b",scope="repository:x:pull,push"',
      { scheme: 'bearer', realm: 'https://auth.example/token', service: 'a, b', scope: 'repository:x:pull,push' },
    ],
    [
      'bearer Realm=https://auth.example/token',
      { scheme: 'bearer', realm: 'https://auth.example/token', service: undefined, scope: undefined },
    ],
    ['Basic realm="x"', { scheme: 'basic' }],
    ['Negotiate, Basic realm="x"', { scheme: 'basic' }],
    ['Bearer service="x"', undefined],
    ['Digest qop="auth"', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ])('%s', (header, expected) => {
    expect(parseChallenge(header)).toEqual(expected);
  });
  test('stays linear', () => {
    const started = performance.now();
    parseChallenge(`Bearer ${'a="'.repeat(2700)}`);
    parseChallenge(`Bearer ${'a=b,'.repeat(2000)}`);
    expect(performance.now() - started).toBeLessThan(200);
  });
});

describe('docker config', () => {
  const none = async (): Promise<undefined> => undefined;
  const auth = Buffer.from('me:pa:ss').toString('base64');
  test('auths, with and without scheme, and Docker Hub under its old name', async () => {
    const config = parseDockerConfig(
      JSON.stringify({
        auths: {
          'ghcr.io': { auth },
          'https://index.docker.io/v1/': { username: 'u', password: 'p' },
          'https://reg.example': { auth, identitytoken: 'it' },
        },
      }),
    );
    expect(await credentialsFor('ghcr.io', config, none)).toEqual({ username: 'me', password: 'pa:ss' });
    expect(await credentialsFor('docker.io', config, none)).toEqual({ username: 'u', password: 'p' });
    expect(await credentialsFor('reg.example', config, none)).toEqual({ username: 'me', password: '', identityToken: 'it' });
    expect(await credentialsFor('other.example', config, none)).toBeUndefined();
  });
  test('helpers win over auths, and their names are plain words', async () => {
    const asked: string[] = [];
    const helper = async (name: string, server: string): Promise<string> => {
      asked.push(`${name} ${server}`);
      return JSON.stringify(server === 'ghcr.io' ? { Username: '<token>', Secret: 'idt' } : { Username: 'h', Secret: 's' });
    };
    const config = parseDockerConfig(
      JSON.stringify({
        auths: { 'ghcr.io': { auth } },
        credHelpers: { 'ghcr.io': 'osxkeychain', 'evil.example': '../../bin/sh' },
        credsStore: 'pass',
      }),
    );
    expect(await credentialsFor('ghcr.io', config, helper)).toEqual({ username: '', password: '', identityToken: 'idt' });
    expect(await credentialsFor('x.example', config, helper)).toEqual({ username: 'h', password: 's' });
    expect(await credentialsFor('evil.example', config, helper)).toBeUndefined();
    expect(asked).toEqual(['osxkeychain ghcr.io', 'pass x.example']);
  });
  test('whatever the file holds, it is no reason to fail', async () => {
    for (const text of [
      undefined,
      '',
      '[]',
      'null',
      '{"auths": 3}',
      '{"auths": {"a": null}}',
      '{"auths": {"a": {"auth": 7}}}',
      '{"credHelpers": {"a": 3}}',
    ])
      expect(await credentialsFor('a', parseDockerConfig(text), none), text).toBeUndefined();
  });
});
