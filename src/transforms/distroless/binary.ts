/** What a program needs from its runtime image: the answer for each language. */

import type { ProgramFacts } from '../../project/program.ts';
import type { Edit } from '../../repository/edit.ts';
import type { Refusal } from '../refusal.ts';
import type { Evidence } from '../transform.ts';

export type BinaryAnswer =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | {
      readonly kind: 'binary';
      /** The smallest distroless image that starts it. */
      readonly image: 'static' | 'base' | 'cc';
      /** Edits of the builder that make it so (`CGO_ENABLED=0`). */
      readonly edits: readonly Edit[];
      readonly because: readonly Evidence[];
      /** What the sources say about run time; `undefined` when they could not be found. */
      readonly facts: ProgramFacts | undefined;
    };

export function refuse(
  code: Refusal['code'],
  at: Refusal['at'],
  reason: string,
  unblock?: string,
): Extract<BinaryAnswer, { kind: 'refused' }> {
  return { kind: 'refused', refusal: unblock === undefined ? { code, at, reason } : { code, at, reason, unblock } };
}
