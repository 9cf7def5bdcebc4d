import { spawn } from 'node:child_process';
import { chmodSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  changedFiles,
  checkout,
  CLI,
  commit,
  dockmod,
  environment,
  GO_DOCKERFILE,
  GO_SERVICE,
  read,
  temporary,
  under,
  write,
} from './checkout.ts';

describe('dockmod apply', () => {
  it('writes the changes, lists the files, and changes nothing the second time', () => {
    const root = checkout(under('services/api', GO_SERVICE));
    const first = dockmod(['apply'], { cwd: root });
    expect(first.status).toBe(0);
    expect(
      first.stdout
        .split('\n')
        .filter((line) => line !== '')
        .sort(),
    ).toEqual([...changedFiles(root)].sort());
    expect(first.stdout).toContain('services/api/Dockerfile\n');
    commit(root);
    const second = dockmod(['apply'], { cwd: root });
    expect(second).toMatchObject({ status: 0, stdout: '' });
    expect(changedFiles(root)).toEqual([]);
    expect(dockmod(['diff', '--exit-code'], { cwd: root })).toMatchObject({ status: 0, stdout: '' });
  });

  it('keeps the modes of files', () => {
    const root = checkout(GO_SERVICE);
    chmodSync(join(root, 'Dockerfile'), 0o640);
    expect(dockmod(['apply'], { cwd: root }).status).toBe(0);
    expect(statSync(join(root, 'Dockerfile')).mode & 0o777).toBe(0o640);
  });

  it('refuses a work tree with uncommitted changes, and says what to do', () => {
    const root = checkout({ ...GO_SERVICE, 'notes.txt': 'a\n' });
    write(root, { 'notes.txt': 'b\n' });
    const refused = dockmod(['apply'], { cwd: root });
    expect(refused).toMatchObject({ status: 2, stdout: '' });
    expect(refused.stderr).toContain(
      'dockmod: the work tree has uncommitted changes: notes.txt\n  Commit or stash them first, or pass --allow-dirty.',
    );
    expect(read(root, 'Dockerfile')).toBe(GO_DOCKERFILE);
    expect(dockmod(['apply', '--allow-dirty'], { cwd: root }).status).toBe(0);
    expect(read(root, 'Dockerfile')).not.toBe(GO_DOCKERFILE);
  });

  it('minds untracked files only where it would change them', () => {
    const root = checkout(under('a', GO_SERVICE));
    write(root, { 'scratch.txt': 'x' });
    expect(dockmod(['apply', '--only', 'pin-base'], { cwd: root }).status).toBe(0);
    write(root, under('b', GO_SERVICE));
    commit(root);
    write(root, { 'c/Dockerfile': GO_DOCKERFILE, 'c/go.mod': GO_SERVICE['go.mod'], 'c/main.go': GO_SERVICE['main.go'] });
    expect(dockmod(['apply', 'c'], { cwd: root }).stderr).toContain('uncommitted changes: c/Dockerfile');
  });

  it('works where there is no git', () => {
    const root = temporary();
    write(root, GO_SERVICE);
    expect(dockmod(['apply'], { cwd: root })).toMatchObject({ status: 0, stdout: expect.stringContaining('Dockerfile\n') as string });
  });

  it('names the files that cannot be written and exits with 1', () => {
    if (process.getuid?.() === 0) return; // Root may write everywhere.
    const root = checkout(under('a', GO_SERVICE));
    chmodSync(join(root, 'a'), 0o555);
    const { status, stderr } = dockmod(['apply', '--allow-dirty'], { cwd: root });
    chmodSync(join(root, 'a'), 0o755);
    expect(status).toBe(1);
    expect(stderr).toMatch(/not written {2}a\/Dockerfile: /);
  });

  it('leaves each file old or new when it is killed', { timeout: 120_000 }, async () => {
    const services = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => Object.entries(under(`services/s${index}`, GO_SERVICE))).flat(),
    );
    const finished = checkout(services);
    expect(dockmod(['apply', '--quiet'], { cwd: finished }).status).toBe(0);
    const fresh = read(finished, 'services/s0/Dockerfile');
    let between = 0;
    for (let round = 0; round < 6; round++) {
      const root = temporary();
      write(root, services);
      await killedWhileWriting(root, round * 5);
      const texts = Array.from({ length: 60 }, (_, index) => read(root, `services/s${index}/Dockerfile`));
      for (const text of texts) expect([GO_DOCKERFILE, fresh]).toContain(text);
      const left = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.dockmod'));
      if (left.length > 0 || (texts.includes(GO_DOCKERFILE) && texts.includes(fresh))) between++;
      // Running again completes the work, whatever was left behind.
      expect(dockmod(['apply', '--quiet'], { cwd: root }).status).toBe(0);
      expect(read(root, 'services/s59/Dockerfile')).toBe(fresh);
      // A killed process cannot tidy up; what it leaves is hidden, and named after dockmod.
      for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }))
        if (name.includes('.dockmod')) expect(name).toMatch(/(?:^|\/)\.[^/]+\.dockmod$/);
      rmSync(root, { recursive: true });
    }
    // Otherwise nothing was shown: every run was killed before or after it wrote.
    expect(between).toBeGreaterThan(1);
  });
});

/** Kills the run some milliseconds after it has begun to write: a new file lies beside the first Dockerfile, or in its place. */
function killedWhileWriting(root: string, afterMs: number): Promise<void> {
  const first = join(root, 'services/s0/Dockerfile');
  const before = statSync(first).ino;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, 'apply', '--quiet'], { cwd: root, stdio: 'ignore', env: environment() });
    const poll = setInterval(() => {
      if (statSync(first).ino === before && !readdirSync(dirname(first)).some((name) => name.endsWith('.dockmod'))) return;
      clearInterval(poll);
      setTimeout(() => child.kill('SIGKILL'), afterMs);
    }, 1);
    child.on('exit', () => {
      clearInterval(poll);
      resolve();
    });
  });
}
