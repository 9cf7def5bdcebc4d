/** Build tools, migration tools and images that only hand over a binary. */

import type { ImageFacts } from '../facts.ts';
import { alpine, buildpack, debian, LINUX_PATH, SCRATCH, ubuntu, UNKNOWN, type Layer } from '../layer.ts';
import { releaseBehind } from '../releases.ts';
import { compareVersions, type Tag } from '../tag.ts';
import { official, on, type Family } from './family.ts';

function simple(names: readonly string[], source: string, layer: (tag: Tag) => Layer, kind: ImageFacts['kind'] = 'tool'): Family {
  const [first = ''] = names;
  return { names, family: first.replace(/\/?\*$/, ''), kind, source, layer };
}

/** Words of a derived uv tag that belong to the base: `0.9.7-python3.12-bookworm-slim`, `alpine`, `debian-slim`. */
function uv(tag: Tag): Layer {
  const python = tag.words.find((word) => word.startsWith('python'));
  const derived =
    python !== undefined || tag.release !== undefined || tag.words.some((word) => ['alpine', 'debian', 'slim'].includes(word));
  if (tag.words.includes('dhi')) return UNKNOWN;
  if (!derived) return { ...on(SCRATCH, { entrypoint: ['/uv'], programs: ['uv', 'uvx'] }), env: { PATH: LINUX_PATH } };
  const base = tag.words.includes('alpine')
    ? alpine(tag.release)
    : tag.words.includes('slim')
      ? debian(tag.release)
      : buildpack(tag.release, 'full');
  const toolDirectory: Readonly<Record<string, string>> =
    tag.version === undefined || compareVersions(tag.version, '0.8') >= 0 ? { UV_TOOL_BIN_DIR: '/usr/local/bin' } : {};
  return on(base, {
    entrypoint: undefined,
    cmd: ['/usr/local/bin/uv'],
    env: toolDirectory,
    programs: ['uv', 'uvx', ...(python === undefined ? [] : ['python3', 'python', 'pip', 'pip3'])],
    libraries: python === undefined ? [] : ['libssl3', 'libsqlite3', 'libffi8'],
  });
}

/** Ubuntu images that compile Rust to musl: the image is glibc, what it builds is static. */
const MUSL_BUILDER = {
  env: { CARGO_BUILD_TARGET: 'x86_64-unknown-linux-musl' },
  programs: ['cargo', 'rustc', 'rustup', 'gcc', 'cc', 'musl-gcc', 'curl', 'git', 'make'],
} as const;

