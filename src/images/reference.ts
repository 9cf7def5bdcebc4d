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

const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const DOMAIN =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/;

/** Longest name that registries accept, in characters (distribution/reference, NameTotalLengthMax). */
const NAME_MAX = 255;

/** Hosts that are Docker Hub itself. */
const HUB = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']);

/** Public mirrors that serve Docker's official images unchanged under this prefix. */
const OFFICIAL_MIRRORS = ['public.ecr.aws/docker/library/', 'mirror.gcr.io/library/'];

/**
 * Reads a reference as the Docker CLI does; `undefined` when it is none (upper case in the path, a variable, `a//b`).
 * Source: https://github.com/distribution/reference, reference.go and normalize.go.
 */
export function parseReference(text: string): ImageReference | undefined {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !DIGEST.test(digest)) return undefined;
  const rest = at < 0 ? text : text.slice(0, at);

  const colon = rest.lastIndexOf(':');
  const tagged = colon >= 0 && !rest.includes('/', colon);
  const tag = tagged ? rest.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) return undefined;
  const name = tagged ? rest.slice(0, colon) : rest;
  if (name.length > NAME_MAX) return undefined;

  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const domain = isDomain(first) ? first : undefined;
  if (domain !== undefined && !DOMAIN.test(domain)) return undefined;
  const path = domain === undefined ? name : name.slice(slash + 1);
  if (!PATH.test(path)) return undefined;
  // 64 hex digits alone are an image id, which the CLI never reads as a name.
  if (domain === undefined && /^[0-9a-f]{64}$/.test(path)) return undefined;
  return { domain, path, tag, digest };
}

function isDomain(first: string): boolean {
  return first === 'localhost' || /[.:A-Z]/.test(first);
}

/** The reference as text; `formatReference(parseReference(text)) === text` for every text that parses. */
export function formatReference(reference: ImageReference): string {
  const { domain, path, tag, digest } = reference;
  return `${domain === undefined ? '' : `${domain}/`}${path}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The name as people say it, without tag and digest: `docker.io/library/golang`, `index.docker.io/golang` and `golang` are `golang`. */
export function familiarName(reference: ImageReference): string {
  const { domain, path } = reference;
  if (domain === undefined || HUB.has(domain)) return path.startsWith('library/') && !path.includes('/', 8) ? path.slice(8) : path;
  return `${domain}/${path}`;
}

/** `familiarName`, with public mirrors of Docker's official images read as the images they mirror. Identifies what is inside. */
export function contentName(reference: ImageReference): string {
  const name = familiarName(reference);
  const mirror = OFFICIAL_MIRRORS.find((prefix) => name.startsWith(prefix));
  return mirror === undefined ? name : name.slice(mirror.length);
}

/** Host, API path and name to ask a registry for: Docker Hub short names spelled out (`docker.io`, `library/golang`). */
export function canonicalName(reference: ImageReference): { readonly domain: string; readonly path: string } {
  const { domain, path } = reference;
  if (domain !== undefined && !HUB.has(domain)) return { domain, path };
  return { domain: 'docker.io', path: path.includes('/') ? path : `library/${path}` };
}
