/** Names of images without tag and digest, and when two of them mean the same image. */

import { hasHole, pieces } from './holes.ts';

export interface ImageName {
  /** Repository path without registry, e.g. `acme/api`; lower case as the distribution grammar demands. */
  readonly path: string;
  /** Leading segments that are not known (`${REGISTRY}/api`): the path may be longer at its start. */
  readonly open: boolean;
}

const SEGMENT = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;

/**
 * The repository path of a reference; `undefined` when it is no image name or its last segment is not known.
 * @see https://github.com/distribution/reference
 */
export function imageName(reference: string): ImageName | undefined {
  const name = withoutTag(reference.trim().replace(/^(?:docker|docker-image|oci|containers-storage):\/\//, ''));
  const segments = name.split('/');
  let open = false;
  if (segments.length > 1 && isRegistry(segments[0] ?? '')) segments.shift();
  else if (segments[0] === 'library' && segments.length === 2) segments.shift();
  if (segments.length === 2 && segments[0] === 'library') segments.shift();
  // Unknown segments at the start only: `${REGISTRY}/${PREFIX}/api`, `${REGISTRY}api` (a registry that ends in a slash).
  while (segments.length > 0 && hasHole(segments[0] ?? '')) {
    const [first, ...rest] = pieces(segments[0] ?? '').filter(({ literal, name: hidden }) => literal !== '' || hidden !== undefined);
    open = true;
    if (segments.length === 1) {
      if (first?.name === undefined || rest.length === 0 || rest.some(({ name: hidden }) => hidden !== undefined)) return undefined;
      segments[0] = rest
        .map(({ literal }) => literal)
        .join('')
        .replace(/^[-_.]+/, '');
      break;
    }
    segments.shift();
  }
  if (segments.length === 0 || !segments.every((segment) => SEGMENT.test(segment))) return undefined;
  return { path: segments.join('/'), open };
}

/** `acme/api` is `docker.io/acme/api` is `${REGISTRY}/acme/api`; it is neither `api` nor `acme/api-worker`. */
export function sameImage(one: ImageName, other: ImageName): boolean {
  if (one.path === other.path) return true;
  return (one.open && other.path.endsWith(`/${one.path}`)) || (other.open && one.path.endsWith(`/${other.path}`));
}

export function lastSegment({ path }: ImageName): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A reference without tag and digest; holes in the tag go with it. */
export function withoutTag(reference: string): string {
  const at = reference.indexOf('@');
  const name = at < 0 ? reference : reference.slice(0, at);
  const slash = name.lastIndexOf('/');
  const colon = name.indexOf(':', slash + 1);
  return colon < 0 ? name : name.slice(0, colon);
}

function isRegistry(segment: string): boolean {
  return segment === 'localhost' || (!hasHole(segment) && /[.:]/.test(segment));
}
