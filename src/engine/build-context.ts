/** Private copies of a build context, before and after: the user's own tree is only read. */

import { constants } from 'node:fs';
import { appendFile, cp, lstat, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FileChange } from '../plan/plan.ts';
import { isUnder, relativeTo, type RepoPath } from '../repository/path.ts';

export interface ContextCopy {
  readonly kind: 'copied';
  /** Directory to send. */
  readonly context: string;
  /** The Dockerfile outside of it, its ignore file beside it. */
  readonly dockerfile: string;
}
export interface ContextProblem {
  readonly kind: 'too-large' | 'unreadable';
  readonly reason: string;
}

export interface ContextRequest {
  /** Absolute root of the repository. */
  readonly root: string;
  readonly context: RepoPath;
  readonly dockerfile: RepoPath;
  /** Files of the plan to write over the copy; none for the state before. */
  readonly changes: readonly FileChange[];
  /** Takes `# syntax=` out, for engines that cannot fetch frontends. */
  readonly withoutSyntax: boolean;
  /** Bytes. */
  readonly largest: number;
}

const PREFIX = 'dockmod-verify-';

/** A directory that only this user may read. The caller removes it. `id` begins with the process id. */
export async function privateDirectory(id: string): Promise<string> {
  return mkdtemp(join(await realpath(tmpdir()), `${PREFIX}${id}-`));
}

/** Removes the directories of runs that died. */
export async function sweepDirectories(isAlive: (pid: number) => boolean): Promise<void> {
  const parent = await realpath(tmpdir());
  for (const name of await readdir(parent)) {
    const owner = name.startsWith(PREFIX) ? /^\d+/.exec(name.slice(PREFIX.length))?.[0] : undefined;
    // Another user's cannot be removed, and need not be.
    if (owner !== undefined && !isAlive(Number(owner))) await removeDirectory(join(parent, name)).catch(() => undefined);
  }
}

/** Copies with modes and times: builders compare them, and a copy that looks newer would hide stale artefacts. */
export async function copyContext(directory: string, request: ContextRequest): Promise<ContextCopy | ContextProblem> {
  const context = join(directory, 'context');
  const source = join(request.root, request.context);
  let bytes = 0;
  let tooLarge = false;
  try {
    await cp(source, context, {
      recursive: true,
      preserveTimestamps: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
      filter: async (path) => {
        const entry = await lstat(path);
        if (entry.isFile()) bytes += entry.size;
        tooLarge ||= bytes > request.largest;
        // Sockets and devices are no build input.
        return !tooLarge && (entry.isFile() || entry.isDirectory() || entry.isSymbolicLink());
      },
    });
    if (tooLarge) return { kind: 'too-large', reason: `the build context ${request.context} is larger than ${request.largest} bytes` };
    for (const { path, after } of request.changes) {
      const below = relativeTo(path, request.context);
      if (below === undefined) continue;
      const target = join(context, below);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, after);
    }
    const text = await textAfter(request, request.dockerfile);
    if (text === undefined) return { kind: 'unreadable', reason: `${request.dockerfile} cannot be read` };
    const dockerfile = join(directory, 'Dockerfile');
    await writeFile(dockerfile, request.withoutSyntax ? stripSyntax(text) : text);
    await writeFile(`${dockerfile}.dockerignore`, (await ignoreFile(request)) ?? '');
    return { kind: 'copied', context, dockerfile };
  } catch (error) {
    return {
      kind: 'unreadable',
      reason: `the build context cannot be copied: ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}`,
    };
  }
}

/** `<Dockerfile>.dockerignore` wins over the context's own. Source: https://docs.docker.com/build/concepts/context/#filename-and-location. */
async function ignoreFile(request: ContextRequest): Promise<string | undefined> {
  const beside = await textAfter(request, `${request.dockerfile}.dockerignore` as RepoPath);
  if (beside !== undefined) return beside;
  return textAfter(request, (request.context === '.' ? '.dockerignore' : `${request.context}/.dockerignore`) as RepoPath);
}

async function textAfter({ root, changes }: ContextRequest, path: RepoPath): Promise<string | undefined> {
  const change = changes.find((candidate) => candidate.path === path);
  if (change !== undefined) return change.after;
  return readFile(join(root, path), 'utf8').catch(() => undefined);
}

/** The directive line becomes a plain comment: line numbers in messages stay right. */
export function stripSyntax(text: string): string {
  return text.replace(/^(\uFEFF?(?:#[^\n]*\n)*?)#[ \t]*syntax[ \t]*=[^\r\n]*/i, '$1# (syntax directive left out for this build)');
}

/** The `# syntax=` value among the directives at the top, if there is one. */
export function syntaxOf(text: string): string | undefined {
  return /^\uFEFF?(?:#[^\n]*\n)*?#[ \t]*syntax[ \t]*=[ \t]*([^\s]+)/i.exec(text)?.[1];
}

/** Languages whose line comments are `//` or `#`. */
const SOURCES = /\.(?:go|rs|py|ts|mts|js|mjs|cjs|rb|java|kt)$/;
const NOT_SOURCES =
  /(?:^|\/)(?:node_modules|vendor|target|dist|build|\.git|test|tests|__pycache__|\.venv)\/|(?:\.config|\.d|_test|\.test|\.spec|build)\.[a-z]+$|(?:^|\/)(?:setup|conftest)\.py$/;

/** Which source a person is most likely to touch: an entry point near the top. `undefined` when the context has no source. */
export function sourceToTouch(files: readonly RepoPath[], context: RepoPath): RepoPath | undefined {
  const weight = (path: RepoPath): number =>
    (relativeTo(path, context) ?? path).split('/').length * 10 - (/(?:^|\/)(?:main|index|app|server|mod|lib)\.[a-z]+$/.test(path) ? 15 : 0);
  return files
    .filter((path) => isUnder(path, context) && SOURCES.test(path) && !NOT_SOURCES.test(relativeTo(path, context) ?? path))
    .sort((a, b) => weight(a) - weight(b))[0];
}

/** Changes a copied source as an editor would: new content, new time. `nonce` makes it content that no cache has seen. */
export async function touch(copy: ContextCopy, below: string, nonce: string): Promise<boolean> {
  const path = join(copy.context, below);
  try {
    if (!(await stat(path)).isFile()) return false;
    await appendFile(path, `\n${/\.(?:py|rb)$/.test(below) ? '#' : '//'} ${nonce}\n`);
    return true;
  } catch {
    return false;
  }
}

export async function removeDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
}
