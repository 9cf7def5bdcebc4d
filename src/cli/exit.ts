/** Exit codes, and the errors that end a command with one. */

export const EXIT = {
  /** Done; skipped files and refusals included. */
  done: 0,
  /** A service failed: a file could not be written, or dockmod has a bug. */
  failed: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** Changes are pending (`--exit-code`). */
  pending: 3,
  /** The platform's rate limit is used up: run again later. */
  rateLimited: 75,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What the user asked for cannot be done as asked: says what was expected and what to do instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
