// Plans a corpus in one thread and prints what it took as JSON. A process of its own, so that peak memory is the planner's.
// plan-corpus.mjs FILES [--corpus DIR]: without a corpus, the fixtures and examples, repeated until FILES Dockerfiles were planned.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createImages, DEFAULT_CONFIGURATION, migrate, openRepository } from '../dist/index.js';

const [wanted, option, directory] = process.argv.slice(2);
const roots = option === '--corpus' ? corpus(directory) : own();
if (roots.length === 0) throw new Error('no repositories to plan');

const images = createImages();
const result = { files: 0, repositories: 0, changed: 0, refused: 0, failed: 0, slowest: [] };
const started = performance.now();
const cpuBefore = process.cpuUsage();
do {
  for (const root of roots) {
    result.repositories++;
    let last = performance.now();
    for (const plan of migrate(openRepository(root), { configuration: DEFAULT_CONFIGURATION, images })) {
      result.files++;
      if (plan.changes.length > 0) result.changed++;
      if (plan.outcomes.some((outcome) => outcome.refusals?.length > 0)) result.refused++;
      if (plan.outcomes.some(({ kind }) => kind === 'failed')) result.failed++;
      const now = performance.now();
      result.slowest.push({ path: `${root}/${plan.dockerfile}`, ms: now - last });
      last = now;
    }
    result.slowest = result.slowest.sort((a, b) => b.ms - a.ms).slice(0, 3);
  }
} while (option === undefined && result.files < Number(wanted));
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
console.log(JSON.stringify({ ...result, seconds, cpuSeconds: (user + system) / 1e6, peakMiB: process.resourceUsage().maxRSS / 1024 }));

/** A directory of checkouts, or one checkout. */
function corpus(path) {
  if (path === undefined || !existsSync(path)) throw new Error(`--corpus ${path}: no such directory`);
  if (existsSync(join(path, '.git'))) return [path];
  return readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name));
}

function own() {
  const fixtures = existsSync('fixtures') ? readdirSync('fixtures').flatMap((id) => readdirSync(join('fixtures', id)).map((name) => join('fixtures', id, name, 'before'))) : [];
  const examples = existsSync('examples') ? readdirSync('examples').map((name) => join('examples', name)) : [];
  return [...fixtures, ...examples].filter((path) => existsSync(path));
}
