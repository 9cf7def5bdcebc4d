import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changedFiles, checkout, CLI, dockmod, environment, git, GO_SERVICE, read, temporary, under, write } from './checkout.ts';

const SHOP = { ...under('services/api', GO_SERVICE), ...under('services/web', GO_SERVICE), 'README.md': 'A shop.\n' };

describe('dockmod diff', () => {
  const shop = checkout(SHOP);

  it('prints a patch on stdout, the reasons on stderr, and writes nothing', () => {
    const { status, stdout, stderr } = dockmod(['diff'], { cwd: shop });
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^diff --git a\/services\/api\/Dockerfile b\/services\/api\/Dockerfile\n--- a\/services\/api\/Dockerfile\n\+\+\+ b\/services\/api\/Dockerfile\n@@ /,
    );
    expect(stderr).toMatch(/^api {2}services\/api\/Dockerfile$/m);
    expect(stderr).toMatch(/^2 services: 2 to change/m);
    expect(changedFiles(shop)).toEqual([]);
  });

  it('says so when the output has no room, and where a bare repository is meant', () => {
    const { status, stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${CLI}" diff --quiet > /dev/full`], {
      cwd: shop,
      encoding: 'utf8',
      env: environment(),
    });
    expect(stderr).toMatch(/^dockmod: the output cannot be written: ENOSPC/);
    expect(status).toBe(1);
    const bare = temporary();
    git(bare, 'init', '-q', '--bare');
    expect(dockmod(['diff', bare], { cwd: shop })).toMatchObject({
      status: 2,
      stderr: `dockmod: ${bare} is a bare git repository\n  Clone it, and run dockmod in the clone.\n`,
    });
  });

  it('prints what apply writes: git apply makes the same files of it', () => {
    const patched = temporary();
    const applied = temporary();
    for (const copy of [patched, applied]) cpSync(shop, copy, { recursive: true });
    execFileSync('git', ['apply', '-'], { cwd: patched, input: dockmod(['diff'], { cwd: patched }).stdout });
    expect(dockmod(['apply'], { cwd: applied }).status).toBe(0);
    expect(changedFiles(patched).length).toBeGreaterThan(0);
    expect(git(patched, 'diff')).toBe(git(applied, 'diff'));
    expect(git(patched, 'status', '--porcelain')).toBe(git(applied, 'status', '--porcelain'));
  });

  it('is exact for CRLF and a missing final newline', () => {
    const files = Object.fromEntries(
      Object.entries(GO_SERVICE).map(([path, text]) => [path, path === 'Dockerfile' ? text.replaceAll('\n', '\r\n').trimEnd() : text]),
    );
    const [patched, applied] = [checkout(files), checkout(files)];
    execFileSync('git', ['apply', '--whitespace=nowarn', '-'], { cwd: patched, input: dockmod(['diff'], { cwd: patched }).stdout });
    dockmod(['apply'], { cwd: applied });
    expect(read(patched, 'Dockerfile')).toBe(read(applied, 'Dockerfile'));
    expect(read(applied, 'Dockerfile')).not.toMatch(/[^\r]\n/);
  });

  it('looks at what is named: a directory, a file, or what lies below the working directory', () => {
    for (const run of [
      dockmod(['diff', 'services/api'], { cwd: shop }),
      dockmod(['diff', 'services/api/Dockerfile'], { cwd: shop }),
      dockmod(['diff'], { cwd: join(shop, 'services/api') }),
      dockmod(['diff', '--root', '../..', '.'], { cwd: join(shop, 'services/api') }),
    ]) {
      expect(run.stdout).toContain('+++ b/services/api/Dockerfile');
      expect(run.stdout).not.toContain('services/web');
      expect(run.stderr).toMatch(/^1 service:/m);
    }
  });

  it('counts from the top of the work tree where the root lies below it', () => {
    const mono = checkout({ ...under('examples/shop', SHOP), 'examples/shop/dockmod.yaml': '{}\n' });
    const { stdout, stderr } = dockmod(['diff', 'examples/shop'], { cwd: mono });
    expect(stdout).toContain('+++ b/examples/shop/services/api/Dockerfile');
    expect(stderr).toContain('examples/shop/services/api/Dockerfile');
    execFileSync('git', ['apply', '--check', '-'], { cwd: mono, input: stdout });
  });

  it('exits with 3 when changes are pending and --exit-code asks', () => {
    expect(dockmod(['diff', '--exit-code'], { cwd: shop }).status).toBe(3);
    expect(dockmod(['diff', '--exit-code', '--only', 'pin-base', '--skip', 'pin-base'], { cwd: shop }).status).toBe(0);
  });

  it('runs only what --only and --skip leave', () => {
    const { stdout } = dockmod(['diff', '--json', '--only', 'pin-base, nonroot', '--skip', 'nonroot'], { cwd: shop });
    const report = JSON.parse(stdout) as { services: { outcomes: { transform: string; kind: string }[] }[] };
    expect(report.services[0]?.outcomes.filter(({ kind }) => kind !== 'off').map(({ transform }) => transform)).toEqual(['pin-base']);
  });

  it('prints counts instead of the patch with --stat', () => {
    const { stdout } = dockmod(['diff', '--stat'], { cwd: shop });
    expect(stdout).toMatch(/^services\/api\/Dockerfile \| \d+ \+*-*\nservices\/web\/Dockerfile \| \d+ \+*-*\n/);
  });

  it.each([
    ['json', /^\{\n {2}"schema": "dockmod.report\/1"/],
    ['sarif', /"version": "2.1.0"/],
    ['github', /^::notice file=services\/api\/Dockerfile,line=\d+/],
    ['markdown', /^# dockmod\n/],
  ])('prints %s alone on stdout', (format, expected) => {
    const { status, stdout, stderr } = dockmod(['diff', '--format', format], { cwd: shop });
    expect(status).toBe(0);
    expect(stdout).toMatch(expected);
    expect(stderr).toBe('');
  });

  it('says nothing besides the patch with --quiet', () => {
    expect(dockmod(['diff', '--quiet'], { cwd: shop })).toMatchObject({ status: 0, stderr: '' });
  });

  it('stops quietly when nobody reads on', () => {
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['-c', `set -o pipefail; "${process.execPath}" "${CLI}" diff --quiet | head -n 1`],
      { cwd: shop, encoding: 'utf8', env: environment() },
    );
    expect(stdout).toMatch(/^diff --git /);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('has no colours and no progress in a pipe, unless FORCE_COLOR asks', () => {
    const plain = dockmod(['diff'], { cwd: shop });
    expect(plain.stdout + plain.stderr).not.toMatch(/\u001b|\r/);
    const forced = dockmod(['diff'], { cwd: shop, env: { FORCE_COLOR: '1' } });
    expect(forced.stderr).toContain('\u001b[');
    for (const run of [
      dockmod(['diff'], { cwd: shop, env: { FORCE_COLOR: '1', NO_COLOR: '1' } }),
      dockmod(['diff', '--no-color'], { cwd: shop, env: { FORCE_COLOR: '1' } }),
      dockmod(['diff'], { cwd: shop, env: { FORCE_COLOR: '0' } }),
    ]) {
      expect(run.stdout + run.stderr).not.toContain('\u001b');
    }
  });

  it('obeys dockmod.yaml: states per path, ignored files, another file with --config', () => {
    const configured = checkout({
      ...SHOP,
      'dockmod.yaml':
        'overrides:\n  - paths: [services/web]\n    transforms: { go-ldflags: off, distroless: off, nonroot: off, pin-base: off, multi-stage: off, layer-order: off }\n',
    });
    expect(dockmod(['diff'], { cwd: configured }).stdout).not.toContain('services/web');
    write(configured, { 'off.yaml': 'enabled: false\n' });
    expect(dockmod(['diff', '.', '--config', 'off.yaml'], { cwd: configured })).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringContaining('`enabled: false`: nothing is planned') as string,
    });
    write(configured, { 'other.yaml': 'ignore: [services/]\n' });
    const ignored = dockmod(['diff', '--config', 'other.yaml'], { cwd: configured });
    expect(ignored.stdout).toBe('');
    expect(ignored.stderr).toMatch(/^0 services/m);
  });
});
