/** Image references by the distribution grammar, as written and as meant. */

/** The parts as written: `ghcr.io/astral-sh/uv:0.9.7@sha256:...`. */
export interface ImageReference {
  /** Registry host (with port) as written; `undefined` for Docker Hub short names. */
  readonly domain: string | undefined;
  /** Repository path as written, without the host. */
  readonly path: string;
  readonly tag: string | undefined;
  /** `sha256:<64 hex>`. */
  readonly digest: string | undefined;
}
