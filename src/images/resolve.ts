/** From a floating tag to a fixed one: the same image, the same variant, the pinned version. */

import { familyOf } from './families/index.ts';
import type { PinnedEntry } from './pinned.ts';
import { contentName, formatReference, parseReference, type ImageReference } from './reference.ts';
import { parseTag } from './tag.ts';

/** How an image spells its tags. Only variants that exist for the pinned version are listed: an invented tag breaks the build. */
interface Spelling {
  readonly variants: readonly string[];
  /** First words that name a line of versions: the pinned entry of that channel, or the plain one for ''. */
  readonly channels?: Readonly<Record<string, string>>;
  /** The variant stands before the version: `alpine-2.9.1`. */
  readonly prefix?: boolean;
}

const both = (...names: readonly string[]): readonly string[] => ['', ...names];

/** Source: docker-library/official-images on 2026-08-21, the tags of the pinned versions; astral-sh/uv and deno_docker for theirs. */
const SPELLINGS: Readonly<Record<string, Spelling>> = {
  alpine: { variants: [''] },
  debian: { variants: both('slim'), channels: { stable: '' } },
  ubuntu: { variants: [''], channels: { rolling: '' } },
  busybox: { variants: both('glibc', 'musl', 'uclibc'), channels: { stable: 'stable', unstable: '' } },
  fedora: { variants: [''] },
  almalinux: { variants: both('minimal') },
  amazonlinux: { variants: [''] },
  golang: { variants: both('alpine', 'alpine3.23', 'alpine3.24', 'bookworm', 'trixie') },
  rust: {
    variants: both(
      'alpine',
      'alpine3.21',
      'alpine3.22',
      'alpine3.23',
      'alpine3.24',
      'bookworm',
      'bullseye',
      'slim',
      'slim-bookworm',
      'slim-bullseye',
      'slim-trixie',
      'trixie',
    ),
  },
  python: { variants: both('alpine', 'alpine3.23', 'alpine3.24', 'bookworm', 'slim', 'slim-bookworm', 'slim-trixie', 'trixie') },
  node: {
    variants: both(
      'alpine',
      'alpine3.23',
      'alpine3.24',
      'bookworm',
      'bookworm-slim',
      'bullseye',
      'bullseye-slim',
      'slim',
      'trixie',
      'trixie-slim',
    ),
    channels: { current: '', lts: 'lts' },
  },
  ruby: { variants: both('alpine', 'alpine3.23', 'alpine3.24', 'bookworm', 'slim', 'slim-bookworm', 'slim-trixie', 'trixie') },
  php: {
    variants: both(
      'alpine',
      'apache',
      'apache-bookworm',
      'apache-trixie',
      'bookworm',
      'cli',
      'cli-alpine',
      'cli-bookworm',
      'cli-trixie',
      'fpm',
      'fpm-alpine',
      'fpm-bookworm',
      'fpm-trixie',
      'trixie',
      'zts',
      'zts-alpine',
      'zts-bookworm',
      'zts-trixie',
    ),
  },
  'eclipse-temurin': {
    variants: both(
      'alpine',
      'jdk',
      'jdk-alpine',
      'jdk-jammy',
      'jdk-noble',
      'jre',
      'jre-alpine',
      'jre-jammy',
      'jre-noble',
      'jammy',
      'noble',
    ),
  },
  composer: { variants: [''] },
  swift: { variants: both('slim', 'bookworm', 'bookworm-slim', 'jammy', 'jammy-slim', 'noble', 'noble-slim') },
  dart: { variants: both('sdk'), channels: { stable: '' } },
  julia: { variants: both('bookworm', 'trixie') },
  elixir: { variants: both('alpine', 'slim') },
  erlang: { variants: both('alpine', 'slim') },
  docker: { variants: both('cli', 'dind', 'dind-rootless') },
  nginx: {
    variants: both('alpine', 'alpine-otel', 'alpine-perl', 'alpine-slim', 'alpine3.24', 'otel', 'perl', 'trixie', 'trixie-perl'),
    channels: { mainline: '', stable: 'stable' },
  },
  httpd: { variants: both('alpine', 'alpine3.24', 'trixie') },
  caddy: { variants: both('alpine', 'builder', 'builder-alpine') },
  traefik: { variants: [''] },
  haproxy: { variants: both('alpine', 'alpine3.24', 'trixie'), channels: { lts: '' } },
  postgres: { variants: both('alpine', 'alpine3.23', 'alpine3.24', 'bookworm', 'trixie') },
  mysql: { variants: both('oracle', 'oraclelinux9'), channels: { innovation: '', lts: 'lts' } },
  mariadb: { variants: both('noble', 'ubi', 'ubi10'), channels: { lts: '' } },
  redis: { variants: both('alpine', 'alpine3.23', 'trixie') },
  mongo: { variants: both('noble') },
  rabbitmq: { variants: both('alpine', 'management', 'management-alpine') },
  memcached: { variants: both('alpine', 'alpine3.24', 'trixie') },
  'oven/bun': { variants: both('alpine', 'debian', 'distroless', 'slim') },
  'denoland/deno': { variants: both('alpine', 'bin', 'debian', 'distroless', 'ubuntu'), prefix: true },
  'ghcr.io/astral-sh/uv': {
    variants: both(
      'alpine',
      'alpine3.22',
      'alpine3.23',
      'debian',
      'debian-slim',
      'trixie',
      'trixie-slim',
      ...['3.14', '3.13', '3.12', '3.11', '3.10'].flatMap((version) =>
        ['alpine', 'alpine3.23', 'trixie', 'trixie-slim'].map((base) => `python${version}-${base}`),
      ),
    ),
  },
};

