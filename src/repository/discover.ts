/** Finds the services of a repository: its Dockerfiles, who builds them, and who relies on what is built. */

import ignore from 'ignore';
import { dockerfileName } from './dockerfile-names.ts';
import type { RepositoryFiles } from './files.ts';
import { guessContext } from './guess-context.ts';
import { basename, dirname, type RepoPath } from './path.ts';
import type { Build, Dependent, Discovery, Service, SkippedFile } from './service.ts';
import { composeFindings, isComposeFile } from './sources/compose.ts';
import type { Findings } from './sources/finding.ts';

export interface DiscoverOptions {
  /** Patterns as in .gitignore. */
  readonly ignore?: readonly string[];
}

const VENDORED = /(?:^|\/)(?:vendor|third[_-]party|node_modules|external|deps)\//;
const TEST_FIXTURE = /(?:^|\/)(?:testdata|__fixtures__|__snapshots__|fixtures?|test-?fixtures?|test-?cases?)\//;

/** Total: what cannot be read or understood is named in the answer. */
export function discover(files: RepositoryFiles, options: DiscoverOptions = {}): Discovery {
  const ignored = ignore().add([...(options.ignore ?? [])]);
  const findings: Findings[] = files.list().filter((path) => isComposeFile(path) && !ignored.ignores(path)).map((path) => composeFindings(files, path));
  const builds = new Map<RepoPath, { builds: Build[]; dependents: Dependent[] }>();
  for (const { dockerfile, build, dependents } of findings.flatMap((found) => found.builds)) {
    if (!exists(files, dockerfile)) continue;
    const known = builds.get(dockerfile) ?? { builds: [], dependents: [] };
    known.builds.push(build);
    known.dependents.push(...dependents);
    builds.set(dockerfile, known);
  }
  const skipped: SkippedFile[] = findings.flatMap((found) => found.inline.map((at): SkippedFile => ({ path: at.path, reason: 'inline', detail: `line ${at.line}: a Dockerfile inside of a compose file is not edited` })));
  const paths = new Set(builds.keys());
  for (const path of files.list()) {
    const kind = dockerfileName(path);
    if (kind === undefined || paths.has(path)) continue;
    const reason = kind === 'template' ? 'template' : ignored.ignores(path) ? 'ignored' : VENDORED.test(path) ? 'vendored' : TEST_FIXTURE.test(path) ? 'test-fixture' : undefined;
    if (reason === undefined) paths.add(path);
    else skipped.push({ path, reason, detail: { template: 'a template of a Dockerfile', ignored: 'the configuration ignores it', vendored: 'somebody else\'s code', 'test-fixture': 'test data' }[reason] });
  }
  const names = new Map<string, number>();
  const sorted = [...paths].sort();
  const services = sorted.map((path): Service => {
    const known = builds.get(path);
    const [first, ...rest] = known?.builds ?? [convention(files, path)];
    const twin = known === undefined ? twinOf(path, builds) : undefined;
    return { name: unique(names, serviceName(path, first)), dockerfile: path, builds: [first as Build, ...rest], dependents: known?.dependents ?? [], ...(twin === undefined ? {} : { twinOf: twin }) };
  });
  return { services, skipped, problems: findings.flatMap((found) => found.problems) };
}

function exists(files: RepositoryFiles, path: RepoPath): boolean {
  const read = files.read(path);
  return read.kind === 'text' || read.reason !== 'absent';
}

function convention(files: RepositoryFiles, path: RepoPath): Build {
  return { by: 'convention', at: { path, line: 1 }, context: guessContext(files, path), args: {} };
}

/** A sibling that is in use, for a Dockerfile that nothing references. */
function twinOf(path: RepoPath, builds: ReadonlyMap<RepoPath, unknown>): RepoPath | undefined {
  return [...builds.keys()].find((other) => other !== path && dirname(other) === dirname(path));
}

function serviceName(path: RepoPath, build: Build | undefined): string {
  const file = basename(path);
  if (build?.name !== undefined) return build.name;
  const suffix = file.replace(/^(?:Dockerfile|Containerfile)\.?/i, '').replace(/\.?(?:Dockerfile|Containerfile)$/i, '');
  const directory = dirname(path) === '.' ? 'root' : basename(dirname(path));
  return suffix === '' ? directory : directory === 'root' ? suffix : `${directory}-${suffix}`;
}

function unique(names: Map<string, number>, name: string): string {
  const count = (names.get(name) ?? 0) + 1;
  names.set(name, count);
  return count === 1 ? name : `${name}-${count}`;
}
