/** The distroless image to write: the configured Debian release, pinned as the image table says. */

import type { Refusal } from '../refusal.ts';
import type { Evidence, Subject } from '../transform.ts';

export type RuntimeImage =
  | { readonly reference: string; readonly because: readonly Evidence[] }
  | { readonly refusal: Omit<Refusal, 'at'> };

/** Never a name without a Debian release: the project deprecates those (GoogleContainerTools/distroless#2052). */
export function runtimeImage({ images, settings }: Subject, kind: 'static' | 'base' | 'cc'): RuntimeImage {
  const { debian } = settings.distroless;
  const pinned = images.pinned(`gcr.io/distroless/${kind}-debian${debian}`);
  if (pinned === undefined)
    return {
      refusal: {
        code: 'unknown-image',
        reason: `the image table has no gcr.io/distroless/${kind}-debian${debian}`,
        unblock: 'Set distroless.debian to 13.',
      },
    };
  const digest = settings.pinBase.digests && pinned.digest !== undefined ? `@${pinned.digest}` : '';
  const why =
    debian === 12
      ? 'Debian 12, as configured; its distroless images were retired on 1 September 2026 (GoogleContainerTools/distroless#2129)'
      : 'Debian 13: the debian12 images were retired on 1 September 2026 (GoogleContainerTools/distroless#2129)';
  return { reference: `${pinned.name}:${pinned.tag}${digest}`, because: [{ text: `${pinned.name}: ${why}` }] };
}
