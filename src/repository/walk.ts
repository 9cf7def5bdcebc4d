/** Finds the files of a repository on disk: what .gitignore leaves, no symbolic links, no `.git`. */

import ignore, { type Ignore } from 'ignore';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RepoPath } from './path.ts';

export interface Walk {
  readonly files: readonly RepoPath[];
  readonly directories: ReadonlySet<string>;
  /** Links are not followed; a Dockerfile that is one is an outcome, so that they are known. */
  readonly links: ReadonlySet<string>;
  /** Directories that could not be read. */
  readonly unreadable: readonly RepoPath[];
}

/** Never worth a look, ignored or not. */
const SKIPPED = new Set(['.git', '.hg', '.svn', 'node_modules', '.venv', '__pycache__']);

interface Rules {
  readonly dir: string;
  readonly matcher: Ignore;
}

/** Sorted by code unit. An unreadable directory is left out and named. */
export function walk(root: string): Walk {
  const files: RepoPath[] = [];
  const directories = new Set<string>(['.']);
  const links = new Set<string>();
  const unreadable: RepoPath[] = [];
  const top = readRules(root, '', '.git/info/exclude');
  const visit = (dir: string, inherited: readonly Rules[]): void => {
    let entries;
    try {
      entries = readdirSync(join(root, dir), { withFileTypes: true });
    } catch {
      unreadable.push((dir === '' ? '.' : dir) as RepoPath);
      return;
    }
    const own = entries.some(({ name }) => name === '.gitignore') ? readRules(root, dir, '.gitignore') : undefined;
    const rules = own ? [...inherited, own] : inherited;
    for (const entry of entries) {
      const path = dir === '' ? entry.name : `${dir}/${entry.name}`;
      const directory = entry.isDirectory();
      if ((directory && SKIPPED.has(entry.name)) || isIgnored(rules, path, directory)) continue;
      if (entry.isSymbolicLink()) {
        links.add(path);
        files.push(path as RepoPath);
      } else if (directory) {
        directories.add(path);
        visit(path, rules);
      } else if (entry.isFile()) files.push(path as RepoPath);
    }
  };
  visit('', top ? [top] : []);
  return { files: files.sort(), directories, links, unreadable };
}

function readRules(root: string, dir: string, name: string): Rules | undefined {
  try {
    return { dir, matcher: ignore().add(readFileSync(join(root, dir, name), 'utf8')) };
  } catch {
    return undefined;
  }
}

/** The nearest .gitignore that says anything about a path decides. */
function isIgnored(rules: readonly Rules[], path: string, directory: boolean): boolean {
  for (let index = rules.length - 1; index >= 0; index--) {
    const { dir, matcher } = rules[index] as Rules;
    const inside = dir === '' ? path : path.slice(dir.length + 1);
    const answer = matcher.test(directory ? `${inside}/` : inside);
    if (answer.ignored) return true;
    if (answer.unignored) return false;
  }
  return false;
}
