/** The contract of a family: image names, and what their tags hold. ADD AN IMAGE: one more entry in a file of this folder. */

import type { ImageFacts } from '../facts.ts';
import { alpine, buildpack, debian, WINDOWS, type Layer } from '../layer.ts';
import { releaseBehind } from '../releases.ts';
import type { Tag } from '../tag.ts';

export interface Family {
  /** Names without tag, as `contentName` gives them; `*` at the end matches any rest. */
  readonly names: readonly string[];
  readonly family: string;
  readonly kind: ImageFacts['kind'];
  /** Where the knowledge comes from. */
  readonly source: string;
  /** What the tag holds; `undefined` when nothing is known about it. `name` is the one that matched. */
  readonly layer: (tag: Tag, name: string) => Layer | undefined;
  /** Version that the tag names, where it is not simply the leading number. */
  readonly version?: (tag: Tag, name: string) => string | undefined;
  /** True for tags that follow new versions; default: the tag names no version at all. */
  readonly floating?: (tag: Tag) => boolean;
}

/** What an official image puts on top of the distribution that its tag selects. */
export interface OfficialImage {
  /** Name in docker-library/official-images: the key of releases.json. */
  readonly official: string;
  /** Base of the plain tag; `slim` tags are always on Debian slim. */
  readonly on?: 'full' | 'scm' | 'curl' | 'slim';
  /** Keys replace the distribution's; `programs` and `libraries` are added, `env` is merged. */
  readonly adds: Partial<Layer>;
  /** What differs on Alpine. */
  readonly alpine?: Partial<Layer>;
}

/** The layer of an official image in its Debian, slim, Alpine and Windows variants. */
export function official(image: OfficialImage): (tag: Tag) => Layer {
  return (tag) => {
    if (tag.windows) return WINDOWS;
    const release = releaseBehind(image.official, tag);
    if (tag.words.includes('alpine') || release?.startsWith('alpine') === true)
      return on(on(alpine(release), image.adds), image.alpine ?? {});
    const flavour = image.on ?? 'slim';
    const base = flavour === 'slim' || tag.words.includes('slim') ? debian(release) : buildpack(release, flavour);
    return on(base, image.adds);
  };
}

/** `extra` on top of `base`. */
export function on(base: Layer, extra: Partial<Layer>): Layer {
  return {
    ...base,
    ...extra,
    env: { ...base.env, ...extra.env },
    programs: [...base.programs, ...(extra.programs ?? [])],
    libraries: [...base.libraries, ...(extra.libraries ?? [])],
  };
}
