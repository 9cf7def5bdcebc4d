/** Git, run by simple-git in a private environment. The only file that knows simple-git. */

import type { SimpleGit, SimpleGitOptions } from 'simple-git';

import { RemoteError, type RemoteErrorKind } from '../remote-error.ts';
import type { GitHome } from './home.ts';

export interface Git {
  readonly dir: string;
  /** Standard output of `git <args>`; throws `GitFailure` when git fails. */
  readonly run: (
    args: readonly string[],
    options?: { readonly input?: string; readonly env?: Readonly<Record<string, string>> },
  ) => Promise<string>;
}

/** Git ended with an error. `stderr` is for people; programs read `exitCode` and `stdout` (`--porcelain`). */
export class GitFailure extends RemoteError {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  constructor(command: string, { exitCode, stdout, stderr }: Failure) {
    super(kindOf(stderr), `git ${command} failed (${exitCode}): ${stderr.trim().split('\n').slice(-3).join(' ') || stdout.trim()}`);
    this.exitCode = exitCode;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

interface Failure {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Opens an existing directory. Every call gets the private environment; hooks and monitors of a user's clone never run. */
export async function openGit(dir: string, home: Pick<GitHome, 'env'>): Promise<Git> {
  const { simpleGit } = await import('simple-git');
  const options: Partial<SimpleGitOptions> = {
    baseDir: dir,
    trimmed: false,
    // simple-git drops every other GIT_* variable of the environment.
    allowEnvironment: [
      'GIT_CONFIG_NOSYSTEM',
      'GIT_TERMINAL_PROMPT',
      'GIT_INDEX_FILE',
      'GIT_WORK_TREE',
      'GIT_SSL_CAINFO',
      'GIT_AUTHOR_DATE',
      'GIT_COMMITTER_DATE',
    ],
    // The guard is against values that execute something; these switch it off.
    config: ['core.hooksPath=/dev/null', 'core.fsmonitor=false'],
    unsafe: { allowUnsafeHooksPath: true, allowUnsafeFsMonitor: true },
    errors: (error, { exitCode, stdOut, stdErr }) =>
      exitCode === 0 && error === undefined
        ? undefined
        : Buffer.from(
            JSON.stringify({
              exitCode,
              stdout: Buffer.concat(stdOut).toString(),
              stderr: Buffer.concat(stdErr).toString(),
            } satisfies Failure),
          ),
    // A server that stops answering must not stop the run.
    timeout: { block: 120_000 },
  };
  return {
    dir,
    run: async (args, { input, env = {} } = {}) => {
      const git: SimpleGit = simpleGit(input === undefined ? options : { ...options, input: () => Buffer.from(input) });
      try {
        return await git.env({ ...home.env, ...env }).raw([...args]);
      } catch (error) {
        throw new GitFailure(args[0] ?? '', failureOf(error));
      }
    },
  };
}

function failureOf(error: unknown): Failure {
  const text = error instanceof Error ? error.message : String(error);
  try {
    return JSON.parse(text) as Failure;
  } catch {
    // A guard of simple-git, or git is not installed.
    return { exitCode: -1, stdout: '', stderr: text };
  }
}

/** Git tells network errors in words only (`LC_ALL=C` keeps them English). */
function kindOf(stderr: string): RemoteErrorKind {
  if (/\b401\b|Authentication failed|could not read Username/.test(stderr)) return 'unauthorised';
  // A rule about one branch is no lack of permission: `rejected`, and whoever pushed looks at where the branch is.
  if (/\b403\b|Permission to .* denied/.test(stderr)) return 'forbidden';
  if (/\b404\b|repository '.*' not found|couldn't find remote ref|not our ref/.test(stderr)) return 'not-found';
  if (/\b429\b/.test(stderr)) return 'rate-limited';
  if (
    /\b50[0234]\b|Could not resolve host|Failed to connect|Connection (?:reset|refused|timed out)|unexpected disconnect|early EOF/.test(
      stderr,
    )
  )
    return 'unavailable';
  return 'rejected';
}
