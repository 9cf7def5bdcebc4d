/** Distributions: scratch, Debian, Ubuntu, Alpine, busybox and the rpm world. */

import { alpine, buildpack, debian, rpm, SCRATCH, ubuntu, UNKNOWN, WINDOWS, type Layer } from '../layer.ts';
import { releaseBehind } from '../releases.ts';
import { suiteRelease, type Tag } from '../tag.ts';
import type { Family } from './family.ts';

/** What Debian's moving names meant on 2026-08-04. Source: docker-library/official-images, library/debian. */
const DEBIAN_CHANNELS: Readonly<Record<string, string>> = { '': '13', stable: '13', oldstable: '12', oldoldstable: '11' };

function debianRelease(tag: Tag): string | undefined {
  if (tag.release !== undefined) return tag.release;
  const number = tag.version ?? DEBIAN_CHANNELS[tag.words[0] === 'slim' ? '' : (tag.words[0] ?? '')];
  return number === undefined ? undefined : `debian ${number.split('.')[0] ?? ''}`;
}

/** Source: docker-library/official-images, library/ubuntu, 2026-08-18: `latest` and `rolling` are 26.04. */
function ubuntuRelease(tag: Tag): string | undefined {
  if (tag.release !== undefined) return tag.release;
  if (tag.version !== undefined) return `ubuntu ${tag.version.split('.').slice(0, 2).join('.')}`;
  return tag.text === 'latest' || tag.text === 'rolling' ? 'ubuntu 26.04' : undefined;
}

/** Source: docker-library/official-images, library/alpine, 2026-08-06: `latest` and `3` are 3.24. */
function alpineRelease(tag: Tag): string | undefined {
  if (tag.text === 'latest' || tag.text === '3') return 'alpine 3.24';
  if (tag.text === 'edge' || tag.version === undefined || !tag.version.startsWith('3.'))
    return tag.text === 'edge' ? 'alpine edge' : undefined;
  return `alpine ${tag.version.split('.').slice(0, 2).join('.')}`;
}

/** What `-minimal` and `-micro` images leave out: microdnf installs it. */
const MINIMAL_LACKS = new Set(['python3', 'dnf', 'yum', 'useradd', 'groupadd', 'usermod', 'su']);

/** Red Hat's builder images, which end with `USER 1001`: https://github.com/sclorg. */
const CATALOGUE_1001 = new Set(['nodejs', 'python', 'ruby', 'php', 'perl', 'go', 'dotnet']);

function rpmFamily(name: string, distribution: string): Family {
  const bare = distribution === 'ubi' ? 'https://catalog.redhat.com/software/base-images' : `https://hub.docker.com/_/${distribution}`;
  return {
    names: [name],
    family: distribution,
    kind: 'os',
    source: bare,
    layer: (tag, matched) => {
      // Language images of the catalogue switch to a user of their own, the others say nothing.
      const language = distribution === 'ubi' ? /ubi\d+\/(?!ubi)([a-z]+)/.exec(matched)?.[1] : undefined;
      if (language !== undefined) return { ...UNKNOWN, ...(CATALOGUE_1001.has(language) ? { user: '1001' } : {}) };
      const number = distribution === 'ubi' ? /ubi(\d+)/.exec(matched)?.[1] : tag.version?.split('.')[0];
      const base = rpm(distribution, number === undefined ? tag.release : `${distribution} ${number}`);
      if (!/minimal|micro/.test(matched + tag.text)) return base;
      const micro = /micro/.test(matched + tag.text);
      return {
        ...base,
        packageManager: micro ? 'none' : 'dnf',
        programs: [
          ...base.programs.filter((program) => !MINIMAL_LACKS.has(program) && (program !== 'curl' || !micro)),
          ...(micro ? [] : ['microdnf']),
        ],
      };
    },
  };
}

const BUSYBOX_LIBC: Readonly<Record<string, Layer['platform']['libc']>> = { musl: 'musl', uclibc: 'unknown', glibc: 'glibc' };

