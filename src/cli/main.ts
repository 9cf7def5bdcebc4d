#!/usr/bin/env node
/**
 * The command line: argv -> one command -> exit code.
 *
 * To add a command `NAME`:
 * 1. Write `src/cli/NAME.ts` that exports `register: Register` (commands.ts). It declares arguments, options, help and
 *    examples on the commander `Command` that it is given, and ends with `command.action(run(async (...) => exit code))`.
 *    `withSelection`, `withOutput` (options.ts) add the options that commands share; `openWorkspace` (workspace.ts) turns
 *    them into root, files, configuration and images. Look at list.ts (small) and diff.ts (complete).
 * 2. Add its line to `COMMANDS` in commands.ts. The file is loaded only when the command is run, so heavy modules cost
 *    nothing elsewhere; load them with `await import()` inside the action all the same where `--help` does not need them.
 * 3. Results go to `host.stdout`, everything else to `host.stderr`; text of users' files passes `forTerminal` (src/report).
 *    Expected failures are `UsageError` (exit 2) or an exit code of `EXIT`; anything thrown besides is reported as a bug.
 *    Nothing but host.ts touches `process`.
 */

import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.ts';
import { COMMANDS, type Run } from './commands.ts';
import { EXIT } from './exit.ts';
import { reportFailure } from './failure.ts';
import { endWith, onStrayError, processHost, type Host } from './host.ts';

/** Runs the command that `host.argv` names and returns the exit code. Never throws. */
export async function main(host: Host): Promise<number> {
  let code: number = EXIT.done;
  const run: Run = (action) => async (...args) => {
    code = await action(...args);
  };
  try {
    await (await program(host, run)).parseAsync([...host.argv], { from: 'user' });
    return code;
  } catch (error) {
    // Commander has said what is wrong, or has printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return reportFailure(host, error);
  }
}

async function program(host: Host, run: Run): Promise<Command> {
  const dockmod = new Command('dockmod')
    .description('Codemods for Dockerfiles: distroless bases, non-root users, smaller binaries, cached layers.\nEvery change is verified; what would break is refused with a reason.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({ writeOut: host.stdout.write, writeErr: host.stderr.write });
  for (const { name, summary, load } of COMMANDS) {
    const command = dockmod.command(name).description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`).summary(summary)
      .helpOption('-h, --help', 'print this help').showHelpAfterError(`(dockmod ${name} --help lists what it understands)`);
    if (host.argv.includes(name)) (await load()).register(command, host, run);
  }
  return dockmod;
}

const EXAMPLES = `
Examples:
  dockmod diff                      what would change in this repository, and what is refused and why
  dockmod diff services/api         one service
  dockmod diff | git apply          the patch is a patch
  dockmod apply --only go-ldflags   change the files in place, one decision only
  dockmod explain services/api      why something applies, or does not

Exit codes: 0 done, refusals included; 1 a service failed; 2 wrong usage or configuration;
            3 changes are pending (--exit-code); 75 rate-limited, run again.`;

const host = processHost();
onStrayError((error) => reportFailure(host, error));
endWith(await main(host));
