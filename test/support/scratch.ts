/** Scratch directories and repositories of real git, for tests. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';

/** A directory that is removed when the test ends. */
export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'dockmod-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Runs git as a person would, with a fixed identity and nobody's configuration. */
export function gitIn(dir: string): (...args: readonly string[]) => string {
  return (...args) =>
    execFileSync('git', args, {
      cwd: dir,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: '/nonexistent',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'init.defaultBranch',
        GIT_CONFIG_VALUE_0: 'main',
        GIT_AUTHOR_NAME: 'Pat',
        GIT_AUTHOR_EMAIL: 'pat@example.com',
        GIT_COMMITTER_NAME: 'Pat',
        GIT_COMMITTER_EMAIL: 'pat@example.com',
      },
    }).trimEnd();
}

/** A repository with one commit that holds `files`. */
export function repository(files: Readonly<Record<string, string>>): { readonly dir: string; readonly git: ReturnType<typeof gitIn> } {
  const dir = scratch();
  const git = gitIn(dir);
  git('init', '--quiet');
  commitFiles(dir, files, 'first');
  return { dir, git };
}

export function commitFiles(dir: string, files: Readonly<Record<string, string>>, message: string): string {
  const git = gitIn(dir);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  git('add', '--all');
  git('commit', '--quiet', '-m', message);
  return git('rev-parse', 'HEAD');
}
