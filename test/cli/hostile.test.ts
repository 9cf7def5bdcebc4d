import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout, CLI, commit, dockmod, environment, GO_DOCKERFILE, GO_SERVICE, read, temporary, under, write } from './checkout.ts';

interface Report {
  readonly services: readonly {
    readonly dockerfile: string;
    readonly unusable?: { readonly reason: string };
    readonly changes: readonly string[];
  }[];
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  readonly problems: readonly { readonly at: { readonly path: string }; readonly message: string }[];
}

/** Runs diff and apply on `root`: neither may fail, and the good service beside the bad input is still planned. */
function survives(root: string, good = 'good/Dockerfile'): Report {
  const diff = dockmod(['diff', '--json'], { cwd: root });
  expect(diff.stderr).not.toMatch(/\n\s+at |unexpected error/);
  expect(diff.status).toBe(0);
  const report = JSON.parse(diff.stdout) as Report;
  expect(report.services.find(({ dockerfile }) => dockerfile === good)?.changes).toContain(good);
  const apply = dockmod(['apply', '--allow-dirty'], { cwd: root });
  expect(apply.stderr).not.toMatch(/\n\s+at |unexpected error/);
  expect(apply.status).toBe(0);
  return report;
}

function withGood(files: Readonly<Record<string, string | Uint8Array>>): string {
  return checkout({ ...under('good', GO_SERVICE), ...files });
}

function outcome({ services, skipped }: Report, path: string): string | undefined {
  return services.find(({ dockerfile }) => dockerfile === path)?.unusable?.reason ?? skipped.find((file) => file.path === path)?.reason;
}

