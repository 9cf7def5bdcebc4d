/** GitHub's API through Octokit: retries, throttling, our own budget, errors as ours. The only file that constructs Octokit. */

import type { Octokit as Core } from '@octokit/core';
import type { Octokit } from '@octokit/rest';

import type { Redactor } from '../redact.ts';
import type { Budget } from './budget.ts';
import type { Credential } from './credential.ts';
import { remoteError } from './failure.ts';

export type { Octokit };

export interface ClientOptions {
  /** API root: `https://api.github.com`, or `https://HOST/api/v3` for GitHub Enterprise Server. */
  readonly baseUrl: string;
  readonly credential: Credential | undefined;
  readonly budget: Budget;
  readonly redactor: Redactor;
  readonly warn: (message: string) => void;
  /** `github`: a second between writes, three between notifications, as GitHub asks for. `none`: for tests. */
  readonly pace?: 'github' | 'none';
}

export interface Client {
  readonly octokit: Octokit;
  /** The token that requests carry now, refreshed where it expires: for git. `undefined` without a credential. */
  readonly token: () => Promise<string | undefined>;
}

/** A wait longer than this (seconds) is not worth a job's time: stop, exit 75, and let the next run go on. */
const LONGEST_WAIT = 90;

/** A client that acts as the token's owner, or as the App in one installation (without: as the App itself). */
export async function createClient(
  { baseUrl, credential, budget, redactor, warn, pace = 'github' }: ClientOptions,
  installationId?: number,
): Promise<Client> {
  const [{ Octokit }, { retry }, { throttling }] = await Promise.all([
    import('@octokit/rest'),
    import('@octokit/plugin-retry'),
    import('@octokit/plugin-throttling'),
  ]);
  const wait = (after: number, options: { readonly method: string; readonly url: string }, retries: number, what: string): boolean => {
    warn(`${what} at ${options.method} ${options.url}: GitHub asks to wait ${after} s`);
    return after <= LONGEST_WAIT && retries < 2;
  };
  const Configured = Octokit.plugin(spending(budget), retry, throttling);
  const octokit: Octokit = new Configured({
    baseUrl,
    userAgent: 'dockmod',
    ...(await authOf(credential, installationId)),
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: (message: string) => warn(redactor.clean(message)),
      error: () => undefined,
    },
    retry: pace === 'none' ? { retryAfterBaseValue: 1 } : {},
    throttle: {
      ...(pace === 'none' ? { ...UNPACED, retryAfterBaseValue: 1 } : {}),
      onRateLimit: (after: number, options: { readonly method: string; readonly url: string }, _octokit: unknown, retries: number) =>
        wait(after, options, retries, 'Rate limit'),
      onSecondaryRateLimit: (
        after: number,
        options: { readonly method: string; readonly url: string },
        _octokit: unknown,
        retries: number,
      ) => wait(after, options, retries, 'Secondary rate limit'),
    },
  });
  octokit.hook.error('request', (error) => {
    throw remoteError(error);
  });
  const token = async (): Promise<string | undefined> => {
    if (credential === undefined) return undefined;
    if (credential.kind === 'token') return credential.token;
    const { token: current } = (await octokit.auth({ type: 'installation' })) as { readonly token: string };
    redactor.add(current);
    return current;
  };
  return { octokit, token };
}

/** Counts every attempt that writes, repeated ones included. Must be the first plugin: what comes later wraps it. */
function spending(budget: Budget): (octokit: Core) => void {
  return (octokit) => {
    octokit.hook.wrap('request', async (request, options) => {
      const path = new URL(options.url, 'http://localhost').pathname;
      const reads =
        options.method === 'GET' ||
        options.method === 'HEAD' ||
        path.endsWith('/access_tokens') ||
        (path.endsWith('/graphql') && !String(options['query']).startsWith('mutation'));
      if (!reads) await budget.spend();
      return request(options);
    });
  };
}

async function authOf(credential: Credential | undefined, installationId: number | undefined): Promise<object> {
  if (credential === undefined) return {};
  if (credential.kind === 'token') return { auth: credential.token };
  const { createAppAuth } = await import('@octokit/auth-app');
  return {
    authStrategy: createAppAuth,
    auth: { appId: credential.appId, privateKey: credential.privateKey, ...(installationId === undefined ? {} : { installationId }) },
  };
}

/** A limiter of Bottleneck's shape that never waits. */
const FREE = { key: () => ({ schedule: (_options: unknown, job: (...args: unknown[]) => unknown, ...args: unknown[]) => job(...args) }) };
const UNPACED: object = { global: FREE, auth: FREE, search: FREE, write: FREE, notifications: FREE };
