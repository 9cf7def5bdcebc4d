/** Which builders' binaries start on which distroless release: a C library is only compatible with older ones. */

import { fromLine } from '../../dockerfile/dockerfile.ts';
import type { Refusal } from '../refusal.ts';
import type { Subject } from '../transform.ts';

/** Minor version of glibc 2 in each release. Source: https://packages.debian.org/libc6, https://packages.ubuntu.com/libc6. */
const GLIBC: Readonly<Record<string, number>> = {
  'debian 10': 28,
  'debian 11': 31,
  'debian 12': 36,
  'debian 13': 41,
  'ubuntu 18.04': 27,
  'ubuntu 20.04': 31,
  'ubuntu 22.04': 35,
  'ubuntu 24.04': 39,
  'ubuntu 24.10': 40,
  'ubuntu 25.04': 41,
  'ubuntu 25.10': 42,
  'ubuntu 26.04': 43,
};

/** What keeps a dynamic binary of this stage from starting on the configured release (`GLIBC_2.38 not found`). */
export function compatible(subject: Subject, builder: number): Refusal | undefined {
  const { platform, base } = subject.contract(builder);
  const at = fromLine(subject.dockerfile, builder);
  const { debian } = subject.settings.distroless;
  if (platform.libc === 'musl' || platform.libc === 'none')
    return {
      code: 'libc-mismatch',
      at,
      reason: `the builder \`${base}\` does not use glibc, the runtime does`,
      unblock: 'Build on the Debian variant.',
    };
  const own = platform.release === undefined ? undefined : GLIBC[platform.release];
  const runtime = GLIBC[`debian ${debian}`];
  if (own === undefined || runtime === undefined)
    return {
      code: 'release-unknown',
      at,
      reason: `which release \`${base}\` has is not known: the binary may need a newer glibc than the runtime's`,
      unblock: 'Name the release in the tag, as in `-bookworm`.',
    };
  if (own <= runtime) return undefined;
  return {
    code: 'builder-too-new',
    at,
    reason: `\`${base}\` is ${platform.release?.replace(/^./, (first) => first.toUpperCase())}, the runtime Debian ${debian}: the binary would ask for a newer glibc`,
    unblock: own <= (GLIBC['debian 13'] ?? 0) ? 'Build on an older release, or set distroless.debian to 13.' : 'Build on an older release.',
  };
}
