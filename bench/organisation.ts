/** The simulated organisation: makes it, plans it in parallel shards, publishes it hour by hour, and checks what came of it. */

import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { startGitHub, TOKEN } from '../test/support/github/server.ts';

const { values } = parseArgs({ options: { repositories: { type: 'string', default: '5000' }, shards: { type: 'string', default: '8' } } });
const count = Number(values.repositories);
const shards = Number(values.shards);

/** Bars: memory must not grow with the organisation. */
const BARS = { planMiB: 400, publishMiB: 400, growthMiB: 80 };

let missed = 0;
const row = (name: string, value: string, passed = true, note = ''): void => {
  if (!passed) missed++;
  console.log(`${passed ? 'PASS' : 'FAIL'}  ${name.padEnd(40)} ${value}${note === '' ? '' : `  (${note})`}`);
};

const root = mkdtempSync(join(tmpdir(), 'dockmod-organisation-'));
let now = Date.parse('2026-03-01T00:00:00Z');
const server = await startGitHub({ root: join(root, 'git'), now: () => now });
const control = createServer((request, response) => {
  now = Math.max(now, Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('now')));
  response.end();
});
await new Promise<void>((done) => control.listen(0, '127.0.0.1', done));
const controlUrl = `http://127.0.0.1:${(control.address() as AddressInfo).port}`;

try {
  await make();
  await plan();
  await publish();
} finally {
  await server.close();
  control.close();
  rmSync(root, { recursive: true, force: true });
}
process.exitCode = missed > 0 ? 1 : 0;

/** Two services in three repositories, no Dockerfile in every tenth, some archived. */
async function make(): Promise<void> {
  const began = performance.now();
  const go =
    'FROM golang:1.24 AS build\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app .\n\nFROM alpine:latest\nCOPY --from=build /app /app\nCMD ["/app"]\n';
  const python = 'FROM python:3.12\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD ["python", "main.py"]\n';
  for (let n = 0; n < count; n++) {
    const one = {
      'README.md': `# ${n}\n`,
      'services/api/Dockerfile': go,
      'services/api/go.mod': 'module example.com/api\n\ngo 1.24\n',
      'services/api/main.go': `package main\n\nfunc main() { println(${n}) }\n`,
    };
    const two = {
      ...one,
      'services/web/Dockerfile': python,
      'services/web/main.py': 'print(1)\n',
      'services/web/requirements.txt': 'flask==3.0.0\n',
    };
    const repository = await server.world.add(
      `sim/repository-${String(n).padStart(5, '0')}`,
      n % 10 === 9 ? { 'README.md': 'none\n' } : n % 3 === 0 ? one : two,
    );
    repository.archived = n % 50 === 7;
  }
  row('repositories made', `${count}`, true, `${((performance.now() - began) / 1000).toFixed(0)} s`);
}

async function plan(): Promise<void> {
  const began = performance.now();
  const waiting = Array.from({ length: shards }, (_, index) => index + 1);
  const peaks: number[] = [];
  const worker = async (): Promise<void> => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      peaks.push(
        await child([
          'dist/cli.js',
          'plan',
          '--org',
          'sim',
          '--shard',
          `${index}/${shards}`,
          '--jobs',
          '2',
          '--out',
          join(root, 'plans', String(index)),
          '--base-url',
          `${server.url}/api/v3`,
        ]),
      );
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, availableParallelism() - 1) }, worker));
  const minutes = (performance.now() - began) / 60_000;
  row(
    'planned in parallel shards',
    `${(count / minutes).toFixed(0)} repositories/minute`,
    server.writes.length === 0,
    `${shards} shards, ${minutes.toFixed(1)} minutes, ${availableParallelism()} processors, no writes`,
  );
  row(
    'peak memory of a planning process',
    `${Math.max(...peaks).toFixed(0)} MiB`,
    Math.max(...peaks) <= BARS.planMiB,
    `bar ${BARS.planMiB}`,
  );
}

/** A new process each simulated hour, as a schedule would start it. */
async function publish(): Promise<void> {
  const began = performance.now();
  const runs: {
    readonly time: number;
    readonly visited: number;
    readonly rssMiB: number;
    readonly outcomes: Readonly<Record<string, number>>;
    readonly stopped?: string;
  }[] = [];
  const first = now;
  for (;;) {
    const before = server.writes.length;
    const text: string[] = [];
    await child(
      ['node_modules/.cache/bench-organisation/organisation-publish.js', server.url, controlUrl, TOKEN, join(root, 'plans'), String(now)],
      (chunk) => text.push(chunk),
    );
    const result = JSON.parse(text.join('')) as (typeof runs)[number];
    runs.push(result);
    if (result.stopped === undefined && server.writes.length === before) break;
    // The next hour of the schedule.
    now = Math.max(now, result.time) + 3_600_000;
  }
  const minutes = (performance.now() - began) / 60_000;
  const hours = (now - first) / 3_600_000;
  const open = [...server.world.repositories.values()].map(({ pulls }) =>
    pulls.filter(({ state }) => state === 'open').map(({ branch }) => branch),
  );
  const pulls = open.flat().length;
  const visits = runs.reduce((sum, { visited }) => sum + visited, 0);
  row(
    'published serially',
    `${(count / minutes).toFixed(0)} repositories/minute of computing`,
    pulls > 0,
    `${pulls} pull requests in ${runs.length} hourly runs, ${hours.toFixed(0)} simulated hours, ${visits} visits, ${minutes.toFixed(1)} minutes`,
  );
  row(
    'one pull request per service',
    `${pulls}`,
    open.every((branches) => new Set(branches).size === branches.length && branches.length <= 2),
  );
  row(
    'limits of 80 a minute and 500 an hour',
    `${server.writes.length} writes`,
    server.violations.length === 0,
    server.violations[0] ?? "asserted by the server, requests and answers against GitHub's description",
  );
  const last = runs.at(-1);
  row(
    'the last run writes nothing',
    `${last?.visited} repositories visited`,
    (last?.outcomes['created'] ?? 1) === 0 && (last?.outcomes['failed'] ?? 1) === 0,
  );
  const peaks = runs.map(({ rssMiB }) => rssMiB);
  row(
    'peak memory of a publishing process',
    `${Math.max(...peaks).toFixed(0)} MiB`,
    Math.max(...peaks) <= BARS.publishMiB,
    `bar ${BARS.publishMiB}; first run ${peaks[0]?.toFixed(0)}, last ${peaks.at(-1)?.toFixed(0)}`,
  );
  // The first runs visit few repositories before the hour's budget is spent, the last one visits all.
  const growth = Math.max(...peaks) - Math.min(...peaks);
  row('memory between the smallest and the largest run', `${growth.toFixed(0)} MiB`, growth <= BARS.growthMiB, `bar ${BARS.growthMiB}`);
}

/** Runs Node on a script; answers its peak resident memory in MiB. */
async function child(args: readonly string[], output: (chunk: string) => void = () => undefined): Promise<number> {
  const process_ = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], GITHUB_TOKEN: TOKEN, DOCKMOD_PACE: 'none', TMPDIR: root },
  });
  let peak = 0;
  let errors = '';
  const timer = setInterval(() => {
    try {
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${process_.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
    } catch {
      /* it has ended */
    }
  }, 200);
  process_.stdout.on('data', (chunk: Buffer) => output(chunk.toString()));
  process_.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  const code = await new Promise<number | null>((done) => process_.on('close', done));
  clearInterval(timer);
  if (code !== 0) throw new Error(`${args.slice(0, 3).join(' ')} ended with ${code}: ${errors}`);
  return peak;
}
