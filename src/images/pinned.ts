/** The images that dockmod writes, and the versions that floating references are fixed to. renovate.json keeps this file fresh. */

import type { PinnedImage } from './images.ts';

export interface PinnedEntry extends PinnedImage {
  /** A second line of the same image: `lts`, `stable`. */
  readonly channel?: string;
}

// One line per image, `name` then `tag`: a custom manager in renovate.json reads exactly this form.
// Versions were confirmed on 2026-08-21 in docker-library/official-images, astral-sh/uv (0.12.5), denoland/deno_docker (2.9.1),
// LukeMathWalker/cargo-chef (0.1.77) and GoogleContainerTools/distroless.
export const PINNED: readonly PinnedEntry[] = [
  // Written as they stand
  { name: 'gcr.io/distroless/static-debian12', tag: 'nonroot' },
  { name: 'gcr.io/distroless/base-debian12', tag: 'nonroot' },
  { name: 'gcr.io/distroless/cc-debian12', tag: 'nonroot' },
  { name: 'gcr.io/distroless/static-debian13', tag: 'nonroot' },
  { name: 'gcr.io/distroless/base-debian13', tag: 'nonroot' },
  { name: 'gcr.io/distroless/cc-debian13', tag: 'nonroot' },
  { name: 'docker/dockerfile', tag: '1' },
  { name: 'ghcr.io/astral-sh/uv', tag: '0.12.5' },
  { name: 'lukemathwalker/cargo-chef', tag: '0.1.77-rust-1.98' },
  { name: 'denoland/deno', tag: '2.9.1' },
  { name: 'oven/bun', tag: '1.3.14' },

  // What floating references are fixed to
  { name: 'alpine', tag: '3.24' },
  { name: 'debian', tag: '13' },
  { name: 'ubuntu', tag: '26.04' },
  { name: 'fedora', tag: '44' },
  { name: 'almalinux', tag: '10' },
  { name: 'amazonlinux', tag: '2023' },
  { name: 'busybox', tag: '1.38' },
  { name: 'busybox', channel: 'stable', tag: '1.37' },
  { name: 'golang', tag: '1.27' },
  { name: 'rust', tag: '1.98' },
  { name: 'python', tag: '3.14' },
  { name: 'node', tag: '26' },
  // Long-term support since 28 October 2026 (nodejs/Release).
  { name: 'node', channel: 'lts', tag: '26' },
  { name: 'ruby', tag: '4.0' },
  { name: 'php', tag: '8.5' },
  { name: 'composer', tag: '2.10' },
  { name: 'eclipse-temurin', tag: '25' },
  { name: 'swift', tag: '6.3' },
  { name: 'dart', tag: '3.13' },
  { name: 'julia', tag: '1.12' },
  { name: 'elixir', tag: '1.20' },
  { name: 'erlang', tag: '29' },
  { name: 'docker', tag: '29' },
  { name: 'nginx', tag: '1.31' },
  { name: 'nginx', channel: 'stable', tag: '1.30' },
  { name: 'httpd', tag: '2.4' },
  { name: 'caddy', tag: '2.11' },
  { name: 'traefik', tag: 'v3.7' },
  { name: 'haproxy', tag: '3.4' },
  { name: 'postgres', tag: '18' },
  { name: 'mysql', tag: '26.7' },
  { name: 'mysql', channel: 'lts', tag: '9.7' },
  { name: 'mariadb', tag: '12.3' },
  { name: 'redis', tag: '8.10' },
  { name: 'mongo', tag: '8.3' },
  { name: 'rabbitmq', tag: '4.3' },
  { name: 'memcached', tag: '1.6' },
];