export const TOOLS: readonly Family[] = [
  {
    names: ['ghcr.io/astral-sh/uv', 'astral/uv'],
    family: 'uv',
    kind: 'tool',
    source: 'https://docs.astral.sh/uv/guides/integration/docker/ and build-docker.yml in astral-sh/uv (0.12.5)',
    layer: uv,
    version: (tag) => tag.version,
  },
  simple(
    ['clux/muslrust'],
    'https://github.com/clux/muslrust',
    () =>
      on(ubuntu(undefined), { ...MUSL_BUILDER, workdir: '/volume', env: { ...MUSL_BUILDER.env, PATH: `/root/.cargo/bin:${LINUX_PATH}` } }),
    'language',
  ),
  simple(
    ['messense/rust-musl-cross', 'ghcr.io/rust-cross/rust-musl-cross'],
    'https://github.com/rust-cross/rust-musl-cross',
    (tag) => on(ubuntu(undefined), { ...MUSL_BUILDER, env: tag.words[0] === 'x86_64' ? MUSL_BUILDER.env : {}, workdir: '/home/rust/src' }),
    'language',
  ),
  simple(
    ['ekidd/rust-musl-builder'],
    'https://github.com/emk/rust-musl-builder',
    () =>
      on(ubuntu(undefined), {
        ...MUSL_BUILDER,
        user: 'rust',
        users: [{ name: 'rust', uid: 1000, gid: 1000, home: '/home/rust' }],
        workdir: '/home/rust/src',
      }),
    'language',
  ),
  simple(['tonistiigi/xx'], 'https://github.com/tonistiigi/xx', () => SCRATCH),
  simple(
    ['docker'],
    'https://hub.docker.com/_/docker',
    official({
      official: 'docker',
      adds: {
        entrypoint: ['docker-entrypoint.sh'],
        cmd: ['sh'],
        env: { DOCKER_TLS_CERTDIR: '/certs' },
        programs: ['docker', 'git', 'openssl'],
      },
    }),
  ),
  simple(
    ['gcr.io/kaniko-project/executor', 'ghcr.io/chainguard-dev/kaniko', 'ghcr.io/osscontainertools/kaniko'],
    'https://github.com/GoogleContainerTools/kaniko',
    (tag) => ({
      ...SCRATCH,
      entrypoint: ['/kaniko/executor'],
      workdir: '/workspace',
      shell: tag.words.includes('debug') ? '/busybox/sh' : 'none',
    }),
  ),
  simple(['moby/buildkit'], 'https://github.com/moby/buildkit', (tag) =>
    on(alpine(undefined), { entrypoint: ['buildkitd'], user: tag.words.includes('rootless') ? '1000:1000' : '' }),
  ),
  simple(['migrate/migrate'], 'https://github.com/golang-migrate/migrate/blob/master/Dockerfile', () =>
    on(alpine(undefined), { entrypoint: ['migrate'], cmd: ['--help'], programs: ['migrate'] }),
  ),
  simple(
    [
      'flyway/flyway',
      'redgate/flyway',
      'liquibase',
      'liquibase/liquibase',
      'amacneil/dbmate',
      'ghcr.io/amacneil/dbmate',
      'arigaio/atlas',
      'ghcr.io/kukymbr/goose-docker',
      'sqitch/sqitch',
    ],
    'https://hub.docker.com',
    () => UNKNOWN,
  ),
  simple(['curlimages/curl'], 'https://github.com/curl/curl-container', () =>
    on(alpine(undefined), {
      user: 'curl_user',
      users: [{ name: 'curl_user', uid: 100, gid: 101, home: '/home/curl_user' }],
      entrypoint: ['/entrypoint.sh'],
      cmd: ['curl'],
      programs: ['curl'],
    }),
  ),
  simple(
    [
      'alpine/*',
      'golangci/golangci-lint',
      'goreleaser/goreleaser',
      'ghcr.io/goreleaser/*',
      'hadolint/hadolint',
      'koalaman/shellcheck',
      'composer',
      'minio/mc',
      'bufbuild/buf',
      'namely/protoc-all',
      'mailhog/mailhog',
      'axllent/mailpit',
      'jaegertracing/*',
      'otel/*',
      'aquasec/*',
      'google/cloud-sdk',
      'gcr.io/google.com/cloudsdktool/*',
      'bitnami/kubectl',
      'rancher/*',
      'ghcr.io/linuxserver/*',
      'linuxserver/*',
    ],
    'https://hub.docker.com',
    () => UNKNOWN,
  ),
  simple(
    ['phusion/baseimage', 'phusion/baseimage*'],
    'https://github.com/phusion/baseimage-docker',
    (tag) => on(ubuntu(tag.release), { cmd: ['/sbin/my_init'], programs: ['my_init', 'setuser', 'cron', 'sshd'] }),
    'os',
  ),
  simple(['mambaorg/micromamba', 'continuumio/*', 'condaforge/*'], 'https://hub.docker.com', () => UNKNOWN, 'language'),
  simple(
    [
      'elixir',
      'erlang',
      'hexpm/*',
      'haskell',
      'julia',
      'clojure',
      'crystallang/*',
      'nimlang/nim',
      'r-base',
      'rocker/*',
      'cimg/*',
      'circleci/*',
      'gitpod/*',
      'kaggle/*',
    ],
    'https://hub.docker.com',
    (tag) =>
      tag.words.includes('alpine') ? alpine(tag.release) : tag.release?.startsWith('debian') === true ? debian(tag.release) : UNKNOWN,
    'language',
  ),
  simple(
    ['heroku/*', 'paketobuildpacks/*', 'vercel/*', 'fluxcd/*', 'tiangolo/*', 'tensorflow/serving', 'public.ecr.aws/aws-observability/*'],
    'https://hub.docker.com',
    () => UNKNOWN,
  ),
  simple(
    ['swiftlang/swift', 'swift-base'],
    'https://hub.docker.com/r/swiftlang/swift',
    (tag) => ({ ...debian(releaseBehind('swift', tag)) }),
    'language',
  ),
];
