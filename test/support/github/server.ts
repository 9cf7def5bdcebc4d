/** A GitHub that runs in the test: strict, stateful, over real bare repositories; counts writes, enforces limits, injects faults. */

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { serveGit } from '../git-http.ts';
import { operationFor } from './openapi.ts';
import { graphql, routeFor, type Answer } from './routes.ts';
import { createWorld, type World } from './world.ts';

export interface Write {
  readonly method: string;
  readonly path: string;
  readonly at: number;
}

/** What goes wrong, once or several times. `after`: the effect has happened, and only the answer is lost. */
export interface Fault {
  readonly on: (request: { readonly method: string; readonly path: string; readonly writes: number }) => boolean;
  times: number;
  readonly when: 'before' | 'after';
  readonly how: Answer | 'drop' | (() => void | Promise<void>);
}

export interface GitHubServer {
  readonly url: string;
  readonly world: World;
  /** Requests that change something, git pushes included, in order. */
  readonly writes: Write[];
  readonly requests: string[];
  /** What GitHub's description, or its documented limits, do not allow. Must stay empty. */
  readonly violations: string[];
  readonly faults: Fault[];
  readonly tokens: Map<string, { login: string; revoked: boolean; expiresAt: number }>;
  readonly close: () => Promise<void>;
}

export interface GitHubServerOptions {
  readonly root: string;
  readonly now?: () => number;
  /** Documented limits on writes. */
  readonly limits?: { readonly perMinute: number; readonly perHour: number };
}

export const TOKEN = 'ghs_canary0Token1For2Tests3abcdefghij';

export async function startGitHub({
  root,
  now = () => Date.now(),
  limits = { perMinute: 80, perHour: 500 },
}: GitHubServerOptions): Promise<GitHubServer> {
  const world = createWorld(root, now);
  const writes: Write[] = [];
  const requests: string[] = [];
  const violations: string[] = [];
  const faults: Fault[] = [];
  const tokens: GitHubServer['tokens'] = new Map([[TOKEN, { login: 'dockmod[bot]', revoked: false, expiresAt: Infinity }]]);
  let url = '';
  let issued = 0;
  const loginOf = (token: string | undefined): string | undefined => {
    const known = token === undefined ? undefined : tokens.get(token);
    return known === undefined || known.revoked || known.expiresAt <= now() ? undefined : known.login;
  };

  async function answer(request: IncomingMessage, path: string, query: URLSearchParams, body: unknown): Promise<Answer> {
    const method = request.method ?? 'GET';
    const token = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const app = path.startsWith('/app') || /^\/(?:orgs|users)\/[^/]+\/installation$/.test(path);
    const login = app && token?.split('.').length === 3 ? 'dockmod-app' : loginOf(token);
    if (login === undefined)
      return { status: 401, body: { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest' } };
    const isGraphql = path === '/graphql';
    const write =
      method !== 'GET' &&
      !path.endsWith('/access_tokens') &&
      !(isGraphql && String((body as { readonly query?: string }).query).startsWith('query'));
    if (write) {
      const count = (since: number): number => writes.filter(({ at, method: kind }) => at > now() - since && kind !== 'PUSH').length;
      if (count(60_000) >= limits.perMinute || count(3_600_000) >= limits.perHour) {
        violations.push(`${method} ${path}: more writes than GitHub's documented limits allow`);
        return {
          status: 403,
          headers: { 'retry-after': '60' },
          body: {
            message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
            documentation_url: 'https://docs.github.com',
          },
        };
      }
      writes.push({ method, path, at: now() });
    }
    if (isGraphql) return graphql({ world, body: body as Readonly<Record<string, unknown>> });
    const operation = operationFor(method, path);
    const route = operation === undefined ? undefined : routeFor(operation.name);
    if (operation === undefined || route === undefined) {
      violations.push(`${method} ${path}: no such operation`);
      return { status: 404, body: { message: 'Not Found' } };
    }
    violations.push(...operation.request(query, body));
    const result = await route({
      world,
      params: operation.params,
      query,
      body: (body ?? {}) as Readonly<Record<string, unknown>>,
      login,
      base: url,
      issueToken: (installation) => {
        const made = { token: `ghs_installation${installation}x${++issued}canaryabcdefghij`, expiresAt: now() + 3_600_000 };
        tokens.set(made.token, { login: 'dockmod-app[bot]', revoked: false, expiresAt: made.expiresAt });
        return made;
      },
    });
    violations.push(...operation.response(result.status, result.body));
    return result;
  }

  const fault = async (when: Fault['when'], method: string, path: string): Promise<Answer | 'drop' | undefined> => {
    const found = faults.find(
      (candidate) => candidate.times > 0 && candidate.when === when && candidate.on({ method, path, writes: writes.length }),
    );
    if (found === undefined) return undefined;
    found.times--;
    if (typeof found.how !== 'function') return found.how;
    await found.how();
    return undefined;
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    requests.push(`${method} ${pathname}`);
    if (/\.git\/(?:info|git-)/.test(pathname)) {
      const pushes = pathname.endsWith('/git-receive-pack');
      const before = await fault('before', pushes ? 'PUSH' : 'GIT', pathname);
      if (before === 'drop') return void request.socket.destroy();
      if (before !== undefined) return void response.writeHead(before.status, { 'content-type': 'text/plain' }).end(String(before.body));
      if (pushes) writes.push({ method: 'PUSH', path: pathname, at: now() });
    }
    if (serveGit({ root, accepts: (token) => loginOf(token) !== undefined }, request, response)) return;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const path = pathname.replace(/^\/api\/v3/, '').replace(/^\/api\/graphql$/, '/graphql');
    const result = (await fault('before', method, path)) ?? (await answer(request, path, searchParams, body));
    const override = await fault('after', method, path);
    send(request, response, override ?? result);
  }

  function send(request: IncomingMessage, response: ServerResponse, result: Answer | 'drop'): void {
    if (result === 'drop') return void request.socket.destroy();
    const text = result.body === undefined ? '' : JSON.stringify(result.body);
    const etag = `"${createHash('sha1').update(text).digest('hex')}"`;
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      etag,
      'x-ratelimit-limit': '5000',
      'x-ratelimit-remaining': '4000',
      'x-ratelimit-reset': String(Math.floor(now() / 1000) + 3600),
      'x-github-media-type': 'github.v3',
      ...result.headers,
    };
    const unchanged = request.method === 'GET' && request.headers['if-none-match'] === etag;
    response.writeHead(unchanged ? 304 : result.status, headers).end(unchanged ? undefined : text);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      violations.push(`the server itself failed: ${String(error instanceof Error ? error.stack : error)}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    world,
    writes,
    requests,
    violations,
    faults,
    tokens,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
