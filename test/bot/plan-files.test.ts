import { readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { parsePlanFile, readPlanFiles, writePlanFile } from '../../src/bot/plan-files.ts';
import { REPOSITORY_PLAN_SCHEMA, type RepositoryPlan } from '../../src/bot/repository-plan.ts';
import { DEFAULT_BOT } from '../../src/plan/configuration.ts';
import { scratch } from '../support/scratch.ts';
import { at, BUILT, planOf } from '../support/plans.ts';

const PLAN: RepositoryPlan = {
  schema: REPOSITORY_PLAN_SCHEMA,
  repository: 'octo/shop',
  base: { branch: 'main', sha: 'a'.repeat(40) },
  bot: { ...DEFAULT_BOT, schedule: { days: ['mon'], hours: { from: 0, to: 1440 }, timezone: 'Asia/Tokyo' } },
  complete: true,
  plans: [
    planOf('api', { size: BUILT, checks: [{ text: 'look', at: at('compose.yaml', 3), command: 'ls' }] }),
    planOf('web', {
      changes: [],
      outcomes: [
        { transform: 'a', kind: 'refused', refusals: [{ code: 'shell-command', at: at('D', 1), reason: 'r', unblock: 'u' }] },
        { transform: 'b', kind: 'failed', detail: 'd' },
        { transform: 'c', kind: 'off' },
        { transform: 'd', kind: 'not-applicable' },
      ],
    }),
  ],
};

describe('plan files', () => {
  it('come back as they were written', async () => {
    const dir = scratch();
    const file = await writePlanFile(dir, PLAN);
    expect(parsePlanFile(file, readFileSync(file, 'utf8'))).toEqual({ kind: 'plan', plan: PLAN });
  });

  it('cut sentences that are too long, never the texts of files', async () => {
    const long = 'x'.repeat(50_000);
    const plan = { ...PLAN, plans: [planOf('api', { after: long, outcomes: [{ transform: 'a', kind: 'failed', detail: long }] })] };
    const file = await writePlanFile(scratch(), plan);
    const read = parsePlanFile(file, readFileSync(file, 'utf8'));
    expect(read.kind === 'plan' && read.plan.plans[0]?.changes[0]?.after).toBe(long);
    expect(read.kind === 'plan' && JSON.stringify(read.plan.plans[0]?.outcomes).length).toBeLessThan(21_000);
  });

  it('are read in another order each turn, every one of them', async () => {
    const dir = scratch();
    for (let n = 0; n < 20; n++) await writePlanFile(dir, { ...PLAN, repository: `octo/r${n}` });
    const order = async (turn: number): Promise<readonly string[]> => {
      const names: string[] = [];
      for await (const file of readPlanFiles(dir, turn)) names.push(file.kind === 'plan' ? file.plan.repository : '?');
      return names;
    };
    const [first, second] = [await order(1), await order(2)];
    expect(first).not.toEqual(second);
    expect([...first].sort()).toEqual([...second].sort());
    expect(await order(1)).toEqual(first);
  });

  it('are refused when they are links, too large, cut off or edited', async () => {
    const dir = scratch();
    const file = await writePlanFile(dir, PLAN);
    const good = readFileSync(file, 'utf8');
    const problem = async (): Promise<string> => {
      for await (const read of readPlanFiles(dir, 0)) if (read.kind === 'invalid') return read.problem;
      return 'valid';
    };
    expect(await problem()).toBe('valid');
    writeFileSync(file, good.replace('FROM gcr.io', 'FROM evil.io'));
    expect(await problem()).toContain('digest');
    writeFileSync(file, good.replace(/"digest":"[^"]*",/, ''));
    expect(await problem()).toContain('digest');
    writeFileSync(file, good.slice(0, -100));
    expect(await problem()).toBe('not JSON');
    writeFileSync(file, good);
    truncateSync(file, 65 * 1024 * 1024);
    expect(await problem()).toBe('larger than 64 MiB');
    writeFileSync(file, good);
    symlinkSync('/etc/passwd', join(dir, 'link.json'));
    expect(await problem()).toContain('symbolic link');
  });

  it('say what is wrong with them', () => {
    const broken = (change: (value: { plans: { service: string }[]; [key: string]: unknown }) => void): string => {
      const value = JSON.parse(JSON.stringify(PLAN)) as Parameters<typeof change>[0];
      change(value);
      const result = parsePlanFile('f', JSON.stringify(value));
      return result.kind === 'invalid' ? result.problem : 'valid';
    };
    expect(
      broken((value) => {
        value['schema'] = 'x';
      }),
    ).toContain('schema');
    expect(
      broken((value) => {
        for (const plan of value.plans) plan.service = 'api';
      }),
    ).toContain('planned twice');
    expect(
      broken((value) => {
        value['bot'] = { ...DEFAULT_BOT, labels: ['x'.repeat(51)] };
      }),
    ).toContain('bot.labels');
    expect(
      broken((value) => {
        value['bot'] = { ...DEFAULT_BOT, reviewers: ['@x y'] };
      }),
    ).toContain('reviewers');
  });
});
