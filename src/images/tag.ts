/** An image tag in its parts: `3.12.1-slim-bookworm` is a version, a variant and a distribution release. */

/** Debian and Ubuntu releases by code name. Source: https://www.debian.org/releases/, https://wiki.ubuntu.com/Releases. */
const SUITES: Readonly<Record<string, string>> = {
  wheezy: 'debian 7',
  jessie: 'debian 8',
  stretch: 'debian 9',
  buster: 'debian 10',
  bullseye: 'debian 11',
  bookworm: 'debian 12',
  trixie: 'debian 13',
  forky: 'debian 14',
  sid: 'debian sid',
  trusty: 'ubuntu 14.04',
  xenial: 'ubuntu 16.04',
  bionic: 'ubuntu 18.04',
  focal: 'ubuntu 20.04',
  jammy: 'ubuntu 22.04',
  kinetic: 'ubuntu 22.10',
  lunar: 'ubuntu 23.04',
  mantic: 'ubuntu 23.10',
  noble: 'ubuntu 24.04',
  oracular: 'ubuntu 24.10',
  plucky: 'ubuntu 25.04',
  questing: 'ubuntu 25.10',
  resolute: 'ubuntu 26.04',
  al2: 'amazon 2',
  al2023: 'amazon 2023',
};

export interface Tag {
  readonly text: string;
  /** Leading version without `v`: `1.24`, `3.12.1`, `21.0.8_9`. */
  readonly version: string | undefined;
  /** A release candidate, beta or the like follows the version. */
  readonly prerelease: boolean;
  /** Release that the tag itself names: `debian 12`, `alpine 3.20`. */
  readonly release: string | undefined;
  /** What is left, in order, without words that only repeat the release: `slim`, `alpine`, `jdk`. */
  readonly words: readonly string[];
  readonly windows: boolean;
  /** A digest fixes the build: the tag then says what it was called, not where it stands today. */
  readonly digest: boolean;
}

/** Takes a tag apart; `undefined` (no tag) reads as `latest`. */
export function parseTag(text: string | undefined, digest = false): Tag {
  const tag = text ?? 'latest';
  const [first = '', ...rest] = tag.split('-');
  const match = /^v?(\d+(?:[._]\d+)*)(.*)$/.exec(first);
  const version = match?.[1];
  const suffix = match === null ? first : (match[2] ?? '');
  const all = suffix === '' || suffix === 'latest' ? rest : [suffix, ...rest];
  let release: string | undefined;
  const words: string[] = [];
  for (const word of all) {
    const known = releaseOf(word);
    if (known === undefined) words.push(word);
    else release = known;
    if (known?.startsWith('alpine ') === true) words.push('alpine');
  }
  return {
    text: tag,
    version,
    release,
    words,
    digest,
    prerelease: match !== null && /^[._]?(?:rc|a|b|alpha|beta|m|dev|ea)\.?\d*$/.test(words[0] ?? ''),
    windows: words.some((word) => word.startsWith('windows') || word.startsWith('nanoserver') || /^ltsc\d{4}$/.test(word)),
  };
}

function releaseOf(word: string): string | undefined {
  if (Object.hasOwn(SUITES, word)) return SUITES[word];
  const alpine = /^alpine(3\.\d+)$/.exec(word)?.[1];
  if (alpine !== undefined) return `alpine ${alpine}`;
  const oracle = /^(?:ol|oraclelinux)(\d+)$/.exec(word)?.[1];
  if (oracle !== undefined) return `oracle ${oracle}`;
  const ubi = /^ubi(\d+)$/.exec(word)?.[1];
  return ubi === undefined ? undefined : `ubi ${ubi}`;
}

/** Release with this code name, e.g. `bookworm` -> `debian 12`. */
export function suiteRelease(name: string): string | undefined {
  return releaseOf(name);
}

/** Compares dotted versions number by number: `1.9` < `1.24`, `1` < `1.0`. */
export function compareVersions(a: string, b: string): number {
  const x = a.split(/[._]/).map(Number);
  const y = b.split(/[._]/).map(Number);
  for (let i = 0; i < Math.max(x.length, y.length); i += 1) {
    const difference = (x[i] ?? -1) - (y[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}
