/** GoogleContainerTools/distroless: what each image and each of its tags holds. */

import { LINUX_PATH, type Layer } from '../layer.ts';
import type { Tag } from '../tag.ts';
import type { Family } from './family.ts';

/** Packages by image and release, as distroless' own config.bzl lists them (2026-08-21); Debian 11 and 12 as of their last build. */
const BASE = {
  libc: 'glibc',
  libraries: (release: number) => [release >= 12 ? 'libssl3' : 'libssl1.1', ...(release >= 13 ? ['zlib1g', 'libzstd1'] : [])],
} as const;
const CC_LIBRARIES = ['libgcc_s', 'libstdc++', 'libgomp'];
const PYTHON: Readonly<Record<number, string>> = { 11: '3.9', 12: '3.11', 13: '3.13' };

interface Kind {
  readonly libc: Layer['platform']['libc'];
  readonly libraries: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly programs?: readonly string[];
  readonly path?: string;
}

function contents(image: string, release: number): Kind | undefined {
  const base = BASE.libraries(release);
  const cc = { libc: 'glibc', libraries: [...base, ...CC_LIBRARIES] } as const;
  if (image === 'static') return { libc: 'none', libraries: [] };
  if (image === 'base') return { libc: 'glibc', libraries: base };
  if (image === 'base-nossl') return { libc: 'glibc', libraries: [] };
  if (image === 'cc') return cc;
  if (image === 'python3')
    return {
      ...cc,
      libraries: [...cc.libraries, 'libsqlite3', 'libffi8', 'libexpat1', 'libbz2', 'liblzma5', 'libreadline8', 'libuuid1', 'zlib1g'],
      entrypoint: [`/usr/bin/python${PYTHON[release] ?? '3'}`],
      programs: ['python3', 'python'],
    };
  if (/^nodejs(?:\d+)?$/.test(image)) return { ...cc, entrypoint: ['/nodejs/bin/node'], programs: ['node'] };
  if (image === 'java-base') return { ...cc };
  if (/^java(?:\d+)?$/.test(image)) return { ...cc, entrypoint: ['/usr/bin/java', '-jar'], programs: ['java'] };
  return undefined;
}

const NAME = /^gcr\.io\/distroless\/([a-z0-9]+(?:-nossl|-base)?)(?:-debian(\d+))?$/;
const ARCHITECTURES = new Set(['amd64', 'arm64', 'arm', 's390x', 'ppc64le', 'riscv64']);

function layer(tag: Tag, name: string): Layer | undefined {
  const [, image = '', debian] = NAME.exec(name) ?? [];
  const words = tag.words.filter((word) => !ARCHITECTURES.has(word) && word !== 'latest');
  // Names without a release followed whatever release was current (GoogleContainerTools/distroless#2052 deprecates them).
  const release = debian === undefined ? undefined : `debian ${debian}`;
  const kind = contents(image, Number(debian ?? 12));
  if (kind === undefined || tag.version !== undefined || words.some((word) => word !== 'nonroot' && word !== 'debug')) return undefined;
  const debug = words.includes('debug');
  const nonroot = words.includes('nonroot');
  return {
    platform: { libc: kind.libc, distribution: 'debian', release },
    shell: debug ? '/busybox/sh' : 'none',
    packageManager: 'none',
    user: nonroot ? '65532' : '',
    users: [{ name: 'nonroot', uid: 65532, gid: 65532, home: '/home/nonroot' }],
    entrypoint: kind.entrypoint ?? (debug ? ['/busybox/sh'] : undefined),
    cmd: undefined,
    workdir: nonroot ? '/home/nonroot' : '/',
    env: { PATH: `${LINUX_PATH}${debug ? ':/busybox' : ''}`, SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt' },
    programs: [...(kind.programs ?? []), ...(debug ? ['sh', 'busybox', 'wget', 'nc', 'cat', 'ls', 'ps'] : [])],
    libraries: kind.libraries,
    windows: false,
  };
}

export const DISTROLESS: readonly Family[] = [
  {
    names: ['gcr.io/distroless/*'],
    family: 'distroless',
    kind: 'distroless',
    source: 'https://github.com/GoogleContainerTools/distroless (static, base, cc, python3, nodejs, java: config.bzl and README)',
    layer,
    version: (_tag, name) => {
      const [, image = '', debian] = NAME.exec(name) ?? [];
      return image === 'python3' ? PYTHON[Number(debian)] : /^(?:nodejs|java)(\d+)$/.exec(image)?.[1];
    },
    // The tags of distroless are channels by design; the Debian release in the name is the pin.
    floating: () => false,
  },
];
