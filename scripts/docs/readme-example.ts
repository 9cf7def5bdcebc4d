/** The README's before and after: what the pipeline really says about one service of the example. */

import { join } from 'node:path';
import picocolors from 'picocolors';
import { createImages } from '../../src/images/table.ts';
import { migrate } from '../../src/migrate.ts';
import { DEFAULT_CONFIGURATION } from '../../src/plan/configuration.ts';
import { patchOf } from '../../src/report/patch.ts';
import { serviceReport } from '../../src/report/terminal.ts';
import { openRepository } from '../../src/repository/disk-files.ts';
import { repoPath } from '../../src/repository/path.ts';

const SERVICE = 'services/gateway/Dockerfile';

export function readmeExample(root: string): string {
  const path = repoPath(SERVICE);
  if (path === undefined) throw new Error(`${SERVICE} is not a path`);
  const options = { configuration: DEFAULT_CONFIGURATION, images: createImages(), paths: [path] };
  for (const plan of migrate(openRepository(join(root, 'examples/monorepo')), options)) {
    if (plan.dockerfile !== path) continue;
    const text = serviceReport(plan, { paint: picocolors.createColors(false), show: (file) => file, columns: 118 });
    return [
      '```diff',
      plan.changes
        .map((change) => patchOf(change).replace(/^diff --git .*\n/, ''))
        .join('')
        .trimEnd(),
      '```',
      '',
      'That is one service of the example, as `dockmod diff` prints it on stdout. On stderr it says why:',
      '',
      '```text',
      text.trimEnd(),
      '```',
    ].join('\n');
  }
  throw new Error(`examples/monorepo has no ${SERVICE}`);
}
