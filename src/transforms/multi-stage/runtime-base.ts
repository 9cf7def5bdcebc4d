/** The image that a builder's results run on: the same distribution and release, without the tools. */

import type { Platform } from '../../images/facts.ts';

const CODENAMES: Readonly<Record<string, string>> = { '11': 'bullseye', '12': 'bookworm', '13': 'trixie' };

export interface RuntimeBase {
  readonly image: string;
  readonly packageManager: 'apt' | 'apk';
}

/** `undefined` when the release is not known: another release may have another C library. */
export function runtimeBase({ distribution, release }: Platform): RuntimeBase | undefined {
  const version = /^(?:debian|alpine) (\d+(?:\.\d+)?)/.exec(release ?? '')?.[1];
  if (version === undefined) return undefined;
  if (distribution === 'alpine') return { image: `alpine:${version}`, packageManager: 'apk' };
  const codename = CODENAMES[version];
  return distribution === 'debian' && codename !== undefined ? { image: `debian:${codename}-slim`, packageManager: 'apt' } : undefined;
}
