/** A repository's own choice of images: a mirror, an older release, a hardened variant. */

import type { Images, PinnedImage } from './images.ts';
import { familiarName, parseReference } from './reference.ts';

/** `images` with the pinned entries of `overrides` (image name -> reference to write) put first. Invalid references are ignored: configuration checks them. */
export function withOverrides(images: Images, overrides: Readonly<Record<string, string>>): Images {
  const chosen = new Map<string, PinnedImage>();
  for (const [name, text] of Object.entries(overrides)) {
    const reference = parseReference(text);
    if (reference?.tag === undefined) continue;
    const host = reference.domain === undefined ? '' : `${reference.domain}/`;
    chosen.set(name, {
      name: `${host}${reference.path}`,
      tag: reference.tag,
      ...(reference.digest === undefined ? {} : { digest: reference.digest }),
    });
  }
  if (chosen.size === 0) return images;
  /** A reference through a mirror is known by the facts of the image that it stands for. */
  const origins = new Map([...chosen].map(([name, pinned]) => [pinned.name, name]));
  return {
    facts: (text) => {
      const known = images.facts(text);
      const reference = parseReference(text);
      if (known !== undefined || reference === undefined) return known;
      const origin =
        origins.get(`${reference.domain === undefined ? '' : `${reference.domain}/`}${reference.path}`) ??
        origins.get(familiarName(reference));
      return origin === undefined ? undefined : images.facts(reference.tag === undefined ? origin : `${origin}:${reference.tag}`);
    },
    pinned: (name) => chosen.get(name) ?? images.pinned(name),
    resolve: (text) => images.resolve(text),
  };
}
