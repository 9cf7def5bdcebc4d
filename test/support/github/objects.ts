/** Objects and branches of a bare repository, in git's own format: what is written here, git reads, and the other way round. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { deflateSync, inflateSync } from 'node:zlib';

const run = promisify(execFile);

export interface TreeEntry {
  readonly mode: string;
  readonly name: string;
  readonly sha: string;
}

export interface CommitObject {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: string;
}

export function createBare(dir: string): void {
  for (const part of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags']) mkdirSync(join(dir, part), { recursive: true });
  writeFileSync(join(dir, 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(dir, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
}

/** Output of git in a bare repository; never synchronous, since git may be talking to this process. */
export async function gitIn(dir: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run('git', ['--git-dir', dir, ...args], {
    maxBuffer: 1 << 26,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' },
  });
  return stdout;
}

export function writeObject(dir: string, type: string, body: Buffer): string {
  const bytes = Buffer.concat([Buffer.from(`${type} ${body.length}\0`), body]);
  const sha = createHash('sha1').update(bytes).digest('hex');
  const file = join(dir, 'objects', sha.slice(0, 2), sha.slice(2));
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(`${file}.tmp`, deflateSync(bytes, { level: 1 }));
    renameSync(`${file}.tmp`, file);
  } catch {
    /* it exists, read-only */
  }
  return sha;
}

/** `undefined` when there is no such object. */
export async function readObject(dir: string, sha: string): Promise<{ readonly type: string; readonly body: Buffer } | undefined> {
  try {
    const bytes = inflateSync(readFileSync(join(dir, 'objects', sha.slice(0, 2), sha.slice(2))));
    const end = bytes.indexOf(0);
    return { type: bytes.subarray(0, bytes.indexOf(32)).toString(), body: bytes.subarray(end + 1) };
  } catch {
    try {
      const type = (await gitIn(dir, 'cat-file', '-t', sha)).trim();
      const { stdout } = await run('git', ['--git-dir', dir, 'cat-file', type, sha], { encoding: 'buffer', maxBuffer: 1 << 26 });
      return { type, body: stdout };
    } catch {
      return undefined;
    }
  }
}

export async function readTree(dir: string, sha: string): Promise<readonly TreeEntry[] | undefined> {
  const object = await readObject(dir, sha);
  if (object?.type === 'commit') return readTree(dir, (await readCommit(dir, sha))?.tree ?? '');
  if (object?.type !== 'tree') return undefined;
  const entries: TreeEntry[] = [];
  for (let at = 0; at < object.body.length;) {
    const blank = object.body.indexOf(32, at);
    const end = object.body.indexOf(0, blank);
    entries.push({
      mode: object.body.subarray(at, blank).toString().padStart(6, '0'),
      name: object.body.subarray(blank + 1, end).toString(),
      sha: object.body.subarray(end + 1, end + 21).toString('hex'),
    });
    at = end + 21;
  }
  return entries;
}

export function writeTree(dir: string, entries: readonly TreeEntry[]): string {
  const key = ({ mode, name }: TreeEntry): Buffer => Buffer.from(mode === '040000' ? `${name}/` : name);
  const sorted = [...entries].sort((a, b) => Buffer.compare(key(a), key(b)));
  return writeObject(
    dir,
    'tree',
    Buffer.concat(sorted.flatMap(({ mode, name, sha }) => [Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`), Buffer.from(sha, 'hex')])),
  );
}

/** A tree like `base` with some files replaced or added. */
export async function changeTree(
  dir: string,
  base: string | undefined,
  files: ReadonlyMap<string, { readonly mode: string; readonly sha: string }>,
): Promise<string> {
  const entries = new Map(((base === undefined ? [] : await readTree(dir, base)) ?? []).map((entry) => [entry.name, entry]));
  const below = new Map<string, Map<string, { readonly mode: string; readonly sha: string }>>();
  for (const [path, file] of files) {
    const slash = path.indexOf('/');
    if (slash < 0) entries.set(path, { name: path, ...file });
    else below.set(path.slice(0, slash), (below.get(path.slice(0, slash)) ?? new Map()).set(path.slice(slash + 1), file));
  }
  for (const [name, inside] of below) {
    const entry = entries.get(name);
    entries.set(name, { name, mode: '040000', sha: await changeTree(dir, entry?.mode === '040000' ? entry.sha : undefined, inside) });
  }
  return writeTree(dir, [...entries.values()]);
}

export async function readCommit(dir: string, sha: string): Promise<CommitObject | undefined> {
  const object = await readObject(dir, sha);
  if (object?.type !== 'commit') return undefined;
  const text = object.body.toString();
  const end = text.indexOf('\n\n');
  const lines = text.slice(0, end).split('\n');
  const values = (name: string): readonly string[] =>
    lines.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []));
  return { tree: values('tree')[0] ?? '', parents: values('parent'), author: values('author')[0] ?? '', message: text.slice(end + 2) };
}

export function writeCommit(
  dir: string,
  { tree, parents, message }: Omit<CommitObject, 'author'>,
  author: string,
  seconds: number,
): string {
  const who = `${author} <${author.replace(/\W/g, '')}@example.com> ${seconds} +0000`;
  return writeObject(
    dir,
    'commit',
    Buffer.from(`tree ${tree}\n${parents.map((parent) => `parent ${parent}\n`).join('')}author ${who}\ncommitter ${who}\n\n${message}`),
  );
}

/** Branch names with their commits. */
export function readBranches(dir: string): ReadonlyMap<string, string> {
  const branches = new Map<string, string>();
  try {
    for (const line of readFileSync(join(dir, 'packed-refs'), 'utf8').split('\n')) {
      const match = /^([0-9a-f]{40}) refs\/heads\/(.+)$/.exec(line);
      if (match?.[1] !== undefined && match[2] !== undefined) branches.set(match[2], match[1]);
    }
  } catch {
    /* none are packed */
  }
  const walk = (prefix: string): void => {
    for (const entry of readdirSync(join(dir, 'refs/heads', prefix), { withFileTypes: true })) {
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory()) walk(`${name}/`);
      else if (!name.endsWith('.lock')) branches.set(name, readFileSync(join(dir, 'refs/heads', name), 'utf8').trim());
    }
  };
  walk('');
  return branches;
}

export function writeBranch(dir: string, name: string, sha: string): void {
  const file = join(dir, 'refs/heads', name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${sha}\n`);
}

export function deleteBranch(dir: string, name: string): void {
  rmSync(join(dir, 'refs/heads', name), { force: true });
}
