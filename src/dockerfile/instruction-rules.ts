/** What BuildKit demands of each instruction: known flags, number of arguments. A violation fails every build. */

import type { Flag, Keyword, Word } from './dockerfile.ts';
import { heredocWord } from './heredoc-words.ts';

/** Flags by keyword (frontend/dockerfile/instructions/parse.go); `many` may be repeated, `bool` takes no value or true/false. */
const FLAGS: Readonly<Partial<Record<Keyword, Readonly<Record<string, 'one' | 'many' | 'bool'>>>>> = {
  FROM: { platform: 'one' },
  RUN: { mount: 'many', network: 'one', security: 'one', device: 'many' },
  COPY: { from: 'one', chown: 'one', chmod: 'one', link: 'bool', parents: 'bool', exclude: 'many' },
  ADD: { chown: 'one', chmod: 'one', link: 'bool', 'keep-git-dir': 'bool', checksum: 'one', unpack: 'bool', exclude: 'many' },
  HEALTHCHECK: { interval: 'one', timeout: 'one', 'start-period': 'one', 'start-interval': 'one', retries: 'one' },
};

const KEYWORDS: ReadonlySet<string> = new Set<Keyword>([
  'FROM',
  'RUN',
  'CMD',
  'LABEL',
  'MAINTAINER',
  'EXPOSE',
  'ENV',
  'ADD',
  'COPY',
  'ENTRYPOINT',
  'VOLUME',
  'USER',
  'WORKDIR',
  'ARG',
  'ONBUILD',
  'STOPSIGNAL',
  'HEALTHCHECK',
  'SHELL',
]);

export function isKeyword(text: string): text is Keyword {
  return KEYWORDS.has(text);
}

/** What is wrong with the flags; `undefined` when nothing is. */
export function flagProblem(keyword: Keyword, flags: readonly Flag[]): string | undefined {
  const known = FLAGS[keyword] ?? {};
  const seen = new Set<string>();
  for (const { name, value } of flags) {
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) return `${keyword} has no flag --${name}`;
    if (/[^\0-\x7f]/.test(value ?? '')) return `--${name} holds letters beyond ASCII, which BuildKit garbles`;
    if (kind !== 'many' && seen.has(name)) return `--${name} is given twice`;
    if (kind === 'bool' && value !== undefined && !/^(true|false)$/i.test(value)) return `--${name} takes true or false`;
    if (kind !== 'bool' && (value === undefined || (name === 'mount' && value === ''))) return `--${name} needs a value`;
    seen.add(name);
  }
  return undefined;
}

/** What is wrong with the arguments that are words; pairs and JSON have their own checks. */
export function argumentProblem(keyword: Keyword, words: readonly Word[]): string | undefined {
  const [first, second, third] = words;
  switch (keyword) {
    case 'FROM':
      if (words.length === 1) return undefined;
      if (words.length !== 3 || second?.raw.toLowerCase() !== 'as') return 'FROM takes an image, or an image AS a name';
      return /^[a-z][a-z0-9\-_.]*$/.test(third?.raw.toLowerCase() ?? '') ? undefined : `${third?.raw} is no valid stage name`;
    case 'COPY':
    case 'ADD':
      if (words.length < 2) return `${keyword} needs a source and a destination`;
      return heredocWord(words.at(-1)?.raw ?? '') === undefined ? undefined : `${keyword} cannot have a heredoc as its destination`;
    case 'VOLUME':
      return first !== undefined && words.every(({ value }) => value.trim() !== '') ? undefined : 'VOLUME needs a path';
    case 'EXPOSE':
    case 'USER':
    case 'WORKDIR':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
      return first === undefined ? `${keyword} needs an argument` : undefined;
    default:
      return undefined;
  }
}
