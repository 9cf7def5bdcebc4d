/** `dockmod bot`: one pull request per service, kept as it should be. Run it again and again. */

import { Option } from 'commander';

import { forTerminal } from '../report/untrusted.ts';
import { atLeastOne, listed, withPlatform, withTargets } from './bot-options.ts';
import { botLog, finishRun, type BotOutputOptions } from './bot-output.ts';
import { runBot, type BotRun, type BotRunOptions } from './bot-run.ts';
import type { Register } from './register.ts';
import type { Host } from './host.ts';

interface BotOptions extends BotRunOptions, BotOutputOptions {}

export const register: Register = (command, host, run) => {
  command
    .argument('[path]', 'a clone, with --forge local (default: the working directory)')
    .addOption(
      new Option('--forge <forge>', 'github, or local: branches in the clone and bodies in a folder; needs no account, sends nothing')
        .choices(['github', 'local'])
        .default('github'),
    );
  withPlatform(withTargets(command))
    .option('--dry-run', 'say what would be done and write nothing; a token that may only read is enough')
    .option('--out <dir>', 'folder for the bodies: of --forge local (default: .dockmod/pull-requests in the clone), or of a dry run')
    .option('--base <branch>', 'branch to start from, with --forge local (default: the one that is checked out)')
    .option('--root <dir>', 'root of the repository, with --forge local')
    .option('--only <transforms>', 'run only these, comma-separated', listed)
    .option('--skip <transforms>', 'run all but these', listed)
    .option('--verification <file>', 'output of dockmod verify --json: built sizes, and nothing that got worse is offered')
    .option('--recreate <services>', 'offer these again although they were declined', listed)
    .option('--jobs <n>', 'repositories that are cloned and planned at the same time', atLeastOne, 4)
    .option('--report <file>', 'write the report as JSON')
    .option('--exit-code', 'exit with 3 when something was written, or would be')
    .addHelpText('after', EXAMPLES)
    .action(run((path: string | undefined, options: BotOptions) => bot(host, path, options)));
};

async function bot(host: Host, path: string | undefined, options: BotOptions): Promise<number> {
  return runBot(
    host,
    path,
    options,
    (run) => finish(host, options, run),
    (entry, clean) => botLog(host, clean).repository(entry),
  );
}

function finish(host: Host, options: BotOptions, { report, redact, folder }: BotRun): number {
  if (folder !== undefined && !options.dryRun && report.outcomes.created + report.outcomes.updated > 0 && host.stderr.isTerminal) {
    host.stderr.write(`The bodies are in ${forTerminal(folder)}, the branches in the clone.\n`);
  }
  return finishRun(host, report, options, redact);
}

const EXAMPLES = `
Examples:
  dockmod bot --forge local .                    branches and bodies in this clone; nothing is sent anywhere
  dockmod bot --repo owner/name --dry-run        what would be done
  dockmod bot --repo owner/name                  do it; run it again on a schedule
  dockmod bot --org NAME --report report.json    everything of an organisation; interrupted or rate-limited (75), run it again
  dockmod bot --repo owner/name --recreate api   offer again what was declined

The credential comes from the environment: DOCKMOD_APP_ID and DOCKMOD_APP_PRIVATE_KEY, or DOCKMOD_TOKEN, GITHUB_TOKEN, GH_TOKEN.
Results go to stdout, one line a service; the log goes to stderr as JSON lines.`;
