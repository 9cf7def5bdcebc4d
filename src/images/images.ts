/** The image table as transforms see it: a parameter, so that tests inject a frozen one. */

import type { ImageFacts } from './facts.ts';

/** An image that dockmod writes into Dockerfiles, at the version that renovate.json keeps fresh. */
export interface PinnedImage {
  /** `gcr.io/distroless/static-debian13`, `ghcr.io/astral-sh/uv`. */
  readonly name: string;
  readonly tag: string;
  /** Manifest list digest where one is recorded. */
  readonly digest?: string;
}

export interface Images {
  /** Facts about a reference as written in a Dockerfile, variables already substituted. */
  readonly facts: (reference: string) => ImageFacts | undefined;
  /** The pinned entry for an image name; `undefined` when the table has none. */
  readonly pinned: (name: string) => PinnedImage | undefined;
  /**
   * A fixed reference for a floating one, same variant: `python:slim` -> `python:3.14-slim`.
   * `undefined` when the table knows no answer; `reference` itself comes back when it is fixed already.
   */
  readonly resolve: (reference: string) => string | undefined;
}
