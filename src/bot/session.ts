/** What every command that talks to GitHub needs: credential, private home, budget, redaction; and its clean-up. */

import { systemClock, type Clock } from './clock.ts';
import { createGitHome, type GitHome } from './git/home.ts';
import { createBudget, type Budget } from './github/budget.ts';
import { credentialFrom, secretsIn, type Credential } from './github/credential.ts';
import { githubPlatform, type Platform } from './github/platform.ts';
import { environmentRedactor, type Redactor } from './redact.ts';

export interface SessionOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** API root; `https://api.github.com` by default. */
  readonly baseUrl: string;
  readonly push: 'auto' | 'api' | 'git';
  readonly warn: (message: string) => void;
  readonly clock?: Clock;
  readonly pace?: 'github' | 'none';
}

export interface Session {
  readonly credential: Credential | undefined;
  readonly platform: Platform;
  readonly home: GitHome;
  readonly budget: Budget;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly close: () => Promise<void>;
}

export async function openSession({ env, baseUrl, push, warn, clock = systemClock, pace = 'github' }: SessionOptions): Promise<Session> {
  const credential = credentialFrom(env);
  const redactor = environmentRedactor(env);
  for (const secret of secretsIn(credential)) redactor.add(secret);
  const home = await createGitHome(env);
  const budget = createBudget(clock);
  const platform = githubPlatform({
    baseUrl,
    credential,
    home,
    push,
    budget,
    redactor,
    warn: (message) => warn(redactor.clean(message)),
    pace,
  });
  return { credential, platform, home, budget, redactor, clock, close: () => home.dispose() };
}
