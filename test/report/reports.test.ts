import picocolors from 'picocolors';
import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import { explanation } from '../../src/report/explanation.ts';
import { githubReport } from '../../src/report/github.ts';
import { jsonReport } from '../../src/report/json.ts';
import { markdownReport, quoting } from '../../src/report/markdown.ts';
import { sizeLine } from '../../src/report/size-line.ts';
import { mergeChanges, summarise } from '../../src/report/summary.ts';
import { leftAlone } from '../../src/report/left-alone.ts';
import type { TerminalStyle } from '../../src/report/layout.ts';
import { sharedChecks } from '../../src/report/shared-checks.ts';
import { serviceReport, totals } from '../../src/report/terminal.ts';
import { wrap } from '../../src/report/wrap.ts';
import { EXAMPLE, path, plan } from './example-findings.ts';

const STYLE: TerminalStyle = { paint: picocolors.createColors(false), show: (file) => `shop/${file}`, columns: Infinity };

describe('the summary', () => {
  it('counts services by what there is to say about them', () => {
    expect(summarise(EXAMPLE.plans)).toEqual({
      services: 4,
      changed: 1,
      refused: 2,
      content: 1,
      unusable: 1,
      failed: 1,
      files: 1,
      transforms: [
        { transform: 'go-ldflags', applied: 1, reported: 0, already: 0, refused: 0, failed: 0 },
        { transform: 'pin-base', applied: 0, reported: 0, already: 2, refused: 0, failed: 0 },
        { transform: 'nonroot', applied: 0, reported: 0, already: 0, refused: 1, failed: 1 },
        { transform: 'uv', applied: 0, reported: 0, already: 0, refused: 0, failed: 0 },
        { transform: 'cargo-cache', applied: 0, reported: 0, already: 0, refused: 0, failed: 0 },
        { transform: 'distroless', applied: 0, reported: 1, already: 0, refused: 0, failed: 0 },
      ],
      refusals: [
        { code: 'shell-command', count: 1 },
        { code: 'volume-ownership', count: 1 },
      ],
    });
  });

  it('joins the changes that several plans make to one file', () => {
    const file = path('compose.yaml');
    const plans = [
      ['a', 'b'],
      ['b', 'c'],
    ].map(([before = '', after = '']) => plan({ service: 's', dockerfile: path('Dockerfile'), changes: [{ path: file, before, after }] }));
    expect(mergeChanges(plans)).toEqual([{ path: file, before: 'a', after: 'c' }]);
  });
});

