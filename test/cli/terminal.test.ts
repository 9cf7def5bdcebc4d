import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDenoAudit } from '../../src/cli/deno-audit.ts';
import type { Host, Sink } from '../../src/cli/host.ts';
import { startProgress } from '../../src/cli/progress.ts';
import { hasColor } from '../../src/cli/style.ts';

function terminal(options: { readonly isTerminal: boolean; readonly env?: Readonly<Record<string, string>> }): {
  readonly host: Host;
  readonly written: () => string;
  readonly wait: (milliseconds: number) => void;
} {
  let text = '';
  let time = 0;
  const sink: Sink = {
    write: (part) => {
      text += part;
    },
    isTerminal: options.isTerminal,
    columns: 40,
  };
  const host = { env: options.env ?? {}, stdout: sink, stderr: sink, now: () => time } as Partial<Host> as Host;
  return {
    host,
    written: () => text,
    wait: (milliseconds) => {
      time += milliseconds;
    },
  };
}

describe('progress', () => {
  it('appears on a terminal when a run takes long, on one line that is taken away', () => {
    const { host, written, wait } = terminal({ isTerminal: true });
    const progress = startProgress(host, false);
    progress.update('1 service');
    expect(written()).toBe('');
    wait(400);
    progress.update(`2 services \u001b[2J\n ${'x'.repeat(60)}`);
    wait(10);
    progress.update('too soon');
    expect(written()).toBe(`\r\u001b[2K2 services \\u001b[2J ${'x'.repeat(18)}`);
    progress.end();
    expect(written().endsWith('\r\u001b[2K')).toBe(true);
  });

  it.each([
    ['in a pipe', { isTerminal: false }, false],
    ['with --quiet', { isTerminal: true }, true],
    ['in CI', { isTerminal: true, env: { CI: 'true' } }, false],
    ['on a dumb terminal', { isTerminal: true, env: { TERM: 'dumb' } }, false],
  ])('is silent %s', (_, options, quiet) => {
    const { host, written, wait } = terminal(options);
    const progress = startProgress(host, quiet);
    wait(5000);
    progress.update('1 service');
    progress.end();
    expect(written()).toBe('');
  });
});

describe('colours', () => {
  it.each([
    [{}, true, true, true],
    [{}, false, true, false],
    [{}, true, false, false],
    [{ NO_COLOR: '1' }, true, true, false],
    [{ NO_COLOR: '' }, true, true, true],
    [{ FORCE_COLOR: '1' }, false, true, true],
    [{ FORCE_COLOR: '0' }, true, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, true, false],
    [{ TERM: 'dumb' }, true, true, false],
  ])('with %j, terminal %s, option %s: %s', (env, isTerminal, option, expected) => {
    const { host } = terminal({ isTerminal, env: env as Record<string, string> });
    expect(hasColor(host, host.stdout, option)).toBe(expected);
  });
});

describe('the log of Deno permissions', () => {
  it('is one record per line, blank lines aside', () => {
    const directory = mkdtempSync(join(tmpdir(), 'dockmod-audit-'));
    writeFileSync(
      join(directory, 'audit.jsonl'),
      '{"v":1,"datetime":"x","permission":"net","value":"127.0.0.1:8085"}\n\n{"v":1,"permission":"env","value":null}\n',
    );
    expect(readDenoAudit(directory, 'audit.jsonl')).toEqual([
      { permission: 'net', value: '127.0.0.1:8085' },
      { permission: 'env', value: null },
    ]);
    rmSync(directory, { recursive: true });
  });
});
