/** `dockmod doctor`: what works with the credential that is found, and what does not. */

import { sentence } from '../report/untrusted.ts';
import { inSession, sessionOf, withPlatform, type PlatformCliOptions } from './bot-options.ts';
import type { Register } from './register.ts';
import { EXIT, UsageError } from './exit.ts';
import type { Host } from './host.ts';

interface DoctorOptions extends PlatformCliOptions {
  readonly repo?: string;
}

export const register: Register = (command, host, run) => {
  withPlatform(command.option('--repo <owner/name>', 'repository to try the credential on'))
    .addHelpText('after', EXAMPLES)
    .action(run((options: DoctorOptions) => doctor(host, options)));
};

async function doctor(host: Host, options: DoctorOptions): Promise<number> {
  const [{ diagnose }, { isRepositoryName }] = await Promise.all([import('../bot/doctor.ts'), import('../bot/names.ts')]);
  if (options.repo !== undefined && !isRepositoryName(options.repo)) throw new UsageError(`--repo ${options.repo}: expected owner/name`);
  const session = await sessionOf(host, options, (message) => host.stderr.write(`dockmod: ${sentence(message)}\n`));
  return inSession(session, async () => {
    let failed = false;
    for await (const { level, text } of diagnose(session, {
      env: host.env,
      ...(options.repo === undefined ? {} : { repository: options.repo }),
    })) {
      failed ||= level === 'fail';
      host.stdout.write(`${level.padEnd(4)}  ${session.redactor.clean(sentence(text))}\n`);
    }
    return failed ? EXIT.failed : EXIT.done;
  });
}

const EXAMPLES = `
Examples:
  dockmod doctor                      git, the credential, what it means for workflows, signing and other repositories
  dockmod doctor --repo owner/name    and whether it may push there

Exits with 1 when something that the bot needs is missing.`;
