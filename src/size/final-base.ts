/** Which base image a Dockerfile's product stands on, and what exchanging it means in bytes. */

import type { Dockerfile } from '../dockerfile/dockerfile.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import { runtimeContract } from '../dockerfile/runtime-contract.ts';
import type { Images } from '../images/images.ts';
import type { RepoPath } from '../repository/path.ts';
import { baseFromTable, estimate } from './estimate.ts';
import type { PlatformName, SizeReport } from './measure.ts';

/** The image under the product's stage (the target, else the last one); `undefined` when a variable hides it or the text does not parse. */
export function finalBase(path: RepoPath, text: string, target: string | undefined, images: Pick<Images, 'facts'>): string | undefined {
  const parsed = parseDockerfile(path, text);
  if (parsed.kind !== 'parsed') return undefined;
  const stage = productStage(parsed.dockerfile, target);
  return stage === undefined ? undefined : runtimeContract(parsed.dockerfile, stage, images).base;
}

function productStage({ stages }: Dockerfile, target: string | undefined): number | undefined {
  if (target === undefined) return stages.at(-1)?.index;
  return stages.find(({ name, index }) => name === target.toLowerCase() || String(index) === target)?.index;
}

export interface Rewrite {
  readonly path: RepoPath;
  readonly before: string;
  readonly after: string;
  readonly target?: string;
  readonly platform: PlatformName;
}

/** An estimate from the embedded table, without asking anybody; `undefined` when the base stays or is not in the table. */
export function offlineSize({ path, before, after, target, platform }: Rewrite, images: Pick<Images, 'facts'>): SizeReport | undefined {
  const bases = [before, after].map((text) => finalBase(path, text, target, images));
  const [left, right] = bases;
  if (left === undefined || right === undefined || left === right) return undefined;
  const [from, to] = [baseFromTable(left, images), baseFromTable(right, images)];
  return from === undefined || to === undefined ? undefined : estimate({ platform, before: from, after: to, stripped: false });
}
