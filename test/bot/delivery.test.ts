import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { parse, parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';

import { createImages } from '../../src/images/table.ts';
import { migrate } from '../../src/migrate.ts';
import { DEFAULT_CONFIGURATION } from '../../src/plan/configuration.ts';
import { openRepository } from '../../src/repository/disk-files.ts';
import { scratch } from '../support/scratch.ts';

const files = [
  'action.yml',
  '.github/workflows/organisation.yml',
  ...readdirSync('docs/workflows').map((name) => `docs/workflows/${name}`),
];

describe('what is delivered', () => {
  it.each(files)('%s is YAML without duplicate keys', (path) => {
    for (const document of parseAllDocuments(readFileSync(path, 'utf8'))) {
      if (!('errors' in document)) continue;
      expect(document.errors).toEqual([]);
      expect(document.toJS()).toBeTypeOf('object');
    }
  });

  it('foreign actions are pinned to a commit, and named with their version', () => {
    for (const path of [...files, 'src/cli/init/files.ts']) {
      for (const [line, action = ''] of readFileSync(path, 'utf8').matchAll(/^.*\buses: (\S+).*$/gm)) {
        if (/^dockmod\/|^ACTION$/.test(action)) continue;
        // Docker publishes a moving tag alone.
        expect(line).toMatch(action.startsWith('docker/scout-action@') ? /@v1$/ : /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      }
    }
  });

  it('every workflow says what its token may do, and no job that holds a key builds an image', () => {
    for (const path of files.filter((name) => name.endsWith('.yml') && name !== 'action.yml')) {
      const workflow = parse(readFileSync(path, 'utf8')) as {
        readonly permissions?: object;
        readonly jobs: Readonly<Record<string, object>>;
      };
      expect(workflow.permissions).toBeTypeOf('object');
      for (const job of Object.values(workflow.jobs)) {
        const text = JSON.stringify(job);
        if (/private-key|"contents":"write"/.test(text)) expect(text).not.toMatch(/cli\.js verify|docker build|actions\/checkout/);
      }
    }
  });

  it('no input is pasted into a script', () => {
    for (const path of files) {
      for (const [, script = ''] of readFileSync(path, 'utf8').matchAll(/^\s*(?:- )?run: (.*(?:\n {10,}.*)*)/gm))
        expect(script).not.toMatch(/\$\{\{ *(?:inputs|github\.event|matrix|secrets)/);
    }
  });

  it('dockmod finds nothing to improve in its own Dockerfile', () => {
    const plans = [
      ...migrate(openRepository('.'), { configuration: DEFAULT_CONFIGURATION, images: createImages(), paths: ['Dockerfile' as never] }),
    ];
    expect(plans).toHaveLength(1);
    expect(plans[0]?.changes).toEqual([]);
    expect(plans[0]?.unusable).toBeUndefined();
    expect(plans[0]?.outcomes.filter(({ kind }) => kind !== 'already' && kind !== 'not-applicable' && kind !== 'off')).toEqual([]);
  });
});

describe('the action', () => {
  /** Runs the script with a `node` that prints its arguments and ends with `code`. */
  function act(
    inputs: Readonly<Record<string, string>>,
    code = 0,
  ): { readonly status: number; readonly args: readonly string[]; readonly output: string } {
    const dir = scratch();
    mkdirSync(join(dir, 'bin'));
    writeFileSync(join(dir, 'bin/node'), `#!/usr/bin/env bash\nshift\nprintf '%s\\n' "$@" > '${dir}/args'\nexit ${code}\n`);
    chmodSync(join(dir, 'bin/node'), 0o755);
    const names = [
      'COMMAND',
      'REPOSITORY',
      'ORG',
      'REPOSITORIES',
      'SHARD',
      'PLANS',
      'ONLY',
      'SKIP',
      'RECREATE',
      'VERIFICATION',
      'DRY_RUN',
      'REPORT',
      'FAIL_WHEN_RATE_LIMITED',
    ];
    const env = {
      ...Object.fromEntries(names.map((name) => [`INPUT_${name}`, ''])),
      INPUT_COMMAND: 'bot',
      INPUT_PLANS: 'plans',
      INPUT_REPORT: 'report.json',
      GITHUB_REPOSITORY: 'octo/shop',
      GITHUB_OUTPUT: join(dir, 'output'),
      ACTION_PATH: '.',
      ...inputs,
      PATH: `${join(dir, 'bin')}:${process.env['PATH']}`,
    };
    writeFileSync(join(dir, 'args'), '');
    let status = 0;
    try {
      execFileSync('bash', ['scripts/action.sh'], { env, stdio: 'pipe' });
    } catch (error) {
      status = (error as { readonly status: number }).status;
    }
    return { status, args: readFileSync(join(dir, 'args'), 'utf8').trimEnd().split('\n'), output: readFileSync(env.GITHUB_OUTPUT, 'utf8') };
  }

  it('turns inputs into arguments, whatever is in them', () => {
    expect(act({}).args).toEqual(['bot', '--repo', 'octo/shop', '--report', 'report.json']);
    expect(act({ INPUT_ORG: 'octo', INPUT_ONLY: '$(touch x); "y"', INPUT_DRY_RUN: 'true' }).args).toEqual([
      'bot',
      '--org',
      'octo',
      '--only',
      '$(touch x); "y"',
      '--report',
      'report.json',
      '--dry-run',
    ]);
    expect(act({ INPUT_COMMAND: 'plan', INPUT_ORG: 'octo', INPUT_SHARD: '3/64' }).args).toEqual([
      'plan',
      '--org',
      'octo',
      '--out',
      'plans',
      '--shard',
      '3/64',
    ]);
    expect(act({ INPUT_COMMAND: 'publish', INPUT_ORG: 'octo' }).args).toEqual([
      'publish',
      'plans',
      '--org',
      'octo',
      '--report',
      'report.json',
    ]);
  });

  it('leaves the rest to the next run when GitHub asks to wait, and fails on everything else', () => {
    expect(act({}, 75)).toMatchObject({ status: 0, output: expect.stringContaining('rate-limited=true') });
    expect(act({ INPUT_FAIL_WHEN_RATE_LIMITED: 'true' }, 75).status).toBe(75);
    expect(act({}, 1).status).toBe(1);
  });
});
