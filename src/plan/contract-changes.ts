/** What a whole plan changes for whoever starts the image: facts for reviewers, not what transforms were allowed to change. */

import type { RuntimeContract } from '../dockerfile/contract.ts';
import type { Subject } from '../transforms/transform.ts';
import { compareContracts } from './compare-contracts.ts';

/** What can differ: fields of the contract, the platform by its parts. */
export const NOTICED_FIELDS = [
  'base',
  'entrypoint',
  'cmd',
  'user',
  'workdir',
  'env',
  'ports',
  'volumes',
  'labels',
  'healthcheck',
  'stopSignal',
  'shell',
  'files',
  'packages',
  'onbuild',
  'libc',
  'shellProgram',
] as const satisfies readonly (keyof RuntimeContract | 'libc' | 'shellProgram')[];

/** One observable difference. Values are for people: `alpine:latest`, `["/server"]`; `undefined` = absent. */
export interface NoticedChange {
  readonly field: (typeof NOTICED_FIELDS)[number];
  /** Environment name, label, port, volume, package or file target. */
  readonly key?: string;
  readonly before?: string;
  readonly after?: string;
}

/** Differences of every product between the file as it was and as it will be, each once. */
export function contractChanges(before: Subject, after: Subject): readonly NoticedChange[] {
  const noticed = new Map<string, NoticedChange>();
  for (const [index, was] of before.products.entries()) {
    const is = after.products[index];
    if (is === undefined) continue;
    for (const change of differences(before, before.contract(was), after.contract(is))) noticed.set(JSON.stringify(change), change);
  }
  return [...noticed.values()];
}

function* differences({ images }: Subject, before: RuntimeContract, after: RuntimeContract): Generator<NoticedChange> {
  for (const { field, key, before: was, after: is } of compareContracts(before, after)) {
    if (field !== 'platform')
      yield {
        field,
        ...(key === undefined ? {} : { key }),
        ...(was === undefined ? {} : { before: was }),
        ...(is === undefined ? {} : { after: is }),
      };
  }
  if (before.platform.libc !== after.platform.libc) yield { field: 'libc', before: before.platform.libc, after: after.platform.libc };
  const [had, has] = [before, after].map(({ base }) => (base === undefined ? undefined : images.facts(base)?.shell));
  if (has === 'none' && had !== 'none') yield { field: 'shellProgram', ...(had === undefined || had === 'unknown' ? {} : { before: had }) };
}
