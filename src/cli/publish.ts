/** `dockmod publish`: the second phase. Applies validated plan files, serially and within limits; never parses a Dockerfile. */

import { statSync } from 'node:fs';
import { resolve } from 'node:path';

import type { RepositoryPlan } from '../bot/repository-plan.ts';
import {
  inSession,
  listed,
  sessionOf,
  targetOf,
  transformInfo,
  withPlatform,
  withTargets,
  type PlatformCliOptions,
  type TargetOptions,
} from './bot-options.ts';
import { botLog, finishRun, type BotOutputOptions } from './bot-output.ts';
import { noCredential } from './bot-run.ts';
import type { Register } from './register.ts';
import { UsageError } from './exit.ts';
import type { Host } from './host.ts';

const HOUR = 3_600_000;

interface PublishOptions extends TargetOptions, PlatformCliOptions, BotOutputOptions {
  readonly dryRun?: true;
  readonly recreate?: readonly string[];
}

export const register: Register = (command, host, run) => {
  command.argument('<dir>', 'folder with the plan files of dockmod plan, at any depth');
  withPlatform(withTargets(command))
    .option('--dry-run', 'say what would be done and write nothing')
    .option('--recreate <services>', 'offer these again although they were declined', listed)
    .option('--report <file>', 'write the report as JSON')
    .option('--exit-code', 'exit with 3 when something was written, or would be')
    .addHelpText('after', EXAMPLES)
    .action(run((dir: string, options: PublishOptions) => publish(host, dir, options)));
};

async function publish(host: Host, dir: string, options: PublishOptions): Promise<number> {
  const target = await targetOf(host, options);
  const [{ runPlans }, { seedBudget }, { VERSION }] = await Promise.all([
    import('../bot/run.ts'),
    import('../bot/github/seed-budget.ts'),
    import('../version.ts'),
  ]);
  const folder = resolve(host.cwd, dir);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw new UsageError(`${dir}: no such folder`);
  const names = await checkAll(
    folder,
    (name) =>
      target === undefined ||
      (target.kind === 'owner' ? name.split('/')[0]?.toLowerCase() === target.owner.toLowerCase() : target.names.includes(name)),
  );
  let clean = (text: string): string => text;
  const log = botLog(host, (text) => clean(text));
  return host.interruptible(async (signal) => {
    const session = await sessionOf(host, options, log.warn);
    clean = session.redactor.clean;
    return inSession(session, async () => {
      if (session.credential === undefined && !options.dryRun) throw noCredential();
      if (!options.dryRun) await seedBudget(session, target ?? { kind: 'repositories', names });
      const report = await runPlans(plansIn(folder, Math.floor(session.clock.now() / HOUR)), {
        ...(await transformInfo()),
        tool: VERSION,
        dryRun: options.dryRun === true,
        recreate: new Set(options.recreate),
        redact: clean,
        warn: log.warn,
        now: session.clock.now,
        signal,
        onRepository: log.repository,
        forgeFor: ({ repository }) => session.platform.forge(repository),
      });
      return finishRun(host, report, options, clean);
    });
  });
}

/** Every file is looked at before the first is published: half a run with a file that somebody tampered with is no good. */
async function checkAll(dir: string, allowed: (name: string) => boolean): Promise<readonly string[]> {
  const { readPlanFiles } = await import('../bot/plan-files.ts');
  const names = new Map<string, string>();
  for await (const file of readPlanFiles(dir, 0)) {
    if (file.kind === 'invalid')
      throw new UsageError(
        `${file.file}: not a plan file of this version: ${file.problem}`,
        'Nothing was published. Make the plans again with the same version of dockmod.',
      );
    if (!allowed(file.plan.repository))
      throw new UsageError(
        `${file.plan.repository} is not among the repositories that were named`,
        'Nothing was published. A plan file for it should not be there: look at the job that made it.',
      );
    const known = names.get(file.plan.repository.toLowerCase());
    if (known !== undefined)
      throw new UsageError(
        `${file.plan.repository} has two plan files`,
        'Nothing was published. One is of an earlier run: plan into an empty folder.',
      );
    names.set(file.plan.repository.toLowerCase(), file.plan.repository);
  }
  return [...names.values()];
}

async function* plansIn(dir: string, turn: number): AsyncGenerator<RepositoryPlan, void> {
  const { readPlanFiles } = await import('../bot/plan-files.ts');
  for await (const file of readPlanFiles(dir, turn)) if (file.kind === 'plan') yield file.plan;
}

const EXAMPLES = `
Examples:
  dockmod publish plans --report report.json     every plan file below plans/
  dockmod publish plans --org NAME               and refuse plan files for anybody else's repositories
  dockmod publish plans --dry-run                what would be done

Running it again is always right: what is published already is left as it is.`;
