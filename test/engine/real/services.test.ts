/** One service of each language, from the example repository: built and run before and after, asked over HTTP. */

import { afterAll, describe, expect, test } from 'vitest';
import { formatBytes, formatChange } from '../../../src/size/bytes.ts';
import type { Verification } from '../../../src/engine/verify.ts';
import { docker, engineUnderTest, plan, proven } from './support.ts';

const SERVICES = [
  { language: 'Go', service: 'gateway', port: 8080, path: '/' },
  { language: 'Rust', service: 'search', port: 8090, path: '/' },
  { language: 'Python', service: 'status', port: 8106, path: '/' },
  { language: 'Node', service: 'storefront', port: 3000, path: '/' },
  { language: 'Deno', service: 'chat', port: 8110, path: '/healthz' },
] as const;

const results: { readonly language: string; readonly verification: Verification }[] = [];

describe.skipIf(engineUnderTest === undefined)('the example repository', () => {
  const monorepo = plan('examples/monorepo');

  test.each(SERVICES)('$language: $service works after the change, as another user than root', async ({ language, service, port, path }) => {
    const found = monorepo.plans.find((candidate) => candidate.service === service);
    expect(found?.changes.length, `${service} is changed`).toBeGreaterThan(0);
    const verification = await proven({ ...monorepo, root: `${process.cwd()}/examples/monorepo` }, found!, { rebuild: language === 'Go' || language === 'Rust' });
    results.push({ language, verification });
    const { before, after, judgement, findings, notes } = verification;
    expect(judgement, JSON.stringify({ findings, notes, log: after?.build.log.slice(-1500), run: after?.observation?.log }, undefined, 1)).toMatch(/^(?:same|better)$/);
    expect(after?.observation?.outcome).toBe('up');
    expect(after?.observation?.uid).not.toBe(0);
    const answer = (side: typeof after): number | undefined => side?.observation?.ports.find((candidate) => candidate.port === port)?.http[path];
    expect(answer(after)).toBeDefined();
    expect(answer(after)).toBe(answer(before));
    if (after?.config?.user.startsWith('65532') === true) expect(after.observation?.uid).toBe(65532);
  });

  test('nothing is left behind', () => {
    expect(docker(['ps', '-aq', '--filter', 'label=dev.dockmod.verify']).out.trim()).toBe('');
    expect(docker(['image', 'ls', '-q', 'dockmod-verify']).out.trim()).toBe('');
  });
});

afterAll(() => {
  if (results.length === 0) return;
  const rows = results.map(({ language, verification: { service, judgement, before, after, rebuild } }) => {
    const size = (which: 'pull' | 'disk'): string => {
      const [left, right] = [before?.measure, after?.measure].map((measure) => (measure === undefined || measure.kind === 'unknown' ? undefined : measure[which]));
      return left === undefined || right === undefined ? '-' : `${formatBytes(left)} -> ${formatBytes(right)} (${formatChange(left, right)})`;
    };
    const http = after?.observation?.ports.map(({ port, http: answers }) => Object.entries(answers).map(([path, status]) => `:${port}${path} ${status}`).join(' ')).join(' ') ?? '-';
    const again = rebuild === undefined ? '-' : `${rebuild.before.seconds.toFixed(0)} s, ${rebuild.before.cached}/${rebuild.before.steps} -> ${rebuild.after.seconds.toFixed(0)} s, ${rebuild.after.cached}/${rebuild.after.steps}`;
    return [language, service, judgement, size('pull'), size('disk'), `${before?.observation?.uid ?? '?'} -> ${after?.observation?.uid ?? '?'}`, http, again];
  });
  const lines = [['language', 'service', 'verdict', 'pull', 'disk', 'uid', 'HTTP', 'rebuild (s, steps cached)'], ...rows];
  process.stdout.write(`\nLocal stand-ins for the base images; sizes are near the public images', never equal.\n\n${lines.map((cells, index) => `| ${cells.join(' | ')} |${index === 0 ? `\n|${' --- |'.repeat(cells.length)}` : ''}`).join('\n')}\n\n`);
});
