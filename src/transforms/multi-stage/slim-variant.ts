/** The slim image of the same version and release as a full one. */

import { parseReference } from '../../images/reference.ts';
import type { Images } from '../../images/images.ts';

/** `python:3.12` -> `python:3.12-slim`, `node:22-bookworm` -> `node:22-bookworm-slim`; itself when slim already; `undefined` when unsure. */
export function slimVariant(images: Images, reference: string): string | undefined {
  const parsed = parseReference(reference);
  if (parsed?.tag?.includes('slim')) return reference;
  if (parsed?.tag === undefined || parsed.digest !== undefined || parsed.domain !== undefined) return undefined;
  const match = /^(\d[\w.]*?)(?:-(bookworm|trixie|bullseye))?$/.exec(parsed.tag);
  if (match === null) return undefined;
  const [, version, release] = match;
  // python names the release last, node names it first.
  const tag =
    release === undefined ? `${version}-slim` : parsed.path === 'python' ? `${version}-slim-${release}` : `${version}-${release}-slim`;
  const slim = `${parsed.path}:${tag}`;
  const [before, after] = [images.facts(reference)?.platform, images.facts(slim)?.platform];
  return before?.release !== undefined && before.release === after?.release ? slim : undefined;
}
