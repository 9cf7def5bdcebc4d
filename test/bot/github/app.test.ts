import { generateKeyPairSync } from 'node:crypto';

import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { diagnose } from '../../../src/bot/doctor.ts';
import type { Credential } from '../../../src/bot/github/credential.ts';
import { createRedactor } from '../../../src/bot/redact.ts';
import type { Session } from '../../../src/bot/session.ts';
import { createGitHome } from '../../../src/bot/git/home.ts';
import { githubBot } from '../../support/github/bot.ts';
import { planOf } from '../../support/plans.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const APP: Credential = { kind: 'app', appId: '7', privateKey, installationId: undefined, from: 'DOCKMOD_APP_ID' };

describe('a GitHub App', () => {
  it('finds its installation, works with its token, by the API and by git, and renews it before the hour is over', async () => {
    for (const push of ['api', 'git'] as const) {
      const bot = await githubBot(['api', 'web'], { credential: APP, push });
      expect(await bot.outcomes([planOf('api')])).toEqual({ api: 'created' });
      expect(bot.repository.pulls[0]?.author).toBe('dockmod-app[bot]');
      const issued = (): number => bot.server.requests.filter((request) => request.endsWith('/access_tokens')).length;
      expect(issued()).toBe(1);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
      onTestFinished(() => void vi.useRealTimers());
      for (const token of bot.server.tokens.values()) token.revoked = true;
      expect(await bot.outcomes([planOf('api'), planOf('web')])).toEqual({ api: 'unchanged', web: 'created' });
      expect(issued()).toBe(2);
      vi.useRealTimers();
      expect(bot.server.violations).toEqual([]);
    }
  });

  it('lists the repositories of its installation', async () => {
    const { platform, server } = await githubBot([], { credential: APP });
    await server.world.add('octo/other', { x: '' });
    const names: string[] = [];
    for await (const { name } of platform.repositories('octo')) names.push(name);
    expect(names).toEqual(['octo/other', 'octo/shop']);
    expect(server.violations).toEqual([]);
  });

  it('that is not installed says so', async () => {
    const { platform } = await githubBot([], { credential: APP });
    await expect(platform.repository('nobody/x')).rejects.toMatchObject({
      kind: 'forbidden',
      message: expect.stringContaining('not installed at nobody'),
    });
  });
});

describe('doctor', () => {
  const findings = async (
    options: Parameters<typeof githubBot>[1],
    env: Record<string, string>,
    name = 'octo/shop',
  ): Promise<readonly string[]> => {
    const { platform } = await githubBot([], options);
    const home = await createGitHome(process.env);
    const session = { platform, home, credential: options?.credential, redactor: createRedactor() } as unknown as Session;
    const lines: string[] = [];
    for await (const { level, text } of diagnose(session, { env, repository: name })) lines.push(`${level} ${text}`);
    await home.dispose();
    return lines;
  };

  it('says what GITHUB_TOKEN of Actions cannot do', async () => {
    const lines = await findings(
      { credential: { kind: 'token', token: 'ghs_canary0Token1For2Tests3abcdefghij', from: 'GITHUB_TOKEN', type: 'installation' } },
      { GITHUB_ACTIONS: 'true' },
    );
    expect(lines.join('\n')).toMatch(
      /ok git version[\s\S]*note workflow triggers[\s\S]*note cross-repository[\s\S]*ok signing[\s\S]*ok octo\/shop: can be read/,
    );
  });

  it('says what is wrong with a credential', async () => {
    expect(await findings({ credential: { kind: 'token', token: 'ghp_wrong', from: 'GH_TOKEN', type: 'classic' } }, {})).toContainEqual(
      expect.stringContaining('fail GitHub refuses the credential'),
    );
    expect(await findings({ credential: APP }, {}, 'nobody/x')).toContainEqual(expect.stringContaining('not installed'));
    const { platform } = await githubBot([]);
    const home = await createGitHome(process.env);
    const lines: string[] = [];
    for await (const { level } of diagnose({ platform, home, credential: undefined } as unknown as Session, { env: {} })) lines.push(level);
    await home.dispose();
    expect(lines).toEqual(['ok', 'fail']);
  });
});
