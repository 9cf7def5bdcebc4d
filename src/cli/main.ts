#!/usr/bin/env node
/**
 * The command line: argv -> one command -> exit code. This file starts it; program.ts builds it.
 *
 * To add a command `NAME`:
 * 1. Write `src/cli/NAME.ts` that exports `register: Register` (register.ts). It declares arguments, options, help and
 *    examples on the commander `Command` that it is given, and ends with `command.action(run(async (...) => exit code))`.
 *    `withSelection`, `withOutput` (options.ts) add the options that commands share; `openWorkspace` (workspace.ts) turns
 *    them into root, files, configuration and images. Look at list.ts (small) and diff.ts (complete).
 * 2. Add its line to `COMMANDS` in commands.ts. The file is loaded only when the command is run, so heavy modules cost
 *    nothing elsewhere; load them with `await import()` inside the action all the same where `--help` does not need them.
 * 3. Results go to `host.stdout`, everything else to `host.stderr`; text of users' files passes `forTerminal` (src/report).
 *    Expected failures are `UsageError` (exit 2) or an exit code of `EXIT`; anything thrown besides is reported as a bug.
 *    Nothing but host.ts touches `process`.
 */

import { reportFailure } from './failure.ts';
import { keepHeapSmall } from './heap.ts';
import { endWith, onStrayError, processHost } from './host.ts';
import { main } from './program.ts';

keepHeapSmall();
const host = processHost();
onStrayError((error) => reportFailure(host, error));
endWith(await main(host));
