// Writes the generated documentation: `npm run docs`. With --check it only compares, and fails where a file has drifted.
import { build } from 'esbuild';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const bundle = resolve('node_modules/.cache/dockmod-docs.mjs');
await build({ entryPoints: ['scripts/docs/generated-files.ts'], outfile: bundle, bundle: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external', logLevel: 'warning' });
const { generatedFiles } = await import(pathToFileURL(bundle).href);

const check = process.argv.includes('--check');
let drifted = 0;
for (const [path, text] of await generatedFiles(resolve('.'))) {
  let current;
  try {
    current = readFileSync(path, 'utf8');
  } catch {
    current = undefined;
  }
  if (current === text) continue;
  drifted++;
  if (check) console.error(`${path} is not what would be generated: run \`npm run docs\` and commit the result`);
  else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
  }
}
if (check && drifted > 0) process.exitCode = 1;
