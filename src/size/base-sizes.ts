/** Compressed sizes of common base images, for when no registry can be asked. */

import type { Images } from '../images/images.ts';
import { parseReference } from '../images/reference.ts';
import { parseTag } from '../images/tag.ts';

/** When the newest of the numbers was recorded. */
export const BASE_SIZES_AS_OF = '2026-09-17';

export interface BaseSize {
  /** Compressed bytes of layers and configuration for linux/amd64. */
  readonly pull: number;
  /** How far other versions of the same variant are from this one, as a share: the range of an estimate. */
  readonly spread: number;
  readonly source: string;
}

const REPO_INFO = 'docker-library/repo-info';
const PACKAGES = 'composed from the same Debian packages';
const entry = (pull: number, spread: number, source = REPO_INFO): BaseSize => ({ pull, spread, source });

/**
 * By family and variant, linux/amd64. Source: https://github.com/docker-library/repo-info (`repos/IMAGE/remote/TAG.md`, between
 * 2026-06 and 2026-09-17); distroless: images put together from the Debian packages that its config.bzl lists.
 */
const TABLE: Readonly<Record<string, Readonly<Record<string, BaseSize>>>> = {
  scratch: { '': entry(0, 0, 'empty') },
  alpine: { '': entry(3_849_738, 0.1) },
  debian: { slim: entry(29_780_765, 0.08) },
  ubuntu: { '': entry(29_705_153, 0.1) },
  golang: { '': entry(312_291_984, 0.1), alpine: entry(71_399_822, 0.15) },
  rust: { '': entry(591_803_129, 0.1), slim: entry(323_067_864, 0.15) },
  python: { '': entry(414_723_623, 0.08), slim: entry(43_449_999, 0.1), alpine: entry(20_393_993, 0.15) },
  node: { '': entry(409_701_629, 0.08), slim: entry(80_288_752, 0.1), alpine: entry(57_654_947, 0.1) },
  'distroless/static': { '': entry(620_376, 0.3, PACKAGES) },
  'distroless/base': { '': entry(8_945_264, 0.15, PACKAGES) },
  'distroless/cc': { '': entry(10_105_264, 0.15, PACKAGES) },
};

/** The recorded size of a base image, or `undefined` when its family or variant is not in the table. */
export function baseSize(reference: string, images: Pick<Images, 'facts'>): BaseSize | undefined {
  const facts = images.facts(reference);
  const parsed = parseReference(reference);
  if (facts === undefined || parsed === undefined || facts.windows) return undefined;
  const tag = parseTag(parsed.tag);
  const distroless = /\/distroless\/([a-z]+)-debian1[23]$/.exec(`${parsed.domain ?? ''}/${parsed.path}`)?.[1];
  const variants = TABLE[distroless === undefined ? facts.family : `distroless/${distroless}`];
  const variant = distroless !== undefined ? '' : tag.words.includes('alpine') ? 'alpine' : tag.words.includes('slim') ? 'slim' : '';
  if (distroless !== undefined && tag.words.includes('debug')) return undefined;
  return variants === undefined || !Object.hasOwn(variants, variant) ? undefined : variants[variant];
}
