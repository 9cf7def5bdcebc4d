/** Which uv image replaces a pip requirement: the table's, and never an older one than was asked for. */

import type { Subject } from '../transform.ts';

export const UV_IMAGE = 'ghcr.io/astral-sh/uv';

/** The first release whose image holds both `/uv` and `/uvx` (astral-sh/uv#4764). */
const OLDEST = '0.3.0';

export type UvImage =
  | { readonly kind: 'image'; readonly reference: string; readonly version: string; readonly because: string }
  | { readonly kind: 'none'; readonly reason: string };

/** An exact pin stays what it is: another version is another decision. Ranges are served by the table's version. */
export function uvImage({ images, settings }: Subject, specifiers: readonly string[]): UvImage {
  const pinned = images.pinned(UV_IMAGE);
  if (pinned === undefined) return { kind: 'none', reason: `the image table has no ${UV_IMAGE}` };
  const clauses = specifiers.flatMap((specifier) => specifier.split(',')).filter((clause) => clause !== '');
  const exact = clauses.map((clause) => /^={2,3}v?(\d+\.\d+\.\d+)$/.exec(clause)?.[1]).find((version) => version !== undefined);
  const version = exact ?? pinned.tag;
  const broken = clauses.find((clause) => !satisfies(version, clause));
  if (broken !== undefined) return { kind: 'none', reason: `uv ${version} does not satisfy \`uv${broken}\`` };
  if (exact !== undefined && compareVersions(exact, OLDEST) < 0)
    return { kind: 'none', reason: `the image of uv ${exact} does not hold \`/uvx\`` };
  const digest = settings.pinBase.digests && pinned.digest !== undefined && version === pinned.tag ? `@${pinned.digest}` : '';
  const because = exact === undefined ? `uv ${version} from the image table` : `uv ${version} as it was pinned`;
  return { kind: 'image', reference: `${pinned.name}:${version}${digest}`, version, because };
}

/** Clauses of a PEP 440 specifier over plain release numbers; anything else is not satisfied. */
export function satisfies(version: string, clause: string): boolean {
  const parsed = /^(===?|~=|!=|<=?|>=?)v?(\d+(?:\.\d+)*)(\.\*)?$/.exec(clause.trim());
  if (parsed === null) return false;
  const [, operator = '', bound = '', wildcard] = parsed;
  const prefix = `${version}.`.startsWith(`${bound}.`);
  const order = compareVersions(version, bound);
  switch (operator) {
    case '==':
    case '===':
      return wildcard === undefined ? order === 0 : prefix;
    case '!=':
      return wildcard === undefined ? order !== 0 : !prefix;
    case '~=':
      return order >= 0 && `${version}.`.startsWith(`${bound.slice(0, bound.lastIndexOf('.'))}.`);
    case '>=':
      return order >= 0;
    case '>':
      return order > 0;
    case '<=':
      return order <= 0;
    default:
      return order < 0;
  }
}

/** Negative when `a` is older. Missing numbers count as 0. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
