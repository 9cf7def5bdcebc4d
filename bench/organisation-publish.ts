/** One hourly run of `dockmod publish` with a simulated clock, which it shares with the server over a control address. */

import { createGitHome } from '../src/bot/git/home.ts';
import { createBudget } from '../src/bot/github/budget.ts';
import { githubPlatform } from '../src/bot/github/platform.ts';
import { readPlanFiles } from '../src/bot/plan-files.ts';
import { createRedactor } from '../src/bot/redact.ts';
import type { RepositoryPlan } from '../src/bot/repository-plan.ts';
import { runPlans } from '../src/bot/run.ts';

const [url = '', control = '', token = '', dir = '', start = ''] = process.argv.slice(2);

let time = Number(start);
const tell = async (): Promise<void> => void (await fetch(`${control}/?now=${time}`));
const clock = {
  now: () => time,
  sleep: async (ms: number): Promise<void> => {
    time += ms;
    await tell();
  },
};
await tell();

const home = await createGitHome(process.env);
const budget = createBudget(clock);
const platform = githubPlatform({
  baseUrl: `${url}/api/v3`,
  credential: { kind: 'token', token, from: 'GITHUB_TOKEN', type: 'installation' },
  budget,
  redactor: createRedactor([token]),
  warn: () => undefined,
  pace: 'none',
  home,
  push: 'auto',
});

async function* plans(): AsyncGenerator<RepositoryPlan, void> {
  for await (const file of readPlanFiles(dir, Math.floor(time / 3_600_000))) {
    if (file.kind === 'invalid') throw new Error(`${file.file}: ${file.problem}`);
    yield file.plan;
  }
}

const began = performance.now();
let visited = 0;
const report = await runPlans(plans(), {
  transforms: new Map(),
  retracted: new Set(),
  recreate: new Set(),
  tool: 'bench',
  dryRun: false,
  redact: (text) => text,
  warn: () => undefined,
  now: clock.now,
  forgeFor: (plan) => {
    visited++;
    return platform.forge(plan.repository);
  },
});
await home.dispose();
const usage = process.resourceUsage();
process.stdout.write(
  JSON.stringify({
    time,
    visited,
    outcomes: report.outcomes,
    stopped: report.stopped?.because,
    seconds: (performance.now() - began) / 1000,
    rssMiB: usage.maxRSS / 1024,
  }),
);
