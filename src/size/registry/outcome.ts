/** What a registry answered: a value, or a named failure. Nothing here throws for what a network can do. */

export type RegistryFailureKind =
  | 'not-found'
  | 'unauthorized'
  | 'forbidden'
  | 'rate-limited'
  | 'server-error'
  | 'timeout'
  | 'unreachable'
  | 'invalid-response'
  | 'too-large'
  | 'no-platform'
  | 'offline';

export interface RegistryFailure {
  readonly kind: RegistryFailureKind;
  /** One sentence without credentials: host, repository, what happened. */
  readonly reason: string;
  /** HTTP status, where there was one. */
  readonly status?: number;
  /** Seconds to wait, where the registry said so. */
  readonly retryAfter?: number;
}

export type RegistryResult<T> = { readonly kind: 'ok'; readonly value: T } | RegistryFailure;

export function ok<T>(value: T): RegistryResult<T> {
  return { kind: 'ok', value };
}

const BY_STATUS: Readonly<Record<number, RegistryFailureKind>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  408: 'timeout',
  429: 'rate-limited',
};

const MEANING: Readonly<Partial<Record<RegistryFailureKind, string>>> = {
  'not-found': 'does not have it',
  unauthorized: 'wants credentials, or refused those given (docker login)',
  forbidden: 'denies access',
  'rate-limited': 'is rate-limiting (429)',
  timeout: 'timed out',
};

/** The failure that an HTTP status stands for. */
export function failureOf(status: number, host: string, what: string, retryAfter?: number): RegistryFailure {
  const kind = BY_STATUS[status] ?? (status >= 500 ? 'server-error' : 'invalid-response');
  const reason = `${host}: ${what}: the registry ${MEANING[kind] ?? `answered ${status}`}`;
  return { kind, reason, status, ...(retryAfter === undefined ? {} : { retryAfter }) };
}
