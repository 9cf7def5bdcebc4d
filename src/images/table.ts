/** The image table: knowledge about images together with the versions that dockmod writes. */

import { familyOf } from './families/index.ts';
import type { ImageFacts } from './facts.ts';
import type { Images, PinnedImage } from './images.ts';
import { PINNED, type PinnedEntry } from './pinned.ts';
import { contentName, parseReference } from './reference.ts';
import { resolveReference } from './resolve.ts';
import { parseTag } from './tag.ts';

/** Answers about images from the built-in knowledge; `pinned` is a parameter so that tests can freeze the versions. Memoised. */
export function createImages(pinned: readonly PinnedEntry[] = PINNED): Images {
  const known = new Map<string, ImageFacts | undefined>();
  const byName = new Map<string, PinnedImage>();
  for (const { name, tag, digest, channel } of pinned)
    if (channel === undefined) byName.set(name, digest === undefined ? { name, tag } : { name, tag, digest });
  return {
    facts: (reference) => {
      if (!known.has(reference)) known.set(reference, factsOf(reference));
      return known.get(reference);
    },
    pinned: (name) => byName.get(name),
    resolve: (reference) => resolveReference(reference, pinned),
  };
}

function factsOf(text: string): ImageFacts | undefined {
  const reference = parseReference(text);
  if (reference === undefined) return undefined;
  const name = contentName(reference);
  const family = familyOf(name);
  // A digest alone says what is inside only to a registry.
  if (family === undefined || (reference.digest !== undefined && reference.tag === undefined && name !== 'scratch')) return undefined;
  const tag = parseTag(reference.tag, reference.digest !== undefined);
  const layer = family.layer(tag, name);
  if (layer === undefined) return undefined;
  const floating = reference.digest === undefined && (family.floating?.(tag) ?? (tag.version === undefined && !/\d/.test(tag.text)));
  return {
    ...layer,
    family: family.family,
    kind: family.kind,
    source: family.source,
    floating,
    version: family.version === undefined ? tag.version : family.version(tag, name),
  };
}
