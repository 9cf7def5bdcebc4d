/** How errors are told: what is wrong, where, what to do. Never a stack trace, unless DOCKMOD_DEBUG=1 asks for it. */

import { forTerminal } from '../report/untrusted.ts';
import { environmentRedactor } from '../bot/redact.ts';
import { RemoteError, type RemoteErrorKind } from '../bot/remote-error.ts';
import { ConfigError } from '../plan/configuration-error.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import type { Host } from './host.ts';

/** Prints `error` on stderr and returns the exit code that it stands for. */
export function reportFailure(host: Host, error: unknown): ExitCode {
  const { clean } = environmentRedactor(host.env);
  const say = (line: string): void => host.stderr.write(`${forTerminal(clean(line))}\n`);
  const debug = host.env['DOCKMOD_DEBUG'] === '1';
  if (debug && error instanceof Error) host.stderr.write(`${clean(error.stack ?? '')}\n`);
  if (error instanceof ConfigError) {
    for (const { line, message } of error.problems) say(`dockmod: ${error.path}${line === undefined ? '' : `:${line}`}: ${message}`);
    return EXIT.usage;
  }
  if (error instanceof UsageError) {
    say(`dockmod: ${error.message}`);
    if (error.hint !== undefined) say(`  ${error.hint}`);
    return EXIT.usage;
  }
  if (error instanceof RemoteError) {
    say(`dockmod: ${error.message}`);
    const hint = HINTS[error.kind];
    if (hint !== undefined) say(`  ${hint}`);
    return error.kind === 'rate-limited'
      ? EXIT.rateLimited
      : error.kind === 'unauthorised' || error.kind === 'not-found' || error.kind === 'forbidden'
        ? EXIT.usage
        : EXIT.failed;
  }
  if (isSystemError(error) && (error.syscall === 'write' || error.code === 'ENOSPC' || error.code === 'EDQUOT')) {
    say(`dockmod: the output cannot be written: ${error.message}`);
    return EXIT.failed;
  }
  say(`dockmod: unexpected error: ${error instanceof Error ? error.message : String(error)}`);
  if (!debug) say('  This is a bug in dockmod. Run again with DOCKMOD_DEBUG=1 and report what it prints.');
  return EXIT.failed;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

const HINTS: Readonly<Partial<Record<RemoteErrorKind, string>>> = {
  'rate-limited': 'The platform asks to wait. Run again later: the next run goes on where this one stopped.',
  unauthorised: 'The credential is wrong, expired or revoked. `dockmod doctor` says what it finds.',
  forbidden: 'The credential may not do this. `dockmod doctor` says what it allows.',
  'not-found': 'It does not exist, or the credential may not see it.',
  unavailable: 'The platform does not answer. Run again later: the next run goes on where this one stopped.',
};
