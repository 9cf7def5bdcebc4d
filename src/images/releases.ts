/** Which distribution release a floating tag of an official image means, as of a date. */

import table from './releases.json' with { type: 'json' };
import { compareVersions, type Tag } from './tag.ts';

type Range = readonly [from: string, to: string, release: string | null];
interface FamilyReleases {
  /** Newest known versions with one and with two numbers. */
  readonly newest: readonly string[];
  readonly variants: Readonly<Record<string, readonly Range[]>>;
}
const FAMILIES = table.families as unknown as Readonly<Record<string, FamilyReleases>>;

/**
 * How many minor versions past the newest known one may be read like it. Official images change their default suite when Debian
 * publishes a release (about every two years; Debian 14 is expected in mid-2027), never between.
 */
const AHEAD: Readonly<Record<string, number>> = { rust: 7 };

/** Words that name another build of the same image on the same release. */
const SAME_RELEASE = new Set(['slim', 'cli', 'fpm', 'apache', 'zts', 'scm', 'curl', 'perl', 'otel', 'management', 'dind', 'rootless']);

/**
 * The release behind `tag` of an official image: what the tag says, else where the table says it was last built.
 * `undefined` when unknown. Source: history of https://github.com/docker-library/official-images.
 */
export function releaseBehind(family: string, tag: Tag): string | undefined {
  if (tag.release !== undefined) return tag.release;
  const known = Object.hasOwn(FAMILIES, family) ? FAMILIES[family] : undefined;
  if (known === undefined || tag.prerelease || tag.windows) return undefined;
  const ranges = variantRanges(known, tag.words);
  if (ranges === undefined) return undefined;
  const version = tag.version ?? '';
  // A digest may be any earlier build of the tag: only a tag that stayed on one release says which.
  if (tag.digest && (version === '' || ranges.some(([from]) => from.startsWith(`${version}.`)))) return undefined;
  if (isBeyond(known.newest, version, AHEAD[family] ?? 1)) return undefined;
  for (let short = version; ; short = short.replace(/[._]?\d+$/, '')) {
    const depth = numbers(short);
    const hit = ranges.find(
      ([from, to]) => numbers(from) === depth && compareVersions(from, short) <= 0 && compareVersions(short, to) <= 0,
    );
    if (hit !== undefined) return hit[2] ?? undefined;
    if (short === '' || numbers(short) === 1) return undefined;
  }
}

function variantRanges(known: FamilyReleases, words: readonly string[]): readonly Range[] | undefined {
  const exact = words.join('-');
  if (Object.hasOwn(known.variants, exact)) return known.variants[exact];
  const reduced = words.filter((word) => !SAME_RELEASE.has(word)).join('-');
  return Object.hasOwn(known.variants, reduced) ? known.variants[reduced] : undefined;
}

/** A version that is too far above the newest known one to be read like it. An unknown major version finds no range anyway. */
function isBeyond([, newest = '']: readonly string[], version: string, ahead: number): boolean {
  const [major, minor] = version.split(/[._]/).map(Number);
  const [newestMajor, newestMinor = 0] = newest.split('.').map(Number);
  return minor !== undefined && major === newestMajor && minor > newestMinor + ahead;
}

function numbers(version: string): number {
  return version === '' ? 0 : version.split(/[._]/).length;
}