export const OS: readonly Family[] = [
  {
    names: ['scratch'],
    family: 'scratch',
    kind: 'scratch',
    source: 'https://docs.docker.com/build/building/base-images/#create-a-minimal-base-image-using-scratch',
    layer: () => SCRATCH,
    floating: () => false,
  },
  {
    names: ['debian'],
    family: 'debian',
    kind: 'os',
    source: 'https://hub.docker.com/_/debian',
    layer: (tag) => debian(debianRelease(tag)),
    version: (tag) => debianRelease(tag)?.replace(/^debian /, ''),
    // sid and the release in preparation move daily.
    floating: (tag) =>
      tag.version === undefined && (tag.release === undefined || tag.release === 'debian sid' || tag.release === 'debian 14'),
  },
  {
    names: ['ubuntu'],
    family: 'ubuntu',
    kind: 'os',
    source: 'https://hub.docker.com/_/ubuntu',
    layer: (tag) => ubuntu(ubuntuRelease(tag)),
    version: (tag) => ubuntuRelease(tag)?.replace(/^ubuntu /, ''),
    floating: (tag) => tag.version === undefined && tag.release === undefined,
  },
  {
    names: ['alpine'],
    family: 'alpine',
    kind: 'os',
    source: 'https://hub.docker.com/_/alpine',
    layer: (tag) => alpine(alpineRelease(tag)),
    version: (tag) => alpineRelease(tag)?.replace(/^alpine /, ''),
    floating: (tag) => tag.version === undefined || tag.text === '3' || /^\d{8}$/.test(tag.version),
  },
  {
    names: ['busybox'],
    family: 'busybox',
    kind: 'os',
    source: 'https://hub.docker.com/_/busybox',
    layer: (tag) => ({
      ...alpine(undefined),
      cmd: ['sh'],
      packageManager: 'none',
      libraries: [],
      programs: alpine(undefined).programs.filter((program) => program !== 'apk'),
      platform: {
        libc: BUSYBOX_LIBC[tag.words.find((word) => word in BUSYBOX_LIBC) ?? 'glibc'] ?? 'glibc',
        distribution: 'busybox',
        release: undefined,
      },
    }),
  },
  {
    names: ['buildpack-deps'],
    family: 'buildpack-deps',
    kind: 'os',
    source: 'https://hub.docker.com/_/buildpack-deps',
    layer: (tag) =>
      buildpack(releaseBehind('buildpack-deps', tag), tag.words.includes('curl') ? 'curl' : tag.words.includes('scm') ? 'scm' : 'full'),
    floating: (tag) => tag.version === undefined && tag.release === undefined,
  },
  ...['fedora', 'rockylinux', 'almalinux', 'centos', 'oraclelinux', 'amazonlinux'].map((name) =>
    rpmFamily(name, name === 'amazonlinux' ? 'amazon' : name.replace('linux', '')),
  ),
  rpmFamily('rockylinux/rockylinux', 'rocky'),
  ...['registry.access.redhat.com/ubi*', 'registry.redhat.io/ubi*', 'redhat/ubi*'].map((name) => rpmFamily(name, 'ubi')),
  rpmFamily('quay.io/centos/centos', 'centos'),
  {
    names: ['archlinux', 'opensuse/*', 'registry.suse.com/*', 'gentoo/*', 'nixos/nix', 'photon', 'clearlinux'],
    family: 'linux',
    kind: 'os',
    source: 'https://hub.docker.com',
    layer: () => ({ ...UNKNOWN, user: '', shell: '/bin/sh' }),
  },
  {
    names: ['mcr.microsoft.com/windows', 'mcr.microsoft.com/windows/*'],
    family: 'windows',
    kind: 'os',
    source: 'https://mcr.microsoft.com/en-us/catalog?search=windows',
    layer: () => WINDOWS,
  },
];

/** Release of a distribution image used as a suffix: `ubuntu22.04`, `rockylinux9`, `ubi8`. */
export function suffixRelease(word: string): string | undefined {
  const ubuntuVersion = /^ubuntu(\d\d\.\d\d)$/.exec(word)?.[1];
  if (ubuntuVersion !== undefined) return `ubuntu ${ubuntuVersion}`;
  const rocky = /^(?:rockylinux|rocky)(\d+)$/.exec(word)?.[1];
  if (rocky !== undefined) return `rocky ${rocky}`;
  const centos = /^centos(\d+)$/.exec(word)?.[1];
  return centos === undefined ? suiteRelease(word) : `centos ${centos}`;
}
