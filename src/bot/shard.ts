/** Shards: which of n planning jobs looks at a repository. Stable when repositories come and go. */

import { createHash } from 'node:crypto';

/** 1-based. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** `3/64`; `undefined` for anything else. */
export function parseShard(text: string): Shard | undefined {
  const match = /^(\d{1,5})\/(\d{1,5})$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  return match !== null && index >= 1 && index <= count ? { index, count } : undefined;
}

export function isInShard({ index, count }: Shard, repository: string): boolean {
  return createHash('sha256').update(repository.toLowerCase()).digest().readUInt32BE(0) % count === index - 1;
}
