/** A second opinion on the structure of a Dockerfile, from dockerfile-ast. */

import type { Dockerfile } from './dockerfile.ts';

export function disagreement(_dockerfile: Dockerfile): { readonly line: number; readonly detail: string } | undefined {
  return undefined;
}
