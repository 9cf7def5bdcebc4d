import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FAMILIES } from '../../src/images/families/index.ts';
import { PINNED } from '../../src/images/pinned.ts';
import { parseReference } from '../../src/images/reference.ts';
import { createImages } from '../../src/images/table.ts';
import { frozenImages } from '../support/images.ts';

const images = createImages();
const facts = (reference: string) => {
  const known = images.facts(reference);
  if (known === undefined) throw new Error(`nothing known about ${reference}`);
  return known;
};
const DIGEST = `@sha256:${'0'.repeat(64)}`;

describe('the release behind a tag', () => {
  test.each([
    // Named by the tag
    ['golang:1.22-bookworm', 'glibc', 'debian 12'],
    ['python:3.12-slim-bullseye', 'glibc', 'debian 11'],
    ['node:22-alpine3.20', 'musl', 'alpine 3.20'],
    // rust and golang moved to trixie in August 2025; what ended before stays where it was last built
    ['rust:1.88', 'glibc', 'debian 12'],
    ['rust:1.88-slim', 'glibc', 'debian 12'],
    ['rust:1.89', 'glibc', 'debian 13'],
    ['rust:1.89-slim', 'glibc', 'debian 13'],
    ['rust', 'glibc', 'debian 13'],
    ['golang:1.23', 'glibc', 'debian 12'],
    ['golang:1.24', 'glibc', 'debian 13'],
    ['golang:1.24.5', 'glibc', 'debian 12'],
    ['golang:1.24.6', 'glibc', 'debian 13'],
    ['golang:1.20', 'glibc', 'debian 12'],
    ['golang:1.18', 'glibc', 'debian 11'],
    ['golang:1.15', 'glibc', 'debian 10'],
    ['python:3.12-slim', 'glibc', 'debian 13'],
    ['python:3.12.10-slim', 'glibc', 'debian 12'],
    ['python:3.12.0', 'glibc', 'debian 12'],
    ['python:3.7', 'glibc', 'debian 12'],
    ['python:3.6', 'glibc', 'debian 11'],
    // node keeps a line on the suite that it started with: 26 is the first on trixie
    ['node:14', 'glibc', 'debian 10'],
    ['node:18', 'glibc', 'debian 12'],
    ['node:22-slim', 'glibc', 'debian 12'],
    ['node:24', 'glibc', 'debian 12'],
    ['node:26', 'glibc', 'debian 13'],
    ['node:jod-slim', 'glibc', 'debian 12'],
    ['golang:1.15-alpine', 'musl', 'alpine 3.14'],
    ['rust:1.98-alpine', 'musl', 'alpine 3.24'],
    ['debian:stable-slim', 'glibc', 'debian 13'],
    ['debian:12.5-slim', 'glibc', 'debian 12'],
    ['debian:bookworm-20240101', 'glibc', 'debian 12'],
    ['debian', 'glibc', 'debian 13'],
    ['debian:slim', 'glibc', 'debian 13'],
    ['ubuntu', 'glibc', 'ubuntu 26.04'],
    ['ubuntu:noble', 'glibc', 'ubuntu 24.04'],
    ['ubuntu:22.04', 'glibc', 'ubuntu 22.04'],
    ['alpine', 'musl', 'alpine 3.24'],
    ['alpine:3.18.4', 'musl', 'alpine 3.18'],
    ['alpine:edge', 'musl', 'alpine edge'],
    ['gcr.io/distroless/static-debian12:nonroot', 'none', 'debian 12'],
    ['gcr.io/distroless/cc-debian13', 'glibc', 'debian 13'],
    ['denoland/deno:2.3.0', 'glibc', 'debian 12'],
    ['denoland/deno:2.9.1', 'glibc', 'debian 13'],
    ['lukemathwalker/cargo-chef:latest-rust-1.86.0-slim-bookworm', 'glibc', 'debian 12'],
    ['lukemathwalker/cargo-chef:0.1.71-rust-1.86', 'glibc', 'debian 12'],
    ['ghcr.io/astral-sh/uv:python3.12-bookworm-slim', 'glibc', 'debian 12'],
    ['ghcr.io/astral-sh/uv:0.9.7-python3.13-alpine3.22', 'musl', 'alpine 3.22'],
    ['eclipse-temurin:21-jre-jammy', 'glibc', 'ubuntu 22.04'],
    ['mcr.microsoft.com/dotnet/aspnet:8.0', 'glibc', 'debian 12'],
    ['mcr.microsoft.com/dotnet/aspnet:10.0', 'glibc', 'ubuntu 24.04'],
    ['nvidia/cuda:12.4.1-runtime-ubuntu22.04', 'glibc', 'ubuntu 22.04'],
  ])('%s is %s, %s', (reference, libc, release) => {
    expect(facts(reference).platform).toMatchObject({ libc, release });
  });

  test.each([
    'golang:1.40',
    'rust:2.5',
    'rust:1.300',
    'python:3.30-slim',
    'python:4',
    'node:31',
    'node:lts',
    'golang:1.28rc1',
    'python:3.15.0rc1',
    'denoland/deno:2.4.4',
    'oven/bun:1.3',
    'gcr.io/distroless/cc',
    'rustlang/rust:nightly',
    'python:3.5.1',
    // a digest can be an older build of the tag, from before the switch
    `golang:1.24${DIGEST}`,
    `python:3.12-slim${DIGEST}`,
  ])('%s is not known', (reference) => {
    expect(facts(reference).platform.release).toBeUndefined();
  });

  test('a digest beside a tag that stayed on one release is known', () => {
    expect(facts(`rust:1.80-slim${DIGEST}`).platform.release).toBe('debian 12');
    expect(facts(`golang:1.24-bookworm${DIGEST}`).platform.release).toBe('debian 12');
  });

  test('a digest alone, a private image and no reference at all are unknown images', () => {
    for (const reference of [
      `golang${DIGEST}`,
      'registry.example/golang:1.24',
      'acme/golang:1',
      '${BASE}',
      'a b',
      'gcr.io/distroless/static-debian13:v1',
      'gcr.io/distroless/surprise',
    ])
      expect(images.facts(reference)).toBeUndefined();
  });

  test('Windows variants are Windows', () => {
    for (const reference of [
      'golang:1.24-windowsservercore-ltsc2022',
      'golang:nanoserver',
      'mcr.microsoft.com/windows/servercore:ltsc2022',
      'mcr.microsoft.com/dotnet/aspnet:8.0-nanoserver-ltsc2022',
    ])
      expect(facts(reference).windows).toBe(true);
    expect(facts('golang:1.24').windows).toBe(false);
  });
});

