/** One run with every kind of outcome, for the reports' tests. */

import type { Plan } from '../../src/plan/plan.ts';
import type { Findings } from '../../src/report/findings.ts';
import type { RepoPath } from '../../src/repository/path.ts';

export function path(text: string): RepoPath {
  return text as RepoPath;
}

export function plan(partial: Partial<Plan> & Pick<Plan, 'service' | 'dockerfile'>): Plan {
  return { schema: 'dockmod.plan/1', outcomes: [], changes: [], checks: [], hash: 'sha256:0', ...partial };
}

const api = path('services/api/Dockerfile');

/** Names, reasons and paths as a hostile repository would choose them. */
export const EXAMPLE: Findings = {
  version: '1.2.3',
  prefix: 'shop/',
  plans: [
    plan({
      service: 'api',
      dockerfile: api,
      outcomes: [
        {
          transform: 'go-ldflags',
          kind: 'applied',
          evidence: [{ text: 'adds `-ldflags="-s -w"` to `go build`', at: { path: api, line: 4 } }],
          refusals: [],
          lines: [{ path: api, line: 4, endLine: 6 }],
        },
        { transform: 'pin-base', kind: 'already', at: { path: api, line: 1 }, because: 'the tag names a version' },
        {
          transform: 'nonroot',
          kind: 'refused',
          refusals: [
            {
              code: 'volume-ownership',
              at: { path: path('compose.yaml'), line: 14 },
              reason: 'the volume `data` is mounted at `/var/lib/api`',
              unblock: 'create the directory in the image',
            },
          ],
        },
        { transform: 'uv', kind: 'not-applicable', because: 'no Python' },
        { transform: 'cargo-cache', kind: 'off' },
      ],
      changes: [{ path: api, before: 'FROM a\nRUN go build\n', after: 'FROM a\nRUN go build -ldflags="-s -w"\n' }],
      checks: [
        {
          text: 'The old volume belongs to root',
          at: { path: path('compose.yaml'), line: 14 },
          command: 'chown -R 65532:65532 /var/lib/api',
        },
      ],
    }),
    plan({
      service: '@octocat | #1',
      dockerfile: path('we,ird:%0A/\u001b[31mDockerfile'),
      twinOf: api,
      outcomes: [
        {
          transform: 'distroless',
          kind: 'reported',
          evidence: [{ text: 'would use distroless' }],
          refusals: [
            {
              code: 'shell-command',
              at: { path: path('we,ird:%0A/\u001b[31mDockerfile'), line: 9 },
              reason: '`CMD ./app | tee $LOG`\n::error::owned <img src=x> ENV API_TOKEN=abc123def',
            },
          ],
          lines: [],
        },
        { transform: 'nonroot', kind: 'failed', detail: 'cannot read properties\n    at secret/stack.ts:1' },
      ],
    }),
    plan({
      service: 'web',
      dockerfile: path('web/Dockerfile'),
      unusable: { reason: 'template', at: { path: path('web/Dockerfile'), line: 3 }, detail: 'a template: `{{ image }}`' },
    }),
    plan({
      service: 'fine',
      dockerfile: path('fine/Dockerfile'),
      outcomes: [{ transform: 'pin-base', kind: 'already', at: { path: path('fine/Dockerfile'), line: 1 } }],
    }),
  ],
  skipped: [{ path: path('vendor/x/Dockerfile'), reason: 'vendored', detail: 'below vendor/' }],
  problems: [{ at: { path: path('compose.yaml'), line: 2 }, message: 'not valid YAML: `services` is a list' }],
};
