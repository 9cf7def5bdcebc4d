/** The bot against the GitHub server, over Octokit's own HTTP stack and real git. */

import { onTestFinished } from 'vitest';

import { createGitHome } from '../../../src/bot/git/home.ts';
import { createBudget } from '../../../src/bot/github/budget.ts';
import type { Credential } from '../../../src/bot/github/credential.ts';
import { githubPlatform, type Platform, type PlatformOptions } from '../../../src/bot/github/platform.ts';
import { publishRepository, type PublishContext, type ServiceReport } from '../../../src/bot/publish.ts';
import { createRedactor } from '../../../src/bot/redact.ts';
import { REPOSITORY_PLAN_SCHEMA } from '../../../src/bot/repository-plan.ts';
import { DEFAULT_BOT, type BotConfiguration } from '../../../src/plan/configuration.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import { scratch } from '../scratch.ts';
import { readBranches } from './objects.ts';
import { startGitHub, TOKEN, type GitHubServer } from './server.ts';
import type { RepositoryState } from './world.ts';

export const BEFORE = 'FROM alpine:latest\nCMD ["/app"]\n';

export interface Time {
  now: number;
}

export interface GitHubBot {
  readonly server: GitHubServer;
  readonly platform: Platform;
  readonly time: Time;
  readonly warnings: string[];
  readonly repository: RepositoryState;
  /** Reports of one run with these plans. */
  readonly run: (
    plans: readonly Plan[],
    options?: Partial<PublishContext> & { readonly bot?: BotConfiguration; readonly base?: string; readonly platform?: Platform },
  ) => Promise<readonly ServiceReport[]>;
  readonly outcomes: (...args: Parameters<GitHubBot['run']>) => Promise<Readonly<Record<string, string>>>;
  /** Runs and says which writes that took. */
  readonly writes: (...args: Parameters<GitHubBot['run']>) => Promise<readonly string[]>;
}

export const TOKEN_CREDENTIAL: Credential = { kind: 'token', token: TOKEN, from: 'GITHUB_TOKEN', type: 'installation' };

export async function githubBot(
  services: readonly string[],
  options: Partial<Pick<PlatformOptions, 'push' | 'credential'>> = {},
): Promise<GitHubBot> {
  const time: Time = { now: Date.parse('2026-03-01T12:00:00Z') };
  const server = await startGitHub({ root: scratch(), now: () => time.now });
  onTestFinished(() => server.close());
  const home = await createGitHome(process.env);
  onTestFinished(() => home.dispose());
  const warnings: string[] = [];
  const warn = (message: string): void => void warnings.push(message);
  const clock = { now: () => time.now, sleep: async (ms: number) => void (time.now += ms) };
  const platform = githubPlatform({
    baseUrl: `${server.url}/api/v3`,
    credential: TOKEN_CREDENTIAL,
    push: 'api',
    ...options,
    budget: createBudget(clock),
    redactor: createRedactor([TOKEN]),
    warn,
    pace: 'none',
    home,
  });
  const repository = await server.world.add(
    'octo/shop',
    Object.fromEntries([
      ...services.map((service) => [`services/${service}/Dockerfile`, BEFORE]),
      ['README.md', 'hello\n'],
      ['services/run.sh', '#!/bin/sh\n'],
    ]),
  );

  const run: GitHubBot['run'] = async (plans, { bot = DEFAULT_BOT, base, platform: other, ...overrides } = {}) => {
    const used = other ?? platform;
    const found = await used.repository('octo/shop');
    const sha = base ?? readBranches(repository.dir).get(found.defaultBranch) ?? '';
    const context: PublishContext = {
      forge: await used.forge(found.name),
      transforms: new Map(),
      tool: '1.0.0',
      redact: createRedactor([TOKEN]).clean,
      warn,
      now: () => time.now,
      dryRun: false,
      recreate: new Set(),
      retracted: new Set(),
      ...overrides,
    };
    const reports: ServiceReport[] = [];
    for await (const report of publishRepository(
      { schema: REPOSITORY_PLAN_SCHEMA, repository: found.name, base: { branch: found.defaultBranch, sha }, bot, plans, complete: true },
      context,
    ))
      reports.push(report);
    return reports;
  };
  return {
    server,
    platform,
    time,
    warnings,
    repository,
    run,
    outcomes: async (...args) => Object.fromEntries((await run(...args)).map(({ service, outcome }) => [service, outcome])),
    writes: async (...args) => {
      const before = server.writes.length;
      await run(...args);
      return server.writes.slice(before).map(({ method, path }) => `${method} ${path.replace('/repos/octo/shop', '')}`);
    },
  };
}