describe('hostile input', () => {
  it('a symbolic link out of the tree is neither read nor written', () => {
    const outside = temporary();
    write(outside, { Dockerfile: GO_DOCKERFILE });
    const root = withGood({});
    mkdirSync(join(root, 'bad'));
    symlinkSync(join(outside, 'Dockerfile'), join(root, 'bad/Dockerfile'));
    symlinkSync(outside, join(root, 'linked'));
    commit(root);
    const report = survives(root);
    expect(report.services.every(({ changes }) => !changes.some((path) => path.startsWith('bad') || path.startsWith('linked')))).toBe(true);
    expect(read(outside, 'Dockerfile')).toBe(GO_DOCKERFILE);
  });

  it('a Dockerfile of 5 MB is too large', () => {
    const root = withGood({ 'bad/Dockerfile': `FROM alpine\n${'RUN echo hello world\n'.repeat(250_000)}` });
    expect(outcome(survives(root), 'bad/Dockerfile')).toMatch(/too-large|unreadable/);
  });

  it('NUL bytes, UTF-16 and bidirectional controls are named', () => {
    const root = withGood({
      'nul/Dockerfile': 'FROM alpine\0:latest\n',
      'utf16/Dockerfile': Buffer.from('\ufeffFROM alpine\r\n', 'utf16le'),
      'bidi/Dockerfile': 'FROM alpine:latest\nRUN echo \u202e hidden\n',
    });
    const report = survives(root);
    expect(outcome(report, 'nul/Dockerfile')).toMatch(/binary|encoding|unreadable/);
    expect(outcome(report, 'utf16/Dockerfile')).toMatch(/binary|encoding|unreadable/);
    expect(outcome(report, 'bidi/Dockerfile')).toMatch(/bidi|unreadable/);
  });

  it('a directory called Dockerfile is a directory', () => {
    const root = withGood({ 'Dockerfile/README': 'not what it seems\n', 'bad/Dockerfile/x': 'x' });
    survives(root);
  });

  it('a file that may not be read is named', () => {
    if (process.getuid?.() !== 0) {
      const root = withGood({ 'bad/Dockerfile': GO_DOCKERFILE });
      chmodSync(join(root, 'bad/Dockerfile'), 0o000);
      expect(outcome(survives(root), 'bad/Dockerfile')).toBe('unreadable');
      return;
    }
    // Root may read everything: let another user look.
    const root = mkdtempSync(join(tmpdir(), 'dockmod-cli-'));
    write(root, { ...under('good', GO_SERVICE), 'bad/Dockerfile': GO_DOCKERFILE });
    chmodSync(root, 0o755);
    chmodSync(join(root, 'bad/Dockerfile'), 0o000);
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'diff', '--json'], {
      cwd: root,
      encoding: 'utf8',
      env: environment(),
      uid: 65534,
      gid: 65534,
    });
    if (/EACCES|Cannot find module/.test(stderr) && stdout === '') return; // The checkout of dockmod itself is private here.
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(outcome(JSON.parse(stdout) as Report, 'bad/Dockerfile')).toBe('unreadable');
  });

  it('stages that lead to each other in a circle end', () => {
    const root = withGood({ 'bad/Dockerfile': 'FROM b AS a\nRUN true\nFROM a AS b\nCOPY --from=b /x /y\nCMD ["x"]\n' });
    survives(root);
  });

  it('10,000 instructions are named as too many, and what is just allowed is planned in seconds', { timeout: 60_000 }, () => {
    const long = (count: number): string => {
      const lines = Array.from({ length: count }, (_, index) =>
        index % 3 === 0
          ? `ENV V${index}=\${V${index - 3}:-x}`
          : index % 3 === 1
            ? `RUN echo ${index} && go build -o /x${index} .`
            : `WORKDIR /w${index}`,
      );
      return `FROM golang:1.24 AS b\n${lines.join('\n')}\nFROM alpine\nCOPY --from=b /x1 /x\nCMD ["/x"]\n`;
    };
    const started = performance.now();
    const report = survives(withGood({ 'bad/Dockerfile': long(10_000), 'long/Dockerfile': long(1_900) }));
    expect(outcome(report, 'bad/Dockerfile')).toBe('too-large');
    expect(outcome(report, 'long/Dockerfile')).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(45_000);
  });

  it(
    'a YAML bomb in a compose file never goes off: aliases are not expanded, and many are a problem of that file',
    { timeout: 60_000 },
    () => {
      const bomb = (levels: string) =>
        [
          'a: &a [x, x, x, x, x, x, x, x, x]',
          ...levels.split('').map(
            (letter, index) =>
              `${letter}: &${letter} [${Array(9)
                .fill(`*${`a${levels}`[index]}`)
                .join(', ')}]`,
          ),
          `services: { api: { build: good, labels: *${levels.at(-1)} } }`,
        ].join('\n');
      const started = performance.now();
      survives(withGood({ 'compose.yaml': bomb('bcdefghij') }));
      expect(survives(withGood({ 'compose.yaml': bomb('bcdefghijklmnopqrstuvwxyz') })).problems.map(({ at }) => at.path)).toEqual([
        'compose.yaml',
      ]);
      expect(performance.now() - started).toBeLessThan(45_000);
    },
  );

  it('broken compose, bake, workflow and manifest files are problems, not ends', () => {
    survives(
      withGood({
        'compose.yaml': 'services:\n  - [\n',
        'docker-bake.hcl': 'target "a" { dockerfile = ',
        'docker-bake.json': '{"target": [',
        '.github/workflows/build.yml': '\t: :',
        'k8s/app.yaml': '{{ .Values.x }}\n---\nkind: [',
        'bad/package.json': '{',
        'bad/Cargo.toml': '[',
        'bad/go.mod': '\u0001',
        'bad/pyproject.toml': '=',
        'bad/deno.json': '{"a":',
        'bad/Dockerfile': 'FROM python:3.12\nCOPY . .\nRUN pip install uv && uv sync\nCMD ["python", "x.py"]\n',
      }),
    );
  });

  it('names that a terminal would obey are shown, in every format', () => {
    const name = 'evil\u001b[2J\n::error::x,y:%/Dockerfile';
    const root = temporary();
    write(root, { ...under('good', GO_SERVICE), [name]: GO_DOCKERFILE });
    for (const args of [
      ['diff'],
      ['diff', '--stat'],
      ['diff', '--format', 'github'],
      ['diff', '--format', 'markdown'],
      ['diff', '--format', 'sarif'],
    ]) {
      const { stdout, stderr, status } = dockmod(args, { cwd: root });
      expect(status).toBe(0);
      expect(stdout + stderr).not.toContain('\u001b');
      expect(stdout + stderr).not.toMatch(/^::error::x/m);
    }
  });
});
