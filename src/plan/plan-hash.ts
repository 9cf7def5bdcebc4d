/** The identity of a plan: the same inputs give the same hash, on every machine and at every time. */

import { createHash } from 'node:crypto';

import type { Settings } from '../transforms/settings.ts';
import type { Transform } from '../transforms/transform.ts';
import type { FileChange } from './plan.ts';

/**
 * sha256 over what the transforms were, what they read and what they wrote: ids with versions, settings, the image
 * references of the result (through its text), and the texts before and after. No clock, no measured number.
 */
export function planHash(applied: readonly Transform[], settings: Settings, changes: readonly FileChange[]): string {
  const hash = createHash('sha256');
  const add = (text: string): void => void hash.update(`${text.length}:`).update(text);
  for (const { id, version } of applied) add(`${id}@${version}`);
  add(JSON.stringify(settings));
  for (const { path, before, after } of [...changes].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    add(path);
    add(before ?? '');
    add(after);
  }
  return `sha256:${hash.digest('hex')}`;
}
