/** Official images of programming languages. */

import { compareVersions, parseTag, type Tag } from '../tag.ts';
import { LINUX_PATH } from '../layer.ts';
import { official, type Family } from './family.ts';

const hub = (name: string): string => `https://hub.docker.com/_/${name}; releases from docker-library/official-images`;

const golang = official({
  official: 'golang',
  on: 'scm',
  adds: {
    env: { GOPATH: '/go', PATH: `/go/bin:/usr/local/go/bin:${LINUX_PATH}` },
    workdir: '/go',
    programs: ['go', 'gofmt', 'gcc', 'g++', 'cc', 'make', 'pkg-config'],
  },
});
/** golang on Alpine has neither gcc nor git: cgo is off there for want of a compiler. */
const golangAlpine = official({
  official: 'golang',
  adds: { env: { GOPATH: '/go', PATH: `/go/bin:/usr/local/go/bin:${LINUX_PATH}` }, workdir: '/go', programs: ['go', 'gofmt'] },
});

const rust = official({
  official: 'rust',
  on: 'full',
  adds: {
    env: { RUSTUP_HOME: '/usr/local/rustup', CARGO_HOME: '/usr/local/cargo', PATH: `/usr/local/cargo/bin:${LINUX_PATH}` },
    programs: ['cargo', 'rustc', 'rustup', 'gcc', 'cc', 'ld'],
  },
});

/** Node.js release lines by code name. Source: https://github.com/nodejs/Release. */
const NODE_LINES: Readonly<Record<string, string>> = {
  argon: '4',
  boron: '6',
  carbon: '8',
  dubnium: '10',
  erbium: '12',
  fermium: '14',
  gallium: '16',
  hydrogen: '18',
  iron: '20',
  jod: '22',
  krypton: '24',
};

/** Follows new major or minor versions: `latest`, `slim`, `1`, `3-alpine`. Majors of these languages never end. */
const floatsWithinMajor = (tag: Tag): boolean => tag.version === undefined || !/[._]/.test(tag.version);

