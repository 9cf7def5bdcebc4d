/** Builds the command line and runs the one command that the arguments name. */

import { Command, CommanderError } from 'commander';
import { VERSION } from '../version.ts';
import { COMMANDS } from './commands.ts';
import { EXIT } from './exit.ts';
import { reportFailure } from './failure.ts';
import type { Host } from './host.ts';
import type { Run } from './register.ts';

/** Runs the command that `host.argv` names and returns the exit code. Never throws. */
export async function main(host: Host): Promise<number> {
  let code: number = EXIT.done;
  const run: Run =
    (action) =>
    async (...args) => {
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

/** The command line with the commands that `host.argv` names filled in. */
export async function program(host: Host, run: Run): Promise<Command> {
  const dockmod = new Command('dockmod')
    .description(
      'Codemods for Dockerfiles: distroless bases, non-root users, smaller binaries, cached layers.\nEvery change is verified; what would break is refused with a reason.',
    )
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({
      writeOut: host.stdout.write,
      writeErr: host.stderr.write,
      getOutHelpWidth: () => host.stdout.columns,
      getErrHelpWidth: () => host.stderr.columns,
    });
  for (const { name, summary, load } of COMMANDS) {
    const command = dockmod
      .command(name)
      .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
      .summary(summary)
      .helpOption('-h, --help', 'print this help')
      .showHelpAfterError(`(dockmod ${name} --help lists what it understands)`);
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