describe('what is inside', () => {
  test('distroless has no shell, except in debug tags', () => {
    expect(facts('gcr.io/distroless/static-debian13:nonroot')).toMatchObject({
      shell: 'none',
      packageManager: 'none',
      user: '65532',
      workdir: '/home/nonroot',
      kind: 'distroless',
      programs: [],
      libraries: [],
    });
    expect(facts('gcr.io/distroless/static-debian13')).toMatchObject({ shell: 'none', user: '', workdir: '/' });
    expect(facts('gcr.io/distroless/base-debian12:debug-nonroot')).toMatchObject({
      shell: '/busybox/sh',
      user: '65532',
      entrypoint: ['/busybox/sh'],
    });
    expect(facts('gcr.io/distroless/nodejs22-debian13:nonroot')).toMatchObject({ entrypoint: ['/nodejs/bin/node'], version: '22' });
    expect(facts('gcr.io/distroless/python3-debian12')).toMatchObject({ entrypoint: ['/usr/bin/python3.11'], version: '3.11' });
  });
  test('the libraries that Rust and cgo binaries load', () => {
    expect(facts('gcr.io/distroless/base-debian13').libraries).toContain('libssl3');
    expect(facts('gcr.io/distroless/base-debian13').libraries).not.toContain('libgcc_s');
    expect(facts('gcr.io/distroless/cc-debian12').libraries).toEqual(expect.arrayContaining(['libssl3', 'libgcc_s', 'libstdc++']));
    expect(facts('gcr.io/distroless/base-nossl-debian13').libraries).toEqual([]);
  });
  test('slim images have no curl and no wget, Alpine has wget, full images have both', () => {
    expect(facts('python:3.12-slim').programs).not.toEqual(expect.arrayContaining(['curl']));
    expect(facts('python:3.12-slim').programs).not.toContain('wget');
    expect(facts('python:3.12-alpine').programs).toContain('wget');
    expect(facts('python:3.12-alpine').programs).not.toContain('curl');
    expect(facts('python:3.12').programs).toEqual(expect.arrayContaining(['curl', 'wget', 'git', 'gcc']));
    expect(facts('node:22-slim').programs).not.toContain('curl');
  });
  test('golang on Alpine has no C compiler', () => {
    expect(facts('golang:1.24-alpine').programs).not.toContain('gcc');
    expect(facts('golang:1.24').programs).toContain('gcc');
  });
  test('users that services may run as', () => {
    expect(facts('node:22-slim').users).toEqual([{ name: 'node', uid: 1000, gid: 1000, home: '/home/node' }]);
    expect(facts('oven/bun:1.3.14').users[0]).toMatchObject({ name: 'bun', uid: 1000 });
    expect(facts('denoland/deno:2.9.1').users[0]).toMatchObject({ name: 'deno', uid: 1993 });
    expect(facts('denoland/deno:alpine-2.9.1').users[0]).toMatchObject({ name: 'deno', uid: 1000 });
    expect(facts('nginx:1.27-alpine').users[0]).toMatchObject({ name: 'nginx', uid: 101 });
    expect(facts('postgres:16').users[0]?.uid).toBe(999);
    expect(facts('postgres:16-alpine').users[0]?.uid).toBe(70);
    expect(facts('nginxinc/nginx-unprivileged:1.27').user).toBe('101');
  });
  test('Deno starts through tini and a script, and keeps its cache in /deno-dir/', () => {
    expect(facts('denoland/deno:2.9.1')).toMatchObject({
      entrypoint: ['/tini', '--', 'docker-entrypoint.sh'],
      user: '',
      env: { DENO_DIR: '/deno-dir/', DENO_VERSION: '2.9.1' },
    });
    expect(facts('denoland/deno:bin-2.9.1')).toMatchObject({ shell: 'none', programs: ['deno'], version: '2.9.1' });
    expect(facts('denoland/deno:distroless-2.9.1')).toMatchObject({ entrypoint: ['/tini', '--', '/bin/deno'], shell: 'none' });
  });
  test('kinds that must stay as they are', () => {
    expect(facts('postgres:16').kind).toBe('database');
    expect(facts('ollama/ollama').kind).toBe('ml');
    expect(facts('browserless/chrome:latest').kind).toBe('browser');
    expect(facts('mcr.microsoft.com/playwright:v1.50.0-noble').kind).toBe('browser');
    expect(facts('apache/kafka:3.9').user).toBe('appuser');
  });
  test('every family names its source, and every name is a valid reference', () => {
    for (const family of FAMILIES) {
      expect(family.source, family.family).toMatch(/^https:\/\//);
      for (const name of family.names) expect(parseReference(name.replace(/\*$/, 'x')), name).toBeDefined();
    }
  });
});

describe('resolve', () => {
  const fixed = (reference: string) => frozenImages.resolve(reference);
  test.each([
    ['python:slim', 'python:3.14-slim'],
    ['python', 'python:3.14'],
    ['python:3', 'python:3.14'],
    ['python:3-slim-bookworm', 'python:3.14-slim-bookworm'],
    ['node:latest', 'node:26'],
    ['node:current-slim', 'node:26-slim'],
    ['node:lts-alpine', 'node:26-alpine'],
    ['golang:alpine', 'golang:1.27-alpine'],
    ['golang:bookworm', 'golang:1.27-bookworm'],
    ['rust:slim', 'rust:1.98-slim'],
    ['rust:1', 'rust:1.98'],
    ['alpine', 'alpine:3.24'],
    ['alpine:3', 'alpine:3.24'],
    ['debian:stable-slim', 'debian:13-slim'],
    ['debian:slim', 'debian:13-slim'],
    ['ubuntu:latest', 'ubuntu:26.04'],
    ['ubuntu:rolling', 'ubuntu:26.04'],
    ['nginx:alpine', 'nginx:1.31-alpine'],
    ['nginx:stable-alpine', 'nginx:1.30-alpine'],
    ['oven/bun', 'oven/bun:1.3.14'],
    ['oven/bun:1-alpine', 'oven/bun:1.3.14-alpine'],
    ['denoland/deno:alpine', 'denoland/deno:alpine-2.9.1'],
    ['denoland/deno', 'denoland/deno:2.9.1'],
    ['ghcr.io/astral-sh/uv:latest', 'ghcr.io/astral-sh/uv:0.12.5'],
    ['lukemathwalker/cargo-chef:latest', 'lukemathwalker/cargo-chef:0.1.77-rust-1.98'],
    ['lukemathwalker/cargo-chef:latest-rust-1-slim', 'lukemathwalker/cargo-chef:0.1.77-rust-1.98-slim'],
    ['docker.io/library/golang:alpine', 'docker.io/library/golang:1.27-alpine'],
    ['public.ecr.aws/docker/library/python', 'public.ecr.aws/docker/library/python:3.14'],
  ])('%s becomes %s', (reference, expected) => {
    expect(fixed(reference)).toBe(expected);
  });

  test.each([
    'scratch',
    'golang:1.20',
    'golang:1.99',
    'python:3.9-slim',
    'node:14',
    'node:22-alpine',
    'node:jod',
    'alpine:3.18',
    'debian:bookworm-slim',
    'debian:11',
    'ubuntu:noble',
    `python${DIGEST}`,
    `alpine:latest${DIGEST}`,
    'gcr.io/distroless/static-debian13:nonroot',
    'acme/app:1.2',
    'ghcr.io/acme/app:v3',
    'golang:windowsservercore',
    'denoland/deno:1.40.0',
    'ghcr.io/astral-sh/uv:0.5.14',
  ])('%s is fixed already', (reference) => {
    expect(fixed(reference)).toBe(reference);
  });

  test.each([
    // variants that the pinned version does not have, or lines that ended
    'golang:bullseye',
    'golang:buster',
    'python:2',
    'python:2-slim',
    'python:slim-buster',
    'mongo:focal',
    'alpine:edge',
    'debian:testing',
    'debian:sid',
    'ubuntu:devel',
    'acme/app',
    'acme/app:latest',
    'ghcr.io/acme/app:main',
    'cgr.dev/chainguard/static:latest',
    'lukemathwalker/cargo-chef:latest-rust-1.86.0',
    'rustlang/rust:nightly',
    '$BASE',
    'php:8-embed',
  ])('%s has no answer', (reference) => {
    expect(fixed(reference)).toBeUndefined();
  });

  test('what came out is fixed, and known as the same family and variant', () => {
    for (const { name, channel, tag } of PINNED) {
      if (!/\d\./.test(tag) || name === 'denoland/deno') continue;
      for (const variant of ['', 'slim', 'alpine']) {
        const reference = [channel ?? '', variant].filter(Boolean).join('-');
        const out = images.resolve(`${name}:${reference === '' ? 'latest' : reference}`);
        if (out === undefined) continue;
        expect(images.resolve(out)).toBe(out);
        expect(images.facts(out)?.family).toBe(images.facts(name)?.family);
        expect(images.facts(out)?.platform.libc === 'musl', out).toBe(
          variant === 'alpine' || ['alpine', 'caddy', 'traefik'].includes(name),
        );
      }
    }
  });
});

describe('renovate.json', () => {
  const renovate = JSON.parse(readFileSync('renovate.json', 'utf8')) as {
    ignorePaths: string[];
    customManagers: { matchStrings: string[] }[];
  };
  test('reads every entry of the pinned table', () => {
    const text = readFileSync('src/images/pinned.ts', 'utf8');
    const found = renovate.customManagers
      .flatMap(({ matchStrings }) => matchStrings.flatMap((pattern) => [...text.matchAll(new RegExp(pattern, 'g'))]))
      .map(({ groups = {} }) => `${groups['packageName'] ?? groups['depName']}:${groups['currentValue']}`);
    expect(found.sort()).toEqual(PINNED.map(({ name, tag }) => `${name}:${tag}`).sort());
  });
  test('leaves fixtures and examples alone', () => {
    expect(renovate.ignorePaths).toEqual(expect.arrayContaining(['fixtures/**', 'examples/**', 'test/**']));
  });
});

test('every image that is written as it stands is pinned', () => {
  for (const name of ['static', 'base', 'cc'])
    for (const debian of [12, 13]) expect(images.pinned(`gcr.io/distroless/${name}-debian${debian}`)?.tag).toBe('nonroot');
  for (const name of [
    'ghcr.io/astral-sh/uv',
    'lukemathwalker/cargo-chef',
    'denoland/deno',
    'docker/dockerfile',
    'golang',
    'rust',
    'python',
    'node',
    'oven/bun',
  ])
    expect(images.pinned(name)?.tag, name).toMatch(/\d/);
  expect(images.pinned('nothing')).toBeUndefined();
});