describe('the terminal report', () => {
  it('says per service what changes, what is refused and why, and how to unblock it', () => {
    expect(serviceReport(EXAMPLE.plans[0]!, STYLE)).toBe(`api  shop/services/api/Dockerfile
  change   go-ldflags  lines 4-6
             adds \`-ldflags="-s -w"\` to \`go build\`
  refused  nonroot  volume-ownership  shop/compose.yaml:14
             the volume \`data\` is mounted at \`/var/lib/api\`
             to unblock: create the directory in the image
  check    The old volume belongs to root  shop/compose.yaml:14
             chown -R 65532:65532 /var/lib/api

`);
  });

  it('shows control characters, keeps secrets and stack traces to itself', () => {
    const text = serviceReport(EXAMPLE.plans[1]!, STYLE);
    expect(text).toContain('shop/we,ird:%0A/\\u001b[31mDockerfile (unreferenced twin of shop/services/api/Dockerfile)');
    expect(text).toContain('report   distroless');
    expect(text).toContain('`CMD ./app | tee $LOG` ::error::owned <img src=x> ENV API_TOKEN=***');
    expect(text).toContain('a bug in dockmod: cannot read properties\n');
    expect(text).not.toMatch(/\u001b|stack\.ts|abc123def/);
  });

  it('names why a file was skipped, and stays silent about a service that is content', () => {
    expect(serviceReport(EXAMPLE.plans[2]!, STYLE)).toContain(
      'skipped  template  shop/web/Dockerfile:3\n             a template: `{{ image }}`\n',
    );
    expect(serviceReport(EXAMPLE.plans[3]!, STYLE)).toBe('');
  });

  it('ends with totals and the refusals by frequency', () => {
    expect(totals(summarise(EXAMPLE.plans), STYLE))
      .toBe(`4 services: 1 to change (1 file), 2 with refusals, 1 fine as it is, 1 skipped, 1 failed
    1  shell-command     CMD, ENTRYPOINT or a script needs a shell that the new base does not have
    1  volume-ownership  a volume must be writable by the new user and its owner cannot be decided here
`);
  });

  it('says once what several transforms refuse in the same words, and one way out for several lines', () => {
    const refusal = (reason: string, line: number, unblock?: string) =>
      ({ code: 'privileged-port', at: { path: path('Dockerfile'), line }, reason, ...(unblock === undefined ? {} : { unblock }) }) as const;
    const text = serviceReport(
      plan({
        service: 's',
        dockerfile: path('Dockerfile'),
        outcomes: [
          { transform: 'distroless', kind: 'refused', refusals: [refusal('listens on 80', 3, 'Move it.')] },
          { transform: 'nonroot', kind: 'refused', refusals: [refusal('listens on 80', 3, 'Move it.'), refusal('a', 4), refusal('b', 5)] },
        ],
      }),
      STYLE,
    );
    expect(text).toBe(`s  shop/Dockerfile
  refused  distroless, nonroot  privileged-port  shop/Dockerfile:3
             listens on 80
             to unblock: Move it.
  refused  nonroot  privileged-port
             shop/Dockerfile:4  a
             shop/Dockerfile:5  b

`);
  });

  it('puts a check that three services share at the end, with their names', () => {
    const check = { text: 'Debug with an ephemeral container', command: 'kubectl debug' };
    const plans = ['a', 'b', 'c'].map((service) =>
      plan({ service, dockerfile: path(`${service}/Dockerfile`), checks: [check, { text: `only ${service}` }] }),
    );
    const shared = sharedChecks(plans);
    expect(shared.lines(STYLE)).toEqual([
      '  check    Debug with an ephemeral container',
      '             kubectl debug',
      '             for a, b, c',
    ]);
    expect(plans.map(({ checks }) => checks.map(shared.has))).toEqual([
      [true, false],
      [true, false],
      [true, false],
    ]);
    expect(sharedChecks(plans.slice(1)).lines(STYLE)).toEqual([]);
  });

  it("names what was not understood, and counts what is somebody else's", () => {
    const skipped = [
      { path: path('vendor/x/Dockerfile'), reason: 'vendored', detail: 'd' },
      { path: path('vendor/y/Dockerfile'), reason: 'vendored', detail: 'd' },
      { path: path('a.j2'), reason: 'template', detail: 'd' },
      { path: path('e\u001bvil'), reason: 'unreadable', detail: 'is a pipe' },
    ] as const;
    expect(leftAlone({ skipped, problems: [{ at: { path: path('compose.yaml'), line: 3 }, message: 'bad indentation' }] }, STYLE)).toEqual([
      'not understood  shop/compose.yaml:3: bad indentation',
      'left alone  shop/e\\u001bvil: is a pipe',
      "left alone  2 somebody else's code, 1 of a template language (--json names them)",
    ]);
  });

  it('breaks lines at blanks, counting wide characters twice and colours not at all', () => {
    expect(wrap('one two three four five six', 20)).toEqual(['one two three four', 'five six']);
    expect(wrap(`${'\u001b[32m'}one two three four${'\u001b[39m'}`, 20)).toHaveLength(1);
    expect(wrap('日本語 日本語 日本語 日本語', 20)).toEqual(['日本語 日本語 日本語', '日本語']);
    expect(wrap('a'.repeat(50), 20)).toEqual(['a'.repeat(50)]);
  });
});

describe('a size', () => {
  const known = { kind: 'estimated', pull: 29_000_000, platform: 'linux/amd64', method: 'table of 2026-11-01' } as const;
  it('never stands without how it is known', () => {
    expect(sizeLine({ before: known, after: { ...known, pull: 800_000 } })).toBe(
      'base image alone: ≈ 29 MB → ≈ 800 kB to pull (−97.2 %, linux/amd64, estimated: table of 2026-11-01)',
    );
    expect(sizeLine({ before: known, after: { ...known, pull: 800_000 } }, 'short')).toBe(
      'base image alone: ≈ 29 MB → ≈ 800 kB to pull (−97.2 %, linux/amd64, estimated)',
    );
    expect(
      sizeLine({
        before: { ...known, kind: 'measured', method: 'registry manifest' },
        after: { ...known, kind: 'built', method: 'docker 28.5' },
      }),
    ).toBe('29 MB → 29 MB to pull (±0 %, linux/amd64, before measured: registry manifest; after built: docker 28.5)');
    expect(sizeLine({ before: { kind: 'unknown', reason: 'no registry' }, after: known })).toBe('unknown: no registry');
    expect(sizeLine({ before: known, after: { kind: 'unknown', reason: 'no registry' } })).toBe(
      '≈ 29 MB before, unknown after: no registry',
    );
  });
});

