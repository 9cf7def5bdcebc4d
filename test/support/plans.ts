/** Plans made by hand, for tests of what acts on plans. */

import { createHash } from 'node:crypto';

import { PLAN_SCHEMA, type Plan } from '../../src/plan/plan.ts';
import type { RepoPath } from '../../src/repository/path.ts';
import type { SizeReport } from '../../src/size/measure.ts';
import type { Location } from '../../src/repository/location.ts';

export const at = (path: string, line: number): Location => ({ path: path as RepoPath, line });

export const BUILT: SizeReport = {
  before: { kind: 'built', pull: 893_000_000, disk: 1_200_000_000, platform: 'linux/amd64', method: 'docker 28.5' },
  after: { kind: 'built', pull: 7_700_000, disk: 19_000_000, platform: 'linux/amd64', method: 'docker 28.5' },
};

/** Changes `services/<service>/Dockerfile` from `before` to `after`; equal texts make a clean plan. */
export function planOf(service: string, fields: Partial<Plan> & { readonly before?: string; readonly after?: string } = {}): Plan {
  const path = `services/${service}/Dockerfile` as RepoPath;
  const {
    before = 'FROM alpine:latest\nCMD ["/app"]\n',
    after = 'FROM gcr.io/distroless/static-debian13:nonroot\nCMD ["/app"]\n',
    ...rest
  } = fields;
  const changes = rest.changes ?? (before === after ? [] : [{ path, before, after }]);
  return {
    schema: PLAN_SCHEMA,
    service,
    dockerfile: path,
    outcomes:
      changes.length === 0
        ? [{ transform: 'distroless', kind: 'already', at: at(path, 1) }]
        : [
            {
              transform: 'distroless',
              kind: 'applied',
              evidence: [{ text: 'the binary is static', at: at(path, 1) }],
              refusals: [],
              lines: [at(path, 1)],
              declares: [
                { field: 'shell', because: 'distroless has no shell' },
                { field: 'user', because: 'the service runs as 65532' },
              ],
            },
          ],
    checks: [],
    ...(changes.length === 0
      ? {}
      : {
          noticed: [
            { field: 'shellProgram', before: '/bin/ash' },
            { field: 'user', before: '', after: '65532:65532' },
          ],
        }),
    hash: `sha256:${createHash('sha256').update(JSON.stringify(changes)).digest('hex')}`,
    ...rest,
    changes,
  };
}
