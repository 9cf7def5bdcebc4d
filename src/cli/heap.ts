/** Keeps the heap small: planning makes garbage quickly, which V8 would rather let lie until it is four times what is in use. */

import { setFlagsFromString } from 'node:v8';

/** Measured over 646 Dockerfiles: 160 MiB at the peak without, 130 with, for less than a tenth more time. */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=100');
}
