/** Vendors' own lines: Chainguard, Microsoft, NVIDIA, and the images for browsers and models that must stay as they are. */

import type { ImageFacts } from '../facts.ts';
import { alpine, debian, rpm, SCRATCH, ubuntu, UNKNOWN, WINDOWS, type Layer } from '../layer.ts';
import { compareVersions, type Tag } from '../tag.ts';
import { on, type Family } from './family.ts';
import { suffixRelease } from './os.ts';

function group(
  kind: ImageFacts['kind'],
  family: string,
  names: readonly string[],
  layer: (tag: Tag, name: string) => Layer | undefined,
  source: string,
): Family {
  return { names, family, kind, layer, source };
}

/** Tags of Chainguard's free tier: `latest`, `latest-dev`, sometimes a version. `-dev` has a shell and apk and may run as root. */
function chainguard(tag: Tag, name: string): Layer {
  const image = name.slice(name.lastIndexOf('/') + 1);
  const dev = tag.words.includes('dev') || tag.words.includes('-dev') || image === 'wolfi-base' || image === 'bash' || image === 'busybox';
  const none = image === 'static';
  const base: Layer = {
    ...SCRATCH,
    platform: { libc: none ? 'none' : 'glibc', distribution: 'wolfi', release: undefined },
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt' },
  };
  return {
    ...base,
    user: image === 'wolfi-base' || (dev && ['go', 'rust', 'gcc-glibc', 'sdk'].includes(image)) ? '' : '65532',
    users: [{ name: 'nonroot', uid: 65532, gid: 65532, home: '/home/nonroot' }],
    shell: dev ? '/bin/sh' : ['go', 'rust', 'gcc-glibc', 'node', 'ruby', 'php'].includes(image) ? 'unknown' : 'none',
    packageManager: dev ? 'apk' : 'none',
    programs: dev ? ['sh', 'busybox', 'wget', 'apk'] : [],
    libraries: ['glibc-dynamic', 'cc-dynamic'].includes(image) ? ['libgcc_s', 'libstdc++'] : [],
  };
}

/** .NET images. Source: https://github.com/dotnet/dotnet-docker, README of each repository: default Debian to 9, Ubuntu from 10 on. */
function dotnet(tag: Tag, name: string): Layer {
  if (tag.windows) return WINDOWS;
  const version = tag.version ?? '';
  const app: Partial<Layer> =
    version !== '' && compareVersions(version, '8') >= 0
      ? { users: [{ name: 'app', uid: 1654, gid: 1654, home: '/home/app' }], env: { APP_UID: '1654', ASPNETCORE_HTTP_PORTS: '8080' } }
      : {};
  const programs = name.endsWith('/runtime-deps') ? [] : ['dotnet'];
  if (tag.words.includes('chiseled') || tag.words.includes('distroless'))
    return {
      ...on(SCRATCH, app),
      user: '1654',
      programs,
      libraries: ['libgcc_s', 'libstdc++', 'libssl3'],
      platform: { libc: 'glibc', distribution: tag.release?.split(' ')[0] ?? 'azurelinux', release: tag.release },
    };
  if (tag.words.includes('alpine')) return on(on(alpine(tag.release), app), { programs });
  if (tag.words.some((word) => word.startsWith('azurelinux') || word.startsWith('cbl')))
    return on(on(rpm('azurelinux', undefined), app), { programs });
  const major = Number(version.split('.')[0]);
  const release =
    tag.release ??
    ({ 6: 'debian 11', 7: 'debian 11', 8: 'debian 12', 9: 'debian 12', 10: 'ubuntu 24.04' } as Readonly<Record<number, string>>)[major];
  const base = release?.startsWith('ubuntu') === true ? ubuntu(release) : debian(release);
  return on(on(base, app), { programs: name.endsWith('/sdk') ? [...programs, 'curl', 'wget', 'git'] : programs });
}

/** `12.4.1-cudnn-runtime-ubuntu22.04`, `24.05-py3`: the release stands in the tag or is unknown. */
function cuda(tag: Tag): Layer {
  const release = tag.words.map(suffixRelease).find((known) => known !== undefined) ?? tag.release;
  if (release?.startsWith('ubuntu') === true) return ubuntu(release);
  return release === undefined
    ? { ...UNKNOWN, user: '', platform: { libc: 'glibc', distribution: undefined, release: undefined } }
    : rpm(release.split(' ')[0] ?? '', release);
}