describe('an explanation', () => {
  it('has a verdict for every transform', () => {
    const text = explanation(
      EXAMPLE.plans[0]!,
      {
        name: 'api',
        dockerfile: path('services/api/Dockerfile'),
        builds: [{ by: 'compose', at: { path: path('compose.yaml'), line: 3 }, name: 'api', context: path('services/api'), args: {} }],
        dependents: [{ source: 'compose', by: 'web', at: { path: path('compose.yaml'), line: 20 }, kind: 'healthy-dependency' }],
      },
      STYLE,
    );
    expect(text).toContain('built by compose api  shop/compose.yaml:3');
    expect(text).toContain('used by  wait for health of web  shop/compose.yaml:20');
    for (const line of [
      /^ {2}change {3}go-ldflags/m,
      /^ {2}already {2}pin-base .* shop\/services\/api\/Dockerfile:1\n +the tag names a version/m,
      /^ {2}refused {2}nonroot {2}volume-ownership/m,
      /^ {2}no {7}uv/m,
      /^ {2}off {6}cargo-cache/m,
    ])
      expect(text).toMatch(line);
  });
});

describe('the JSON report', () => {
  const report = JSON.parse(jsonReport(EXAMPLE)) as Record<string, unknown>;
  it('names its schema and holds services, changes with exact patches, and the summary', () => {
    expect(report).toMatchObject({
      schema: 'dockmod.report/1',
      tool: { name: 'dockmod', version: '1.2.3' },
      prefix: 'shop/',
      summary: { services: 4 },
    });
    expect(report['changes']).toEqual([
      {
        path: 'services/api/Dockerfile',
        created: false,
        added: 1,
        removed: 1,
        patch: expect.stringContaining(
          '+++ b/shop/services/api/Dockerfile\n@@ -1,2 +1,2 @@\n FROM a\n-RUN go build\n+RUN go build -ldflags="-s -w"\n',
        ) as string,
      },
    ]);
  });
  it('redacts prose and has no stack traces', () => {
    expect(JSON.stringify(report)).not.toMatch(/abc123def|stack\.ts/);
  });
});

describe('GitHub annotations', () => {
  const lines = githubReport(EXAMPLE).trimEnd().split('\n');
  it('are one command per line, whatever is in a name or a reason', () => {
    for (const line of lines)
      expect(line).toMatch(/^::(?:notice|warning|error) file=shop\/[^:,]+,line=\d+(?:,endLine=\d+)?,title=[^:,]+::[^\r\n]*$/);
    expect(lines).toContain(
      '::notice file=shop/compose.yaml,line=14,title=dockmod%3A nonroot refused (volume-ownership)::the volume `data` is mounted at `/var/lib/api`%0ATo unblock: create the directory in the image',
    );
    expect(lines.filter((line) => line.startsWith('::error'))).toEqual([
      '::error file=shop/we%2Cird%3A%250A/\\u001b[31mDockerfile,line=1,title=dockmod%3A nonroot failed::cannot read properties',
    ]);
  });
});

describe('the markdown report', () => {
  const text = markdownReport(EXAMPLE);
  it('lets nothing from the repository act', () => {
    const html = new MarkdownIt({ html: true, linkify: true }).render(text);
    const outside = html.replace(/<code[^>]*>[\s\S]*?<\/code>/g, '');
    expect(outside).not.toMatch(/<img|@octocat|#1\b/);
    expect(outside).not.toContain('::error::');
    expect(text).not.toMatch(/abc123def|stack\.ts/);
    expect(text).toContain('- [ ] The old volume belongs to root (`compose.yaml:14`): `chown -R 65532:65532 /var/lib/api`');
  });
  it('keeps code in sentences as code', () => {
    expect(quoting('the volume `data` is mounted at `/x`')).toBe('the volume `data` is mounted at `/x`');
    expect(quoting('`a``b` and @me')).toBe('`a` `b` and @&#8203;me');
  });
});
