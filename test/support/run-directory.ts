/** One directory for everything that a run of the tests writes, gone when the run ends, however it ends. */

import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

/** Bundles must lie beside the dependencies that they import. */
export function bundleDirectory(): string {
  return resolve('node_modules/.cache', basename(tmpdir()));
}

/** Vitest calls it once, before the workers start: they and what they start inherit TMPDIR. */
export function setup(): () => void {
  const directory = mkdtempSync(join(realpathSync(tmpdir()), 'dockmod-tests-'));
  // Some tests look at files as another user.
  chmodSync(directory, 0o755);
  process.env['TMPDIR'] = directory;
  const bundles = bundleDirectory();
  const remove = (): void => {
    for (const path of [directory, bundles]) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once('exit', remove);
  return remove;
}
