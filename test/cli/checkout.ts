/** Temporary repositories, and the real command run on them as a process of its own. */

import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll } from 'vitest';
import { bundleDirectory } from '../support/run-directory.ts';

/** The command as `npm run build` bundles it, built once per test file beside the dependencies. */
export const CLI = join(bundleDirectory(), `cli-${process.pid}-${process.env['VITEST_WORKER_ID'] ?? '0'}`, 'cli.js');
await build({
  entryPoints: { cli: 'src/cli/main.ts' },
  outdir: dirname(CLI),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'error',
});

const created: string[] = [dirname(CLI)];
afterAll(() => {
  for (const directory of created) rmSync(directory, { recursive: true, force: true });
});

/** A Go service that several transforms want to change. */
export const GO_DOCKERFILE = `# The shop's API.
FROM golang:1.24-alpine AS builder
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -o /app .

FROM alpine:latest
COPY --from=builder /app /usr/local/bin/app
CMD ["/usr/local/bin/app"]
`;
export const GO_SERVICE = {
  'go.mod': 'module example.com/api\n\ngo 1.24\n',
  'main.go': 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n',
  Dockerfile: GO_DOCKERFILE,
};

export function under(directory: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${directory}/${path}`, text]));
}

export function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'dockmod-cli-'));
  created.push(directory);
  return directory;
}

/** A git repository with `files` committed. */
export function checkout(files: Readonly<Record<string, string | Uint8Array>>): string {
  const root = temporary();
  write(root, files);
  git(root, 'init', '-q', '-b', 'main');
  commit(root);
  return root;
}

export function write(root: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

export function read(root: string, path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function commit(root: string): void {
  git(root, 'add', '-A');
  git(root, '-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-q', '--allow-empty', '-m', 'state');
}

export function git(root: string, ...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: gitEnvironment() });
}

/** Files that differ from the commit, as git sees them. */
export function changedFiles(root: string): readonly string[] {
  return git(root, 'status', '--porcelain')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.slice(3));
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function dockmod(args: readonly string[], { cwd, env = {} }: RunOptions): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [CLI, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...environment(), ...env },
    maxBuffer: 2 ** 28,
    timeout: 60_000,
  });
}

/** What a process gets here: nothing that changes colours or the way git works. */
export function environment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), TMPDIR: tmpdir() };
}

function gitEnvironment(): Record<string, string> {
  return { ...environment(), GIT_CONFIG_NOSYSTEM: '1' };
}
