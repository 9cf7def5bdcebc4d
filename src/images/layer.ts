/** What an image holds, layer on layer: operating systems first, languages and servers put theirs on top. */

import type { ImageFacts } from './facts.ts';

export type Layer = Omit<ImageFacts, 'family' | 'kind' | 'version' | 'floating' | 'source'>;

export const LINUX_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const programs = (names: string): readonly string[] => names.trim().split(/\s+/);

const COREUTILS = programs(`
  cat chmod chown cp cut date dd echo env false head id ln ls mkdir mv nohup printf rm sleep sort stat tail tee test timeout touch tr true
  uname wc whoami [
`);
/** Essential packages of a distribution that scripts take for granted. */
const TEXT_TOOLS = programs('awk sed grep egrep find xargs tar gzip');
const SHADOW = programs('useradd groupadd usermod su');
/** Applets of Alpine's busybox that probes and scripts use. Source: https://git.alpinelinux.org/aports/tree/main/busybox. */
const BUSYBOX = [
  ...COREUTILS,
  ...TEXT_TOOLS,
  ...programs(`
    sh ash busybox wget nc ping nslookup ps pgrep pidof kill killall pkill top gunzip unzip vi su adduser addgroup crond netstat
    hostname which
  `),
];
const DEBIAN = [...COREUTILS, ...TEXT_TOOLS, ...SHADOW, ...programs('sh bash dash perl hostname which runuser setpriv apt-get apt dpkg')];
const RPM = [...COREUTILS, ...TEXT_TOOLS, ...programs('sh bash curl rpm')];
/** Amazon and Azure Linux leave shadow-utils (`useradd`) out. Source: the package lists of amazonlinux 2, 2023 and azurelinux 3. */
const RPM_TOOLS: Readonly<Record<string, readonly string[]>> = { amazon: ['python3', 'yum'], azurelinux: ['tdnf'] };
/** Source: https://github.com/docker-library/buildpack-deps (curl, scm and the full variant). */
const CURL = ['curl', 'wget', 'gpg', 'openssl'];
const SCM = [...CURL, 'git', 'hg', 'svn', 'ssh', 'ps', 'pgrep', 'pkill', 'pidof', 'kill', 'top'];
const BUILD = ['gcc', 'g++', 'cc', 'make', 'autoconf', 'automake', 'patch', 'unzip', 'xz', 'bzip2', 'file', 'python3'];

const root = {
  user: '',
  users: [],
  entrypoint: undefined,
  cmd: undefined,
  workdir: '/',
  env: { PATH: LINUX_PATH },
  windows: false,
} as const;

/** Numeric part of `debian 12`; `undefined` when the release is not known. */
function major(release: string | undefined): number | undefined {
  const text = release === undefined ? undefined : /\d+/.exec(release)?.[0];
  return text === undefined ? undefined : Number(text);
}

/** `debian:*-slim` and the plain `debian` images, which hold the same programs. apt links OpenSSL from Debian 13 on. */
export function debian(release: string | undefined): Layer {
  const libraries = ['libgcc_s', 'libstdc++', 'zlib1g', ...((major(release) ?? 0) >= 13 ? ['libssl3'] : [])];
  const distribution = release?.startsWith('ubuntu') === true ? 'ubuntu' : 'debian';
  return {
    ...root,
    platform: { libc: 'glibc', distribution, release },
    shell: '/bin/sh',
    packageManager: 'apt',
    cmd: ['bash'],
    programs: DEBIAN,
    libraries,
  };
}

export function ubuntu(release: string | undefined): Layer {
  const base = debian(release);
  return {
    ...base,
    platform: { libc: 'glibc', distribution: 'ubuntu', release },
    cmd: ['/bin/bash'],
    libraries: ['libgcc_s', 'libstdc++', 'zlib1g', ...((major(release) ?? 0) >= 22 ? ['libssl3'] : [])],
    users: (major(release) ?? 0) >= 24 ? [{ name: 'ubuntu', uid: 1000, gid: 1000, home: '/home/ubuntu' }] : [],
  };
}

/** buildpack-deps: `curl` < `scm` < full. */
export function buildpack(release: string | undefined, flavour: 'curl' | 'scm' | 'full'): Layer {
  const base = debian(release);
  const programs = [...base.programs, ...(flavour === 'curl' ? CURL : SCM), ...(flavour === 'full' ? BUILD : [])];
  const libraries =
    flavour === 'full'
      ? [...base.libraries, 'libssl3', 'libsqlite3', 'libpq5', 'libxml2', 'libffi8', 'libcurl4', 'libyaml', 'libmariadb3']
      : [...base.libraries, 'libssl3'];
  return { ...base, programs, libraries: [...new Set(libraries)] };
}

export function alpine(release: string | undefined): Layer {
  return {
    ...root,
    platform: { libc: 'musl', distribution: 'alpine', release },
    shell: '/bin/sh',
    packageManager: 'apk',
    cmd: ['/bin/sh'],
    programs: [...BUSYBOX, 'apk'],
    libraries: ['libssl3', 'libcrypto3', 'zlib'],
  };
}

/** Fedora, Rocky, Alma, CentOS, UBI, Oracle and Amazon Linux. */
export function rpm(distribution: string, release: string | undefined): Layer {
  return {
    ...root,
    platform: { libc: 'glibc', distribution, release },
    shell: '/bin/sh',
    packageManager: 'dnf',
    cmd: ['/bin/bash'],
    programs: [...RPM, ...(RPM_TOOLS[distribution] ?? [...SHADOW, 'python3', 'dnf', 'yum'])],
    libraries: ['libgcc_s', 'libstdc++', 'zlib1g', 'libssl3'],
  };
}

/** The image with nothing in it. */
export const SCRATCH: Layer = {
  ...root,
  env: {},
  platform: { libc: 'none', distribution: undefined, release: undefined },
  shell: 'none',
  packageManager: 'none',
  programs: [],
  libraries: [],
};

/** Windows: whatever is inside, dockmod leaves it alone. */
export const WINDOWS: Layer = {
  ...root,
  env: {},
  user: undefined,
  windows: true,
  platform: { libc: 'none', distribution: 'windows', release: undefined },
  shell: 'unknown',
  packageManager: 'none',
  programs: [],
  libraries: [],
};

/** An image of which only the name is known. */
export const UNKNOWN: Layer = {
  ...root,
  env: {},
  user: undefined,
  platform: { libc: 'unknown', distribution: undefined, release: undefined },
  shell: 'unknown',
  packageManager: 'unknown',
  programs: [],
  libraries: [],
};
