import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';

import { DEFAULT_BOT } from '../../src/plan/configuration.ts';
import { readConfiguration } from '../../src/plan/read-configuration.ts';
import { checkout, dockmod, GO_SERVICE, under, write } from './checkout.ts';

const SHOP = { ...under('services/api', GO_SERVICE), ...under('services/we"b: x', GO_SERVICE) };

describe('dockmod init', () => {
  it('writes valid files that name every Dockerfile, and nothing the second time', () => {
    const root = checkout(SHOP);
    const first = dockmod(['init', '--yes'], { cwd: root });
    expect(first.status).toBe(0);
    expect(first.stdout.trim().split('\n')).toEqual([
      'written  dockmod.yaml',
      'written  .github/workflows/dockmod.yml',
      'written  renovate.json',
      'written  .github/workflows/image-scan.yml',
    ]);
    const text = (path: string): string => readFileSync(join(root, path), 'utf8');
    expect(readConfiguration('dockmod.yaml', text('dockmod.yaml'), []).bot).toEqual({
      ...DEFAULT_BOT,
      limits: { ...DEFAULT_BOT.limits, openPullRequests: 5 },
    });
    const schedule = parse(text('.github/workflows/dockmod.yml')) as {
      readonly on: { readonly schedule: readonly { readonly cron: string }[] };
      readonly permissions: object;
    };
    // Not at a full hour, when GitHub is busiest.
    expect(Number(schedule.on.schedule[0]?.cron.split(' ')[0]) % 30).not.toBe(0);
    expect(schedule.permissions).toEqual({ contents: 'write', 'pull-requests': 'write' });
    const scan = parse(text('.github/workflows/image-scan.yml')) as {
      readonly jobs: {
        readonly scan: { readonly strategy: { readonly matrix: { readonly include: readonly { readonly dockerfile: string }[] } } };
      };
    };
    expect(scan.jobs.scan.strategy.matrix.include.map(({ dockerfile }) => dockerfile)).toEqual([
      'services/api/Dockerfile',
      'services/we"b: x/Dockerfile',
    ]);
    expect(JSON.parse(text('renovate.json'))).toHaveProperty('packageRules');
    expect(dockmod(['init', '--yes'], { cwd: root }).stdout).not.toContain('written');
  });

  it('keeps to Dependabot where that is in use, and lists the directories where it is wanted', () => {
    const root = checkout({ ...SHOP, '.github/dependabot.yml': 'version: 2\n' });
    expect(dockmod(['init', '--yes'], { cwd: root }).stdout).toContain('there    .github/dependabot.yml');
    expect(existsSync(join(root, 'renovate.json'))).toBe(false);
    const other = checkout(SHOP);
    dockmod(['init', '--yes', '--updates', 'dependabot', '--scan', 'none'], { cwd: other });
    expect(parse(readFileSync(join(other, '.github/dependabot.yml'), 'utf8'))).toMatchObject({
      updates: [{ 'package-ecosystem': 'docker', directories: ['/services/api', '/services/we"b: x'] }],
    });
    expect(existsSync(join(other, '.github/workflows/image-scan.yml'))).toBe(false);
  });

  it('sees Renovate in package.json, and says what an existing Dependabot lacks', () => {
    const renovate = checkout({ ...SHOP, 'package.json': '{\n  "renovate": {}\n}\n' });
    expect(dockmod(['init', '--yes', '--scan', 'none'], { cwd: renovate }).stdout).toContain('there    package.json: Renovate');
    expect(existsSync(join(renovate, 'renovate.json'))).toBe(false);
    const npm = checkout({ ...SHOP, '.github/dependabot.yml': 'version: 2\nupdates:\n  - package-ecosystem: npm\n' });
    expect(dockmod(['init', '--yes'], { cwd: npm }).stdout).toContain('add an entry `package-ecosystem: docker`');
    const docker = checkout({ ...SHOP, '.github/dependabot.yml': 'version: 2\nupdates:\n  - package-ecosystem: "docker"\n' });
    expect(dockmod(['init', '--yes'], { cwd: docker }).stdout).toContain('it updates Docker images');
  });

  it('never writes over a file, a link or a directory that is there', () => {
    const root = checkout(SHOP);
    symlinkSync('/nowhere/dockmod.yaml', join(root, 'dockmod.yaml'));
    mkdirSync(join(root, 'renovate.json'));
    const { stdout } = dockmod(['init', '--yes'], { cwd: root });
    expect(stdout).toContain('there    dockmod.yaml\n');
    expect(stdout).not.toMatch(/written {2}(?:dockmod\.yaml|renovate\.json)/);
    expect(lstatSync(join(root, 'dockmod.yaml')).isSymbolicLink()).toBe(true);
  });

  it('shows what it would write and writes nothing where nobody can be asked', () => {
    const root = checkout(SHOP);
    write(root, { 'dockmod.yaml': 'enabled: true\n' });
    const result = dockmod(['init'], { cwd: root });
    expect(result.status).toBe(2);
    expect(result.stdout).toContain('cron:');
    expect(result.stderr).toContain('--yes');
    expect(existsSync(join(root, '.github'))).toBe(false);
  });
});
