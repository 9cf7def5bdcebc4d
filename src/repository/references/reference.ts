/** What a file says about building an image: the raw material of services. */

import type { Location } from '../location.ts';
import { dirname, repoPath, ROOT, type RepoPath } from '../path.ts';
import type { Build, Source } from '../service.ts';
import type { Survey } from '../survey.ts';
import { hasHole, hole, pieces, readable } from '../syntax/holes.ts';
import { withoutTag } from '../syntax/image-name.ts';
import { SCRIPT_DIRECTORY, TOP_DIRECTORY } from '../syntax/shell-commands.ts';

export interface Reference {
  readonly dockerfile: RepoPath;
  readonly build: Build;
  /** Names of the images that it produces, tags removed, unknown parts as holes. */
  readonly images: readonly string[];
}

/** A build as a file states it; texts may have holes. */
export interface Statement {
  readonly by: Source;
  readonly at: Location;
  readonly name?: string;
  /** Directories that paths may be relative to, likeliest first. */
  readonly bases: readonly RepoPath[];
  /** Working directory below the base, where a `cd` came before. */
  readonly cwd?: string;
  readonly file?: string;
  /** `undefined`: none that belongs to the repository. */
  readonly context: string | undefined;
  /** What a relative `file` is relative to. */
  readonly fileFrom: 'context' | 'cwd';
  readonly target?: string;
  readonly args?: Readonly<Record<string, string | undefined>>;
  readonly platforms?: readonly string[];
  /** References with or without tags. */
  readonly images?: readonly string[];
}

