/** Every generated file of the repository with its text. `npm run docs` writes them, test/docs.test.ts compares them. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TRANSFORMS } from '../../src/transforms/index.ts';
import { commandsPage } from './commands-page.ts';
import { createImages } from '../../src/images/table.ts';
import { configurationPage, configurationJsonSchema } from './configuration-page.ts';
import { expectedPage } from './expected-page.ts';
import { readmeExample } from './readme-example.ts';
import { refusalsPage } from './refusals-page.ts';
import { reportJsonSchema } from './report-schema.ts';
import { transformPage, transformTable } from './transform-page.ts';

/** Paths relative to `root`, in a stable order. */
export async function generatedFiles(root: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  files.set('dockmod.schema.json', `${JSON.stringify(configurationJsonSchema(), undefined, 2)}\n`);
  files.set('dockmod-report.schema.json', `${JSON.stringify(reportJsonSchema(), undefined, 2)}\n`);
  files.set('docs/configuration.md', configurationPage());
  files.set('docs/commands.md', await commandsPage());
  files.set('docs/refusals.md', refusalsPage());
  for (const transform of TRANSFORMS) files.set(`docs/transforms/${transform.id}.md`, transformPage(root, transform));
  files.set('examples/monorepo/EXPECTED.md', expectedPage(root, createImages()));
  const readme = between(readFileSync(join(root, 'README.md'), 'utf8'), 'example', readmeExample(root));
  files.set('README.md', between(readme, 'transforms', transformTable()));
  return files;
}

/** `text` with what stands between `<!-- name:begin -->` and `<!-- name:end -->` replaced. */
function between(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`README.md has no ${begin} ... ${end}`);
  return `${text.slice(0, from + begin.length)}\n${content.trim()}\n${text.slice(to)}`;
}
