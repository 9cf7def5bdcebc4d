/** Errors of the outside world: a platform or git said no. Everything expected is a value; this is for the rest. */

export type RemoteErrorKind =
  /** A limit of the platform, or our own budget below it: run again later. */
  | 'rate-limited'
  /** The credential is wrong, expired or revoked. Nothing else will work either. */
  | 'unauthorised'
  /** The credential may not do this here (permission, protected branch, organisation policy). */
  | 'forbidden'
  | 'not-found'
  /** 5xx or no connection, after retries. */
  | 'unavailable'
  /** The platform understood and refused: a state that this program did not expect. */
  | 'rejected';

export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly kind: RemoteErrorKind;
  /** Seconds until trying again makes sense, where the platform says so. */
  readonly retryAfter: number | undefined;
  constructor(kind: RemoteErrorKind, message: string, options: { readonly cause?: unknown; readonly retryAfter?: number } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.kind = kind;
    this.retryAfter = options.retryAfter;
  }
}

export function isRemote(error: unknown, kind?: RemoteErrorKind): error is RemoteError {
  return error instanceof RemoteError && (kind === undefined || error.kind === kind);
}