const REMOTE = /^(?:https?:|git@|git:|ssh:|oci:|docker-image:|target:|github\.com\/|gs:|s3:)|\.git(?:#|$)/;

/** The Dockerfiles of the repository that a statement means: none when it does not exist, several when a hole may be filled in several ways. */
export function references(survey: Survey, statement: Statement): readonly Reference[] {
  for (const base of statement.bases) {
    const found = referencesFrom(survey, statement, base);
    if (found.length > 0) return found;
  }
  return [];
}

function referencesFrom(survey: Survey, statement: Statement, base: RepoPath): readonly Reference[] {
  const cwd = join(base, statement.cwd ?? '', base);
  const { context: contextText, file } = statement;
  const context =
    contextText === undefined || contextText === '-' || REMOTE.test(contextText) || cwd === undefined
      ? undefined
      : join(cwd, contextText, base);
  const from = statement.fileFrom === 'context' ? context : cwd;
  const named = file === undefined ? ['Dockerfile', 'dockerfile', 'Containerfile'] : [file];
  for (const name of named) {
    const start = file === undefined ? context : from;
    const path = start === undefined ? undefined : join(start, name, base);
    if (path === undefined) continue;
    if (!hasHole(path)) {
      const exact = repoPath(path);
      if (exact !== undefined && survey.exists(exact)) return [make(statement, exact, plain(context), (text) => text)];
    } else {
      const matches = matching(survey, path, base === statement.bases[0] ? ROOT : base);
      if (matches.length > 0)
        return matches.map(({ dockerfile, filled }) =>
          make(statement, dockerfile, plain(context === undefined ? undefined : filled(context)), filled),
        );
    }
  }
  return [];
}

/** Variables and substitutions that stand for the working directory. */
const CURRENT_DIRECTORY = ['PWD', 'CURDIR', 'pwd', '(pwd)'];

/** Joins path texts whose segments may be holes; `undefined` when the result leaves the repository or cannot be known. */
function join(from: string, text: string, scriptDirectory: RepoPath): string | undefined {
  const bases: readonly (readonly [string, string])[] = [
    [TOP_DIRECTORY, ROOT],
    [SCRIPT_DIRECTORY, scriptDirectory],
    ...CURRENT_DIRECTORY.map((name) => [name, from] as const),
  ];
  const [name, base] = bases.find(([one]) => text.startsWith(hole(one))) ?? [];
  if (name !== undefined && base !== undefined) return joinPlain(base, text.slice(hole(name).length).replace(/^\/+/, ''));
  return joinPlain(from, text);
}

function joinPlain(from: string, text: string): string | undefined {
  const workspace = /^\/(?:github\/)?workspace(?:\/|$)/.exec(text);
  if (workspace) return joinPlain(ROOT, text.slice(workspace[0].length));
  if (text.startsWith('/') || text.startsWith('~')) return undefined;
  const segments = from === ROOT ? [] : from.split('/');
  for (const segment of text.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') segments.push(segment);
    else if (segments.length === 0 || hasHole(segments.pop() ?? '')) return undefined;
  }
  return segments.length === 0 ? ROOT : segments.join('/');
}

/**
 * Dockerfiles that a path with holes may mean, each with what fills the holes. One known directory at least, or it could be any;
 * a `guessed` directory, in which the script may have been started, does not count.
 */
function matching(
  survey: Survey,
  path: string,
  guessed: RepoPath,
): readonly { readonly dockerfile: RepoPath; readonly filled: (text: string) => string }[] {
  const own = guessed !== ROOT && path.startsWith(`${guessed}/`) ? path.slice(guessed.length + 1) : path;
  const known = own
    .split('/')
    .slice(0, -1)
    .some((segment) => segment !== '' && !hasHole(segment));
  if (!known && !(path.includes('/') === false && /^[^\uE000]/.test(path) && path.length > 12)) return [];
  const names: string[] = [];
  let pattern = '';
  for (const { literal, name } of pieces(path)) {
    if (name === undefined) pattern += literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    else if (names.includes(name)) pattern += `\\${names.indexOf(name) + 1}`;
    else {
      names.push(name);
      pattern += '([^/]+)';
    }
  }
  if (names.length > 3) return [];
  const matcher = new RegExp(`^${pattern}$`);
  return [...survey.dockerfiles].flatMap((dockerfile) => {
    const match = survey.apart.has(dockerfile) || dockerfile.length > 300 ? null : matcher.exec(dockerfile);
    if (!match) return [];
    const filled = (text: string): string =>
      pieces(text)
        .map(({ literal, name }) => (name === undefined ? literal : (match[names.indexOf(name) + 1] ?? hole(name))))
        .join('');
    return [{ dockerfile, filled }];
  });
}

function plain(path: string | undefined): RepoPath | undefined {
  return path === undefined || hasHole(path) ? undefined : repoPath(path);
}

function make(statement: Statement, dockerfile: RepoPath, context: RepoPath | undefined, filled: (text: string) => string): Reference {
  const { by, at, name, target, args = {}, platforms = [] } = statement;
  const images = [...new Set((statement.images ?? []).map((image) => withoutTag(filled(image))).filter((image) => image !== ''))];
  const known = platforms.filter((platform) => !hasHole(platform));
  const shown = images.map(readable);
  return {
    dockerfile,
    images,
    build: {
      by,
      at,
      context,
      args: Object.fromEntries(
        Object.entries(args).map(([key, value]) => [key, value === undefined || hasHole(filled(value)) ? undefined : filled(value)]),
      ),
      ...(name === undefined ? {} : { name: readable(filled(name)) }),
      ...(target === undefined || target === '' || hasHole(filled(target)) ? {} : { target: filled(target) }),
      ...(known.length === 0 ? {} : { platforms: known }),
      ...(shown[0] === undefined ? {} : { image: shown[0] }),
      ...(shown.length > 1 ? { images: shown } : {}),
    },
  };
}

/** `NAME=value` words as a record; a bare name takes its value from elsewhere. */
export function argumentsOf(words: readonly string[]): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    words.map((word) => {
      const equals = word.indexOf('=');
      return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
    }),
  );
}

/** The directory of a file and those above it: what its paths may be relative to. */
export function ancestors(path: RepoPath): readonly RepoPath[] {
  const found: RepoPath[] = [];
  for (let at = dirname(path); ; at = dirname(at)) {
    found.push(at);
    if (at === ROOT) return found;
  }
}
