/** The image table that fixtures see: real knowledge, frozen versions, so that a version bump never touches a fixture. */

import type { Images } from '../../src/images/images.ts';
import type { PinnedEntry } from '../../src/images/pinned.ts';
import { createImages } from '../../src/images/table.ts';

/** A copy made once. Never update it: fixtures/ is written against these versions. */
const FROZEN: readonly PinnedEntry[] = [
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
  { name: 'alpine', tag: '3.24' },
  { name: 'debian', tag: '13' },
  { name: 'ubuntu', tag: '26.04' },
  { name: 'busybox', tag: '1.37' },
  { name: 'golang', tag: '1.27' },
  { name: 'rust', tag: '1.98' },
  { name: 'python', tag: '3.14' },
  { name: 'node', tag: '26' },
  { name: 'node', channel: 'lts', tag: '26' },
  { name: 'ruby', tag: '4.0' },
  { name: 'php', tag: '8.5' },
  { name: 'eclipse-temurin', tag: '25' },
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
];

export const frozenImages: Images = createImages(FROZEN);
