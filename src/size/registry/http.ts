/** One careful HTTP exchange: limits on time and size, retries with backoff, named failures. The only user of `fetch` here. */

import { failureOf, ok, type RegistryFailure, type RegistryResult } from './outcome.ts';

export interface Network {
  readonly fetch: (
    url: string,
    init: {
      readonly headers: Readonly<Record<string, string>>;
      readonly signal: AbortSignal;
      readonly redirect: 'follow' | 'manual';
      readonly method?: 'GET' | 'POST';
      readonly body?: string;
    },
  ) => Promise<Response>;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

export interface Limits {
  /** Milliseconds for one attempt, body included. */
  readonly timeout: number;
  /** Attempts in all. */
  readonly attempts: number;
  /** First pause in milliseconds; doubles each time. */
  readonly backoff: number;
  /** A Retry-After above this many seconds is not waited for. */
  readonly longestWait: number;
}

export const DEFAULT_LIMITS: Limits = { timeout: 15_000, attempts: 3, backoff: 500, longestWait: 20 };

/** The real network. */
export const NETWORK: Network = {
  fetch: (url, init) => fetch(url, init),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

export interface Answer {
  readonly status: number;
  readonly header: (name: string) => string | null;
  readonly text: string;
}

export interface Exchange {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What is asked for, for messages: `library/golang:1.24`. */
  readonly what: string;
  /** Most bytes to read of the answer. */
  readonly largest: number;
  /** A form to post in place of a GET. */
  readonly body?: string;
}

/** Answers with status 200 and 401 come back; everything else is a failure. Only failures that may pass are tried again. */
export async function exchange(request: Exchange, network: Network, limits: Limits): Promise<RegistryResult<Answer>> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await once(request, network, limits);
    if (result.kind === 'ok' || attempt >= limits.attempts || !mayPass(result)) return result;
    if (result.retryAfter !== undefined && result.retryAfter > limits.longestWait) return result;
    await network.sleep(result.retryAfter === undefined ? limits.backoff * 2 ** (attempt - 1) : result.retryAfter * 1000);
  }
}

function mayPass({ kind }: RegistryFailure): boolean {
  return kind === 'rate-limited' || kind === 'server-error' || kind === 'timeout' || kind === 'unreachable';
}

async function once({ url, headers, what, largest, body }: Exchange, network: Network, limits: Limits): Promise<RegistryResult<Answer>> {
  const host = hostOf(url);
  const signal = AbortSignal.timeout(limits.timeout);
  try {
    // A redirect to another host loses the Authorization header (fetch does that), but a form would be posted again with all it holds.
    const response = await network.fetch(url, {
      headers,
      signal,
      redirect: body === undefined ? 'follow' : 'manual',
      ...(body === undefined ? {} : { method: 'POST', body }),
    });
    if (response.status !== 200 && response.status !== 401) {
      await response.body?.cancel();
      return failureOf(response.status, host, what, retryAfter(response));
    }
    const text = await readUpTo(response, largest);
    if (text === undefined)
      return { kind: 'too-large', reason: `${host}: ${what}: the answer is larger than ${largest} bytes`, status: response.status };
    return ok({ status: response.status, header: (name) => response.headers.get(name), text });
  } catch (error) {
    if (signal.aborted) return { kind: 'timeout', reason: `${host}: ${what}: no complete answer within ${limits.timeout / 1000} s` };
    return { kind: 'unreachable', reason: `${host}: ${what}: ${networkReason(error)}` };
  }
}

async function readUpTo(response: Response, largest: number): Promise<string | undefined> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > largest) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Seconds of a Retry-After header, in its numeric form or as a date, which counts from the answer's own Date. */
function retryAfter({ headers }: Response): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,6}$/.test(value)) return Number(value);
  const seconds = Math.ceil((Date.parse(value) - Date.parse(headers.get('date') ?? '')) / 1000);
  return seconds >= 0 ? seconds : undefined;
}

/** The system's code for what went wrong (ECONNREFUSED, ENOTFOUND, ...), never a message that could quote a header. */
function networkReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'the connection failed';
  return `cannot be reached (${code})`;
}

export function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return 'registry';
  }
}