export const VENDORS: readonly Family[] = [
  group('distroless', 'chainguard', ['cgr.dev/chainguard/*', 'chainguard/*'], chainguard, 'https://images.chainguard.dev'),
  group('language', 'dotnet', ['mcr.microsoft.com/dotnet/*'], dotnet, 'https://github.com/dotnet/dotnet-docker'),
  group(
    'language',
    'devcontainer',
    ['mcr.microsoft.com/devcontainers/*', 'mcr.microsoft.com/vscode/*'],
    (tag) => ({ ...debian(tag.release), user: '', users: [{ name: 'vscode', uid: 1000, gid: 1000, home: '/home/vscode' }] }),
    'https://github.com/devcontainers/images',
  ),

  group(
    'browser',
    'playwright',
    ['mcr.microsoft.com/playwright', 'mcr.microsoft.com/playwright/*'],
    (tag) => ({ ...ubuntu(tag.release), users: [{ name: 'pwuser', uid: 1001, gid: 1001, home: '/home/pwuser' }] }),
    'https://playwright.dev/docs/docker',
  ),
  group(
    'browser',
    'browserless',
    ['browserless/*', 'ghcr.io/browserless/*'],
    () => ({ ...UNKNOWN, user: 'blessuser' }),
    'https://github.com/browserless/browserless',
  ),
  group(
    'browser',
    'puppeteer',
    ['ghcr.io/puppeteer/puppeteer'],
    () => ({ ...debian(undefined), user: 'pptruser', users: [{ name: 'pptruser', uid: 10042, gid: 10042, home: '/home/pptruser' }] }),
    'https://github.com/puppeteer/puppeteer/blob/main/docker/Dockerfile',
  ),
  group(
    'browser',
    'selenium',
    ['selenium/*'],
    () => ({ ...ubuntu(undefined), user: '1200', users: [{ name: 'seluser', uid: 1200, gid: 1201, home: '/home/seluser' }] }),
    'https://github.com/SeleniumHQ/docker-selenium',
  ),
  group(
    'browser',
    'browser',
    [
      'zenika/alpine-chrome',
      'chromedp/headless-shell',
      'cypress/*',
      'apify/*',
      'justinribeiro/*',
      'femtopixel/google-chrome-headless',
      'gcr.io/zenika-hub/*',
      'alpeware/chrome-headless-stable',
      'lscr.io/linuxserver/chromium',
    ],
    () => UNKNOWN,
    'https://hub.docker.com',
  ),

  group(
    'ml',
    'nvidia/cuda',
    ['nvidia/cuda', 'nvidia/cudagl', 'nvidia/opengl', 'nvcr.io/nvidia/*'],
    cuda,
    'https://hub.docker.com/r/nvidia/cuda',
  ),
  group(
    'ml',
    'ollama',
    ['ollama/ollama'],
    () => on(ubuntu(undefined), { entrypoint: ['/bin/ollama'], cmd: ['serve'], programs: ['ollama'] }),
    'https://github.com/ollama/ollama/blob/main/Dockerfile',
  ),
  group(
    'ml',
    'pytorch',
    ['pytorch/pytorch', 'pytorch/*'],
    () => ubuntu(undefined),
    'https://github.com/pytorch/pytorch/blob/main/Dockerfile',
  ),
  group(
    'ml',
    'model server',
    [
      'vllm/*',
      'ghcr.io/huggingface/*',
      'huggingface/*',
      'tensorflow/*',
      'rocm/*',
      'lmsysorg/sglang',
      'ghcr.io/ggml-org/llama.cpp',
      'ghcr.io/ggerganov/llama.cpp',
      'localai/localai',
      'quay.io/go-skynet/*',
      'jupyter/*',
      'quay.io/jupyter/*',
      'intel/*',
      'opea/*',
      'deepset/*',
      'paddlepaddle/*',
      'paddlecloud/*',
      'openvino/*',
      'seldonio/*',
      'anibali/pytorch',
      'ultralytics/*',
      'runpod/*',
      'kserve/*',
      '763104351884.dkr.ecr.us-east-1.amazonaws.com/*',
      'gcr.io/deeplearning-platform-release/*',
    ],
    () => UNKNOWN,
    'https://hub.docker.com',
  ),
];
