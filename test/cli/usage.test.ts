import { spawnSync } from 'node:child_process';
import { mkdirSync, rmdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TRANSFORMS } from '../../src/transforms/index.ts';
import { VERSION } from '../../src/version.ts';
import { checkout, CLI, dockmod, environment, GO_SERVICE, temporary, under, write } from './checkout.ts';

const shop = checkout({ ...under('services/api', GO_SERVICE), ...under('services/web', GO_SERVICE) });

describe('dockmod list', () => {
  it('shows id, default state and title of every transform', () => {
    const { status, stdout, stderr } = dockmod(['list'], { cwd: '/' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(
      stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split(/\s{2,}/)[0]),
    ).toEqual(TRANSFORMS.map(({ id }) => id));
    expect(JSON.parse(dockmod(['list', '--json'], { cwd: '/' }).stdout)).toEqual(
      TRANSFORMS.map(({ id, title, defaultState, version }) => ({ id, title, defaultState, version })),
    );
  });
});

describe('dockmod explain', () => {
  it('has a verdict of every transform, with places that can be opened', () => {
    const { status, stdout } = dockmod(['explain', 'services/api'], { cwd: shop });
    expect(status).toBe(0);
    for (const { id } of TRANSFORMS) expect(stdout).toContain(id);
    expect(stdout).toMatch(/services\/api\/Dockerfile:\d+/);
    expect(stdout).toMatch(/^ {2}change /m);
  });

  it('takes the file that is in use where the other is its twin', () => {
    const root = checkout({
      ...under('api', GO_SERVICE),
      'api/Dockerfile.old': 'FROM alpine:latest\n',
      'compose.yaml': 'services:\n  api:\n    build: api\n',
    });
    expect(dockmod(['explain', 'api'], { cwd: root })).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^api {2}api\/Dockerfile\n/) as string,
    });
  });

  it('asks for one when there are several', () => {
    expect(dockmod(['explain', '.'], { cwd: shop })).toMatchObject({
      status: 2,
      stdout: '',
      stderr: 'dockmod: . holds 2 Dockerfiles; explain takes one\n  Choose one of: services/api/Dockerfile, services/web/Dockerfile\n',
    });
  });
});

describe('wrong usage', () => {
  it.each([
    [['dfif'], /unknown command 'dfif'\n\(Did you mean diff\?\)/],
    [['diff', '--fromat', 'json'], /unknown option '--fromat'\n\(Did you mean --format\?\)/],
    [['diff', '--format', 'xml'], /Allowed choices are text, json, sarif, github, markdown/],
    [['explain'], /missing required argument 'path'/],
    [['diff', '--only', 'distroles'], /--only: unknown transform "distroles"/],
    [['diff', '--skip', 'zzz'], /--skip: unknown transform "zzz"\n {2}Known are: /],
    [['diff', 'services/apo'], /services\/apo: no such file or directory\n {2}Did you mean services\/api\?/],
    [['explain', 'zzz/Dockerfile'], /zzz\/Dockerfile: no such file or directory\n {2}\. has no zzz\./],
    [['diff', '--root', 'services/api/Dockerfile'], /--root services\/api\/Dockerfile: not a directory/],
    [['diff', 'services/api', '/etc'], /\/etc does not lie below/],
    [['diff', 'services/api/main.go'], /no Dockerfile to look at in services\/api\/main\.go/],
    [['diff', '--config', 'nowhere.yaml'], /--config nowhere\.yaml: no such file/],
    [['diff', '--deno-audit', 'nowhere.jsonl'], /--deno-audit nowhere\.jsonl: cannot be read/],
    [['diff', '--deno-audit', 'services/api/main.go'], /services\/api\/main\.go:1: expected a line like/],
  ])('exits with 2 and says what is meant: %j', (args, message) => {
    const { status, stdout, stderr } = dockmod(args, { cwd: shop });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  it('names every problem of the configuration with its line', () => {
    const root = checkout({ ...GO_SERVICE, 'dockmod.yaml': 'transfroms: {}\nbot:\n  schedule:\n    timezone: Mars\n' });
    expect(dockmod(['diff'], { cwd: root })).toMatchObject({
      status: 2,
      stdout: '',
      stderr:
        'dockmod: dockmod.yaml:1: unknown key "transfroms", did you mean "transforms"?\ndockmod: dockmod.yaml:4: bot.schedule.timezone: expected an IANA time zone, like Asia/Tokyo\n',
    });
    const misnamed = checkout({ ...GO_SERVICE, 'dockmod.yml': '{}\n' });
    expect(dockmod(['diff'], { cwd: misnamed }).stderr).toContain('dockmod.yml is not read: the configuration is called dockmod.yaml');
    const directory = checkout(GO_SERVICE);
    mkdirSync(join(directory, 'dockmod.yaml'));
    expect(dockmod(['diff'], { cwd: directory })).toMatchObject({ status: 2, stderr: 'dockmod: dockmod.yaml: expected a file\n' });
    rmdirSync(join(directory, 'dockmod.yaml'));
    symlinkSync('/etc/passwd', join(directory, 'dockmod.yaml'));
    expect(dockmod(['diff'], { cwd: directory })).toMatchObject({
      status: 2,
      stderr: 'dockmod: dockmod.yaml: a symbolic link: put the file itself here, or name another with --config\n',
    });
    write(misnamed, { 'latin1.yaml': Buffer.from('comments: "\xe9"\n', 'latin1') });
    expect(dockmod(['diff', '--config', 'latin1.yaml'], { cwd: misnamed })).toMatchObject({
      status: 2,
      stderr: 'dockmod: latin1.yaml: not UTF-8 text\n',
    });
  });
});

describe('help', () => {
  it('is enough to begin with', () => {
    const { status, stdout } = dockmod(['--help'], { cwd: '/' });
    expect(status).toBe(0);
    for (const word of ['diff', 'apply', 'explain', 'list', 'Examples:', 'Exit codes:']) expect(stdout).toContain(word);
    for (const command of ['diff', 'apply', 'explain']) {
      const help = dockmod([command, '--help'], { cwd: '/' });
      expect(help).toMatchObject({ status: 0, stderr: '' });
      for (const word of ['--only', '--skip', '--config', '--root', '--format', '--quiet', '--no-color', 'Examples:'])
        expect(help.stdout).toContain(word);
      expect(dockmod(['help', command], { cwd: '/' }).stdout).toBe(help.stdout);
    }
  });

  it('knows its version', () => {
    expect(dockmod(['--version'], { cwd: '/' })).toMatchObject({ status: 0, stdout: `${VERSION}\n` });
  });
});

describe('a repository without Dockerfiles', () => {
  it('is content', () => {
    expect(dockmod(['diff'], { cwd: temporary() })).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringContaining('0 services') as string,
    });
  });
});

it('Ctrl-C ends a run at once, without words', async () => {
  const many = temporary();
  write(many, Object.fromEntries(Array.from({ length: 400 }, (_, index) => Object.entries(under(`s${index}`, GO_SERVICE))).flat()));
  const script = `"${process.execPath}" "${CLI}" diff >/dev/null & pid=$!; sleep 0.4; kill -INT $pid; wait $pid; echo "code $?"`;
  // A background job of a non-interactive shell ignores SIGINT; -m gives it a process group and the default action.
  const { stdout, stderr } = spawnSync('bash', ['-mc', script], { cwd: many, encoding: 'utf8', env: environment() });
  expect(stdout).toContain('code 130');
  expect(stderr).not.toMatch(/\n\s+at /);
});
