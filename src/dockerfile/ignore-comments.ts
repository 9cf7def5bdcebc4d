/** `# dockmod: ignore [transform...]` above an instruction and `# dockmod: ignore-file`: people's opt-outs. */

import type { Dockerfile } from './dockerfile.ts';

export interface IgnoredInstructions {
  /** True when the whole file is to be left alone. */
  readonly file: boolean;
  /** Whether an instruction (by its index) is not to be touched by a transform. */
  readonly isIgnored: (instruction: number, transform: string) => boolean;
}

export function ignoredInstructions(_dockerfile: Dockerfile): IgnoredInstructions {
  return { file: false, isIgnored: () => false };
}
