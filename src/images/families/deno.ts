/** Deno and Bun. */

import { LINUX_PATH, SCRATCH, UNKNOWN, alpine, debian, ubuntu, type Layer } from '../layer.ts';
import { compareVersions, type Tag } from '../tag.ts';
import { on, type Family } from './family.ts';

/** Flavour and version of `denoland/deno` tags: `2.9.1`, `debian-2.9.1`, `alpine-2.9.1`, `bin-2.9.1`, `distroless`. */
function denoTag(tag: Tag): { readonly flavour: string; readonly version: string | undefined } {
  const [first = ''] = tag.words;
  const version = /(?:^|-)v?(\d+(?:\.\d+)+)$/.exec(tag.text)?.[1];
  return {
    flavour:
      ['alpine', 'bin', 'distroless', 'ubuntu', 'debian'].find(
        (word) => tag.text === word || tag.text.startsWith(`${word}-`) || first === word,
      ) ?? 'debian',
    version,
  };
}

/** `debian:stable-slim` when that version was published. Source: tags of denoland/deno_docker against Debian's release dates. */
function stableSlim(version: string | undefined): string | undefined {
  if (version === undefined) return 'debian 13';
  if (compareVersions(version, '2.4.5') >= 0) return 'debian 13';
  if (compareVersions(version, '2.4.4') >= 0) return undefined;
  if (compareVersions(version, '1.35.0') >= 0) return 'debian 12';
  if (compareVersions(version, '1.34.3') >= 0) return undefined;
  if (compareVersions(version, '1.14.0') >= 0) return 'debian 11';
  return undefined;
}

function deno(tag: Tag): Layer | undefined {
  const { flavour, version } = denoTag(tag);
  const tini = version === undefined || compareVersions(version, '1.14.0') >= 0 ? ['/tini', '--'] : [];
  const uid = flavour === 'alpine' ? 1000 : 1993;
  const adds: Partial<Layer> = {
    users: [{ name: 'deno', uid, gid: uid, home: '/home/deno' }],
    entrypoint: [...tini, 'docker-entrypoint.sh'],
    cmd: ['eval', "console.log('Welcome to Deno!')"],
    env: {
      DENO_DIR: '/deno-dir/',
      DENO_INSTALL_ROOT: '/usr/local',
      ...(version === undefined || compareVersions(version, '2.4.2') >= 0 ? { DENO_USE_CGROUPS: '1' } : {}),
      ...(version === undefined ? {} : { DENO_VERSION: version }),
    },
    programs: ['deno', ...(tini.length > 0 ? ['tini'] : [])],
  };
  switch (flavour) {
    case 'bin':
      return { ...SCRATCH, programs: ['deno'] };
    // The glibc of a distroless image beside Alpine's musl: neither C library describes it.
    case 'alpine':
      return { ...on(alpine(undefined), adds), platform: { libc: 'unknown', distribution: 'alpine', release: undefined } };
    case 'distroless':
      return {
        ...on(SCRATCH, adds),
        users: [],
        entrypoint: [...tini, '/bin/deno'],
        platform: { libc: 'glibc', distribution: 'debian', release: undefined },
        env: { ...adds.env, PATH: LINUX_PATH, SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt' },
        libraries: ['libgcc_s', 'libstdc++', 'libssl3'],
      };
    case 'ubuntu':
      return on(
        ubuntu(
          version === undefined || compareVersions(version, '1.43.3') >= 0
            ? 'ubuntu 22.04'
            : compareVersions(version, '1.43.0') < 0 && compareVersions(version, '1.6.1') > 0
              ? 'ubuntu 20.04'
              : undefined,
        ),
        adds,
      );
    default:
      return on(debian(stableSlim(version)), adds);
  }
}

function bun(tag: Tag): Layer {
  const adds: Partial<Layer> = {
    users: [{ name: 'bun', uid: 1000, gid: 1000, home: '/home/bun' }],
    entrypoint: ['/usr/local/bin/docker-entrypoint.sh'],
    cmd: ['/usr/local/bin/bun'],
    workdir: '/home/bun/app',
    env: {
      BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0',
      BUN_INSTALL_BIN: '/usr/local/bin',
      PATH: `${LINUX_PATH}:/usr/local/bun-node-fallback-bin`,
    },
    programs: ['bun', 'bunx'],
  };
  if (tag.windows) return UNKNOWN;
  if (tag.words.includes('alpine')) return on(on(alpine(undefined), adds), { libraries: ['libgcc_s', 'libstdc++'] });
  if (tag.words.includes('distroless'))
    return {
      ...on(SCRATCH, adds),
      users: [{ name: 'nonroot', uid: 65532, gid: 65532, home: '/home/nonroot' }],
      entrypoint: ['/usr/local/bin/bun'],
      cmd: undefined,
      workdir: '/',
      platform: { libc: 'glibc', distribution: 'debian', release: 'debian 11' },
    };
  // The Debian images moved from bullseye to trixie during 1.3; which patch did is not recorded.
  return on(
    debian(tag.version !== undefined && compareVersions(tag.version, '1.3') < 0 && tag.version !== '1' ? 'debian 11' : undefined),
    adds,
  );
}

export const JAVASCRIPT: readonly Family[] = [
  {
    names: ['denoland/deno', 'ghcr.io/denoland/deno'],
    family: 'denoland/deno',
    kind: 'language',
    source: 'https://github.com/denoland/deno_docker (all Dockerfiles and their history to 2.9.1)',
    layer: deno,
    version: (tag) => denoTag(tag).version,
    floating: (tag) => denoTag(tag).version === undefined,
  },
  {
    names: ['oven/bun'],
    family: 'oven/bun',
    kind: 'language',
    source: 'https://github.com/oven-sh/bun/tree/main/dockerhub',
    layer: bun,
    floating: (tag) => tag.version === undefined || !tag.version.includes('.'),
  },
];