export const LANGUAGES: readonly Family[] = [
  {
    names: ['golang'],
    family: 'golang',
    kind: 'language',
    source: hub('golang'),
    floating: floatsWithinMajor,
    layer: (tag) => {
      const layer = tag.words.includes('alpine') ? golangAlpine(tag) : golang(tag);
      // Source: https://github.com/docker-library/golang/pull/472 (GOTOOLCHAIN=local from Go 1.21 on).
      return tag.version === undefined || compareVersions(tag.version, '1.21') >= 0 || tag.version === '1'
        ? { ...layer, env: { ...layer.env, GOTOOLCHAIN: 'local' } }
        : layer;
    },
  },
  { names: ['rust'], family: 'rust', kind: 'language', source: hub('rust'), floating: floatsWithinMajor, layer: (tag) => rust(tag) },
  {
    names: ['rustlang/rust'],
    family: 'rust',
    kind: 'language',
    source: 'https://hub.docker.com/r/rustlang/rust (nightly builds of the official image)',
    floating: () => true,
    layer: (tag) => rust({ ...tag, words: [...tag.words.filter((word) => word !== 'nightly'), 'nightly'] }),
    version: () => undefined,
  },
  {
    names: ['lukemathwalker/cargo-chef'],
    family: 'cargo-chef',
    kind: 'language',
    source: 'https://github.com/LukeMathWalker/cargo-chef/blob/main/docker/Dockerfile: the rust image with cargo-chef installed',
    layer: (tag) => {
      if (!tag.text.includes('rust-') && tag.text !== 'latest') return undefined;
      const layer = rust(chefRust(tag));
      return {
        ...layer,
        programs: [...layer.programs, 'cargo-chef'],
        env: { ...layer.env, CARGO_REGISTRIES_CRATES_IO_PROTOCOL: 'sparse' },
      };
    },
    version: (tag) => chefRust(tag).version,
    floating: (tag) => tag.version === undefined || floatsWithinMajor(chefRust(tag)),
  },
  {
    names: ['python'],
    family: 'python',
    kind: 'language',
    source: hub('python'),
    floating: floatsWithinMajor,
    layer: official({
      official: 'python',
      on: 'full',
      adds: {
        cmd: ['python3'],
        env: { PATH: `/usr/local/bin:${LINUX_PATH}` },
        programs: ['python3', 'python', 'pip', 'pip3'],
        libraries: ['libssl3', 'libsqlite3', 'libffi8', 'libbz2', 'liblzma5', 'libreadline8', 'libexpat1', 'libuuid1'],
      },
    }),
  },
  {
    names: ['node'],
    family: 'node',
    kind: 'language',
    source: hub('node'),
    layer: official({
      official: 'node',
      on: 'full',
      adds: {
        users: [{ name: 'node', uid: 1000, gid: 1000, home: '/home/node' }],
        entrypoint: ['docker-entrypoint.sh'],
        cmd: ['node'],
        programs: ['node', 'nodejs', 'npm', 'npx'],
      },
      alpine: { libraries: ['libgcc_s', 'libstdc++'] },
    }),
    version: (tag) => tag.version ?? NODE_LINES[tag.words[0] ?? ''],
    floating: (tag) => tag.version === undefined && NODE_LINES[tag.words[0] ?? ''] === undefined,
  },
  {
    names: ['ruby'],
    family: 'ruby',
    kind: 'language',
    source: hub('ruby'),
    floating: floatsWithinMajor,
    layer: official({
      official: 'ruby',
      on: 'full',
      adds: {
        cmd: ['irb'],
        env: {
          LANG: 'C.UTF-8',
          GEM_HOME: '/usr/local/bundle',
          BUNDLE_APP_CONFIG: '/usr/local/bundle',
          PATH: `/usr/local/bundle/bin:${LINUX_PATH}`,
        },
        programs: ['ruby', 'gem', 'bundle', 'irb'],
      },
    }),
  },
  {
    names: ['php'],
    family: 'php',
    kind: 'language',
    source: hub('php'),
    floating: floatsWithinMajor,
    layer: (tag) => {
      const server = tag.words.includes('fpm') ? ['php-fpm'] : tag.words.includes('apache') ? ['apache2-foreground'] : undefined;
      const uid = tag.words.includes('alpine') ? 82 : 33;
      return official({
        official: 'php',
        on: 'slim',
        adds: {
          entrypoint: ['docker-php-entrypoint'],
          cmd: server ?? ['php', '-a'],
          workdir: server === undefined ? '/' : '/var/www/html',
          users: [{ name: 'www-data', uid, gid: uid, home: '/var/www' }],
          programs: ['php', 'curl', ...(uid === 33 ? ['gcc', 'g++', 'make', 'xz'] : [])],
        },
      })(tag);
    },
  },
  {
    names: ['perl'],
    family: 'perl',
    kind: 'language',
    source: hub('perl'),
    floating: floatsWithinMajor,
    layer: official({ official: 'perl', on: 'full', adds: { workdir: '/usr/src/app', programs: ['perl', 'cpanm'] } }),
  },
  {
    names: ['gcc'],
    family: 'gcc',
    kind: 'language',
    source: hub('gcc'),
    layer: official({ official: 'gcc', on: 'full', adds: { programs: ['gcc', 'g++', 'gfortran'] } }),
  },
  {
    names: ['swift'],
    family: 'swift',
    kind: 'language',
    source: hub('swift'),
    layer: official({ official: 'swift', adds: { programs: ['swift'] } }),
    floating: floatsWithinMajor,
  },
  {
    names: ['dart'],
    family: 'dart',
    kind: 'language',
    source: hub('dart'),
    layer: official({ official: 'dart', adds: { programs: ['dart', 'git', 'wget', 'curl'] } }),
    floating: floatsWithinMajor,
  },
];

/** The rust tag inside a cargo-chef tag: `0.1.77-rust-1.98-slim-bookworm` -> `1.98-slim-bookworm`. */
function chefRust(tag: Tag): Tag {
  const at = tag.text.indexOf('rust-');
  return parseTag(at < 0 ? 'latest' : tag.text.slice(at + 5));
}
