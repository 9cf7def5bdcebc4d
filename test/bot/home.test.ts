import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import { openGit } from '../../src/bot/git/git.ts';
import { createGitHome } from '../../src/bot/git/home.ts';
import { createBudget } from '../../src/bot/github/budget.ts';
import { seedBudget } from '../../src/bot/github/seed-budget.ts';
import type { Session } from '../../src/bot/session.ts';
import { githubBot } from '../support/github/bot.ts';
import { scratch } from '../support/scratch.ts';
import { planOf } from '../support/plans.ts';

async function homeWith(env: Readonly<Record<string, string | undefined>> = process.env) {
  const home = await createGitHome(env);
  onTestFinished(() => home.dispose());
  return home;
}

describe('the private home of git', () => {
  it('is for its owner alone, and gone afterwards', async () => {
    const home = await createGitHome(process.env);
    await home.authorise('https://example.com/octo/', 'canary');
    expect(statSync(home.dir).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(home.dir))
      if (name.startsWith('.gitconfig')) expect(statSync(join(home.dir, name)).mode & 0o777).toBe(0o600);
    await home.dispose();
    expect(() => statSync(home.dir)).toThrow();
  });

  it("switches off what a repository, a server or the user's configuration could make git do", async () => {
    const home = await homeWith({
      PATH: process.env['PATH'],
      GIT_SSH_COMMAND: 'touch /tmp/evil',
      GIT_ASKPASS: 'evil',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.pager',
      GIT_CONFIG_VALUE_0: 'evil',
      EDITOR: 'evil',
    });
    const listing = await (await openGit(scratch(), home)).run(['config', '--list']);
    const settings = new Map(
      listing
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    expect(Object.fromEntries(settings)).toMatchObject({
      'core.hookspath': '/dev/null',
      'core.symlinks': 'false',
      'core.fsmonitor': 'false',
      'protocol.allow': 'never',
      'protocol.ext.allow': 'never',
      'protocol.https.allow': 'always',
      'submodule.recurse': 'false',
      'transfer.fsckobjects': 'true',
      'safe.barerepository': 'explicit',
      'http.followredirects': 'false',
      'credential.helper': '',
    });
    expect(listing).not.toContain('evil');
    expect(
      Object.keys(home.env)
        .filter((name) => name.startsWith('GIT_'))
        .sort(),
    ).toEqual(['GIT_CONFIG_NOSYSTEM', 'GIT_TERMINAL_PROMPT']);
  });

  it('sends the credential to the address that it is for, and follows no redirect with it', async () => {
    const seen: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(404).end();
    });
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const first = createServer((_, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${(other.address() as AddressInfo).port}/octo/shop.git/info/refs` }).end(),
    );
    await new Promise<void>((done) => first.listen(0, '127.0.0.1', done));
    onTestFinished(() => {
      other.close();
      first.close();
    });
    const home = await homeWith();
    const address = `http://127.0.0.1:${(first.address() as AddressInfo).port}`;
    await home.authorise(`${address}/octo/`, 'canary');
    const git = await openGit(scratch(), home);
    for (const url of [`${address}/octo/shop.git`, `http://127.0.0.1:${(other.address() as AddressInfo).port}/octo/shop.git`])
      await expect(git.run(['ls-remote', url])).rejects.toThrow();
    expect(seen).toEqual([undefined]);
  });

  it('can be rewritten while git reads it', async () => {
    const home = await homeWith();
    await Promise.all(Array.from({ length: 20 }, (_, n) => home.authorise(`https://example.com/o${n}/`, `token${n}`)));
    expect(readFileSync(join(home.dir, '.gitconfig'), 'utf8')).toContain('[core]');
  });
});

describe('the budget at the start of a run', () => {
  it('knows what other runs created within the hour, and goes without where the search does not answer', async () => {
    const bot = await githubBot(['api', 'web']);
    await bot.run([planOf('api'), planOf('web')]);
    const clock = { now: () => bot.time.now, sleep: async () => undefined };
    const left = async (): Promise<number> => {
      const budget = createBudget(clock, { perMinute: 80, perHour: 100 });
      await seedBudget({ platform: bot.platform, budget, clock } as unknown as Session, { kind: 'repositories', names: ['octo/shop'] });
      return budget.left();
    };
    expect(await left()).toBe(90);
    bot.time.now += 3_700_000;
    expect(await left()).toBe(100);
    bot.server.faults.push({
      times: 9,
      when: 'before',
      on: ({ path }) => path === '/search/issues',
      how: { status: 422, body: { message: 'Validation Failed' } },
    });
    expect(await left()).toBe(100);
  });
});