/** Docker's official images for one architecture, published with the same tags. */
const ARCHITECTURE = /^(?:amd64|arm32v[567]|arm64v8|i386|ppc64le|riscv64|s390x)\/(?=[^/]+$)/;

/** The snapshot of a day is never built again: `testing-20260202-slim`, `nightly-2026-02-02`. */
const DATED = /(?:^|-)20\d\d-?[01]\d-?[0-3]\d(?:-|$)/;

/** Tags that follow a branch or a channel wherever they occur. */
const CHANNELS = new Set([
  'latest',
  'main',
  'master',
  'edge',
  'nightly',
  'stable',
  'dev',
  'devel',
  'develop',
  'canary',
  'next',
  'beta',
  'alpha',
  'current',
  'testing',
  'unstable',
  'rolling',
  'mainline',
  'lts',
]);

/**
 * A fixed reference for `text`, `text` itself when it is fixed already, `undefined` when no answer is known.
 * A version that the tag states is never changed, so nothing is ever lowered.
 */
export function resolveReference(text: string, pinned: readonly PinnedEntry[]): string | undefined {
  const reference = parseReference(text);
  if (reference === undefined) return undefined;
  if (reference.digest !== undefined || text === 'scratch') return text;
  const name = contentName(reference).replace(ARCHITECTURE, '');
  const family = familyOf(name);
  const tag = parseTag(reference.tag);
  if (tag.windows || DATED.test(tag.text)) return text;
  const floats =
    family === undefined
      ? undefined
      : family.floating === undefined
        ? tag.version === undefined && !/\d/.test(tag.text)
        : family.floating(tag);
  if (floats === undefined) return CHANNELS.has(tag.text) || !/\d/.test(tag.text) ? undefined : text;
  if (!floats) return text;
  const fixed = name === 'lukemathwalker/cargo-chef' ? chefTag(tag.text, pinned) : fixedTag(name, tag.text, tag.version, pinned);
  return fixed === undefined ? undefined : formatReference({ ...reference, tag: fixed } satisfies ImageReference);
}

function fixedTag(name: string, text: string, stated: string | undefined, pinned: readonly PinnedEntry[]): string | undefined {
  const spelling = SPELLINGS[name === 'ghcr.io/denoland/deno' ? 'denoland/deno' : name === 'astral/uv' ? 'ghcr.io/astral-sh/uv' : name];
  if (spelling === undefined) return undefined;
  const words = text.split('-');
  const channel = spelling.channels?.[words[0] ?? ''];
  const rest = words[0] === 'latest' || channel !== undefined || words[0] === stated ? words.slice(1) : words;
  const variant = rest.join('-');
  const entry = pinned.find((candidate) => sameImage(candidate.name, name) && (candidate.channel ?? '') === (channel ?? ''));
  if (entry === undefined || !spelling.variants.includes(variant)) return undefined;
  // `python:2` is another line than the pinned 3.14.
  if (stated !== undefined && entry.tag !== stated && !entry.tag.startsWith(`${stated}.`)) return undefined;
  if (variant === '') return entry.tag;
  return spelling.prefix === true ? `${variant}-${entry.tag}` : `${entry.tag}-${variant}`;
}

function sameImage(pinned: string, name: string): boolean {
  return pinned === name || `ghcr.io/${pinned}` === name || (pinned === 'ghcr.io/astral-sh/uv' && name === 'astral/uv');
}

/** `latest-rust-1-slim` -> `0.1.77-rust-1.98-slim`. Chef is only built for current Rust versions, so a stated minor version has no answer. */
function chefTag(text: string, pinned: readonly PinnedEntry[]): string | undefined {
  const entry = pinned.find((candidate) => candidate.name === 'lukemathwalker/cargo-chef');
  const at = text.indexOf('rust-');
  if (at < 0 && text !== 'latest') return undefined;
  const rust = at < 0 ? 'latest' : text.slice(at + 5);
  const stated = parseTag(rust).version;
  const tag = fixedTag('rust', rust, stated, pinned);
  const chef = entry?.tag.split('-rust-')[0];
  if (chef === undefined || tag === undefined || (stated !== undefined && stated.includes('.'))) return undefined;
  return `${chef}-rust-${tag}`;
}
