/** Absolute paths in the sources that a service may write: what a user without rights would stumble over. */

import { textOf } from '../../repository/files.ts';
import { lineAt, type Location } from '../../repository/location.ts';
import { dirname, ROOT, type RepoPath } from '../../repository/path.ts';
import type { Subject } from '../transform.ts';

export interface WrittenPath {
  readonly path: string;
  readonly at: Location;
}

const SOURCE = /\.(?:py|js|mjs|cjs|ts|mts|jsx|tsx|go|rs|rb|php|java|kt|cs|ex|exs)$/;
const NOT_SHIPPED = /(?:^|\/)(?:tests?|__tests__|spec|node_modules|vendor|\.venv|dist|docs?)\/|(?:_test\.go|\.test\.[a-z]+|\.spec\.[a-z]+|test_[^/]*\.py|conftest\.py)$/;
/** Where services keep state and logs. Other system directories are only ever read; `/data` alone may be a route. */
const STATE_PATH = /["'`](\/(?:var\/(?:log|lib|cache|spool|data|opt)|mnt|srv|root|opt)(?:\/[\w.@+-]+)+\/?|\/(?:data|logs?|storage|uploads?|cache)(?:\/[\w@+-]+)*\/[\w@+-]*\.\w+)["'`]/g;
const MAX_FILES = 400;
const MAX_CHARACTERS = 2_000_000;

/** First mention of each path. Bounded: a huge tree is read in part, which the reviewer's check covers. */
export function writtenPaths({ files, service, dockerfile }: Subject): readonly WrittenPath[] {
  const found = new Map<string, WrittenPath>();
  let budget = MAX_CHARACTERS;
  for (const path of files.under(sourceRoot(service.builds[0].context, dockerfile.path)).filter((candidate) => SOURCE.test(candidate) && !NOT_SHIPPED.test(candidate)).slice(0, MAX_FILES)) {
    const text = textOf(files, path);
    if (text === undefined || (budget -= text.length) < 0) continue;
    for (const match of text.matchAll(STATE_PATH)) {
      const named = match[1];
      if (named !== undefined && !found.has(named)) found.set(named, { path: named.replace(/\/$/, ''), at: { path, line: lineAt(text, match.index) } });
    }
  }
  return [...found.values()];
}

/** The whole repository as a context says nothing about what is this service's: its Dockerfile's directory does. */
function sourceRoot(context: RepoPath | undefined, dockerfile: RepoPath): RepoPath {
  return context === undefined || context === ROOT ? dirname(dockerfile) : context;
}
