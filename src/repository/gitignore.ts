/** .gitignore rules, stacked from the repository root down to a directory. */

import ignore, { type Ignore } from 'ignore';
import { relativeTo, ROOT, type RepoPath } from './path.ts';

interface Level {
  readonly dir: RepoPath;
  readonly rules: Ignore;
}

/** The rules in force in one directory, weakest first. Immutable: each directory extends its parent's. */
export type IgnoreRules = readonly Level[];

/** More wildcards than this in one pattern can make matching exponential; nobody writes them by hand. */
const MAX_WILDCARDS = 8;

/** Rules of `text` (a .gitignore, or .git/info/exclude for the root) added to those of the directories above. */
export function withRules(above: IgnoreRules, dir: RepoPath, text: string): IgnoreRules {
  const patterns = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter(isTame);
  if (patterns.length === 0) return above;
  return [...above, { dir, rules: ignore({ ignorecase: false, allowRelativePaths: true }).add(patterns) }];
}

/** Rules of a list of globs in .gitignore syntax, as the option for ignored paths uses them. */
export function globRules(globs: readonly string[]): IgnoreRules {
  return withRules([], ROOT, globs.join('\n'));
}

/** Whether the deepest rule that says something about `path` ignores it. Directories above are taken to be not ignored. */
export function isIgnored(rules: IgnoreRules, path: RepoPath, kind: 'file' | 'directory'): boolean {
  for (let at = rules.length - 1; at >= 0; at--) {
    const level = rules[at];
    if (level === undefined) continue;
    const relative = relativeTo(path, level.dir);
    if (relative === undefined || relative === '.') continue;
    const slash = relative.lastIndexOf('/');
    // A deeper .gitignore has let a directory in that this one ignores: only its patterns for the name itself still count.
    const reopened = slash > 0 && at < rules.length - 1 && level.rules.ignores(relative.slice(0, slash + 1));
    const result = level.rules.test((reopened ? relative.slice(slash + 1) : relative) + (kind === 'directory' ? '/' : ''));
    if (result.ignored) return true;
    if (result.unignored) return false;
  }
  return false;
}

function isTame(pattern: string): boolean {
  if (pattern === '' || pattern.startsWith('#')) return false;
  let wildcards = 0;
  for (const character of pattern) if (character === '*' && ++wildcards > 2 * MAX_WILDCARDS) return false;
  return pattern.split('/').every((part) => part === '**' || part.split('*').length <= MAX_WILDCARDS / 2 + 1);
}
