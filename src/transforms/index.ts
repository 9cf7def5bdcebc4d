/** The transforms in the order in which they run: every prefix of this list leaves a working Dockerfile. */

import type { Transform } from './transform.ts';

export const TRANSFORMS: readonly Transform[] = [];
