/** `dockmod bot`: one pull request per service, kept as it should be. Run it again and again. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { Option } from 'commander';

import type { Repository } from '../bot/github/platform.ts';
import type { RunOptions } from '../bot/run.ts';
import { forTerminal } from '../report/untrusted.ts';
import { atLeastOne, inSession, listed, sessionOf, targetOf, transformInfo, verificationOf, withPlatform, withTargets, type PlatformCliOptions, type TargetOptions } from './bot-options.ts';
import { botLog, finishRun, type BotOutputOptions } from './bot-output.ts';
import type { Register } from './commands.ts';
import { UsageError } from './exit.ts';
import type { Host } from './host.ts';
import { locateRepository } from './root.ts';

interface BotOptions extends TargetOptions, PlatformCliOptions, BotOutputOptions {
  readonly forge: 'github' | 'local';
  readonly dryRun?: true;
  readonly out?: string;
  readonly base?: string;
  readonly root?: string;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly recreate?: readonly string[];
  readonly verification?: string;
  readonly jobs: number;
}

export const register: Register = (command, host, run) => {
  command.argument('[path]', 'a clone, with --forge local (default: the working directory)').addOption(new Option('--forge <forge>', 'github, or local: branches in the clone and bodies in a folder; needs no account, sends nothing').choices(['github', 'local']).default('github'));
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
  const target = await targetOf(host, options);
  if (options.forge === 'local') {
    if (target !== undefined) throw new UsageError('--forge local works on a clone: name its path, not --repo, --org or --repos');
    return local(host, path ?? '.', options);
  }
  if (path !== undefined) throw new UsageError(`${path}: a path needs --forge local`, 'For GitHub name --repo owner/name, --org NAME or --repos FILE.');
  if (target === undefined) throw new UsageError('which repositories?', 'Name --repo owner/name, --org NAME or --repos FILE; or --forge local PATH, which needs no account.');
  const [{ repositoriesOf }, { planMany }, { runPlans }, { seedBudget }] = await Promise.all([import('../bot/targets.ts'), import('../bot/plan-many.ts'), import('../bot/run.ts'), import('../bot/github/seed-budget.ts')]);
  let clean = (text: string): string => text;
  const log = botLog(host, (text) => clean(text));
  const session = await sessionOf(host, options, log.warn);
  clean = session.redactor.clean;
  return inSession(session, async () => {
    const { platform, home, clock, credential } = session;
    if (credential === undefined && !options.dryRun) throw noCredential();
    if (!options.dryRun) await seedBudget(session, target);
    const known = new Map<string, Repository>();
    const plans = planMany(remembering(known, repositoriesOf(target, platform)), { platform, home, width: options.jobs, redact: clean, ...selection(options), ...(await verificationOf(host, options.verification)) });
    const forgeFor: RunOptions['forgeFor'] = async ({ repository }) => platform.forge(known.get(repository) ?? (await platform.repository(repository)));
    const report = await runPlans(plans, { ...(await common(host, options)), forgeFor, redact: clean, warn: log.warn, now: clock.now, onRepository: log.repository });
    return finishRun(host, report, options, clean);
  });
}

async function local(host: Host, path: string, options: BotOptions): Promise<number> {
  const [{ runLocal }, { systemClock }] = await Promise.all([import('../bot/local-run.ts'), import('../bot/clock.ts')]);
  const { root, prefix, paths } = locateRepository(host.cwd, [path], options.root);
  const top = prefix === '' ? root : root.slice(0, -prefix.length);
  const redact = (text: string): string => text;
  const log = botLog(host, redact);
  const folder = options.out === undefined ? join(top, '.dockmod', 'pull-requests') : resolve(host.cwd, options.out);
  const result = await runLocal({
    ...(await common(host, options)), ...selection(options), ...(await verificationOf(host, options.verification)), top, prefix, folder, env: host.env, clock: systemClock, redact, warn: log.warn, now: systemClock.now, onRepository: log.repository,
    ...(paths.includes('.' as never) ? {} : { paths }), ...(options.base === undefined ? {} : { base: options.base }),
  });
  if (result.kind === 'none') throw new UsageError(result.problem, result.hint);
  if (!options.dryRun && result.report.outcomes.created + result.report.outcomes.updated > 0 && host.stderr.isTerminal) host.stderr.write(`The bodies are in ${forTerminal(folder)}, the branches in the clone.\n`);
  return finishRun(host, result.report, options, redact);
}

/** What was read about a repository while planning is not asked for again while publishing. */
async function* remembering(known: Map<string, Repository>, repositories: AsyncIterable<Repository>): AsyncGenerator<Repository, void> {
  for await (const repository of repositories) {
    if (repository.skip === undefined) known.set(repository.name, repository);
    yield repository;
  }
}

function selection({ only, skip }: BotOptions): Pick<BotOptions, 'only' | 'skip'> {
  return { ...(only === undefined ? {} : { only }), ...(skip === undefined ? {} : { skip }) };
}

async function common({ cwd }: Host, { dryRun, recreate, out, forge }: BotOptions): Promise<Pick<RunOptions, 'transforms' | 'retracted' | 'tool' | 'dryRun' | 'recreate' | 'preview'>> {
  const { VERSION } = await import('../version.ts');
  const preview: RunOptions['preview'] = async (branch, { title, body }) => {
    if (out === undefined) return;
    const folder = resolve(cwd, out);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${branch.replaceAll('/', '-')}.md`), `# ${title}\n\n${body}\n`);
  };
  return { ...(await transformInfo()), tool: VERSION, dryRun: dryRun === true, recreate: new Set(recreate), ...(dryRun && (out !== undefined || forge === 'local') ? { preview } : {}) };
}

export function noCredential(): UsageError {
  return new UsageError('there is no credential in the environment', 'Set GITHUB_TOKEN, or DOCKMOD_APP_ID and DOCKMOD_APP_PRIVATE_KEY. `dockmod doctor` says what each allows; --dry-run reads public repositories without one.');
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
