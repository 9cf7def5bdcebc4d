/** GitHub's errors as ours. */

import { RemoteError, type RemoteErrorKind } from '../remote-error.ts';

interface RequestFailure {
  readonly status: number;
  readonly message: string;
  readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>>; readonly data?: unknown };
  readonly request?: { readonly method: string; readonly url: string };
}

/** The HTTP status of an error of Octokit's; `undefined` for any other value. */
export function statusOf(error: unknown): number | undefined {
  return isFailure(error) ? error.status : undefined;
}

/** Bugs are passed through as they are. */
export function remoteError(error: unknown): unknown {
  // GraphQL answers 200 even to who has used up its points.
  if (isLimitOfPoints(error)) return new RemoteError('rate-limited', 'POST /graphql: the rate limit is used up', { cause: error });
  if (!isFailure(error)) return error;
  const headers = error.response?.headers ?? {};
  const kind = kindOf(error, headers);
  const after = Number(headers['retry-after'] ?? NaN);
  const reset = Number(headers['x-ratelimit-reset'] ?? NaN) - Number(new Date(String(headers['date'] ?? ''))) / 1000;
  const retryAfter = Number.isFinite(after)
    ? after
    : Number.isFinite(reset) && kind === 'rate-limited'
      ? Math.max(1, Math.ceil(reset))
      : undefined;
  const where = error.request === undefined ? '' : `${error.request.method} ${pathOf(error.request.url)}: `;
  return new RemoteError(kind, `${where}${error.status} ${error.message}`, {
    cause: error,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** GraphQL understood the request and refuses it in its answer (200). */
export function isQueryError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'GraphqlResponseError' && !isLimitOfPoints(error);
}

/** Octokit tells it in one shape for github.com, in another one for GitHub Enterprise Server. */
function isLimitOfPoints(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { errors: own, response } = error as {
    readonly errors?: unknown;
    readonly response?: { readonly data?: { readonly errors?: unknown } };
  };
  const errors = own ?? response?.data?.errors;
  return Array.isArray(errors) && errors.some((item: { readonly type?: unknown }) => item.type === 'RATE_LIMITED');
}

function kindOf(
  { status, message, response }: RequestFailure,
  headers: Readonly<Record<string, string | number | undefined>>,
): RemoteErrorKind {
  if (status === 401) return 'unauthorised';
  const limited = headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined || /\bsecondary rate\b/i.test(message);
  if (status === 429 || (status === 403 && limited)) return 'rate-limited';
  if (status === 403) return 'forbidden';
  if (status === 404 || status === 410) return 'not-found';
  // Octokit reports a connection that failed as a 500 without a response.
  if (status >= 500 || response === undefined) return 'unavailable';
  return 'rejected';
}

function pathOf(url: string): string {
  return url.replace(/^https?:\/\/[^/]+/, '').replace(/\?.*$/, '');
}

function isFailure(error: unknown): error is RequestFailure {
  return error instanceof Error && 'status' in error && typeof error.status === 'number';
}
