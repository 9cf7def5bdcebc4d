/** Names of the bot's branches: the identity of a service's pull request. */

import { createHash } from 'node:crypto';

/** `<prefix><slug>`; the prefix ends in `/` by default and is the user's choice. */
export interface BranchName {
  readonly prefix: string;
  readonly slug: string;
}

/** Longest slug: leaves room for GitHub's own suffixes below the 244 bytes that file systems allow a reference. */
const MAX_SLUG = 80;

const SLUG = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/;

/**
 * The branch of a service. The name is kept where git allows it; where cleaning loses something (`git check-ref-format`,
 * letter case, which some file systems drop, `/`, since `a` and `a/b` cannot both be branches, and `--`, which would end
 * the HTML comment that carries the name), six hex digits of the original's sha256 keep two services apart.
 */
export function branchFor(prefix: string, service: string): BranchName {
  if (isSlug(service)) return { prefix, slug: service };
  const digest = createHash('sha256').update(service).digest('hex').slice(0, 6);
  const cleaned = service
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG - 7)
    .replace(/^-|-$/g, '');
  return { prefix, slug: cleaned === '' ? `service-${digest}` : `${cleaned}-${digest}` };
}

export function renderBranch({ prefix, slug }: BranchName): string {
  return `${prefix}${slug}`;
}

/** Inverse of {@link renderBranch}; `undefined` for branches that cannot be ours. */
export function parseBranch(prefix: string, name: string): BranchName | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const slug = name.slice(prefix.length);
  return isSlug(slug) ? { prefix, slug } : undefined;
}

/** Whether git accepts `prefix` in front of any slug, and whether it survives inside an HTML comment. */
export function isBranchPrefix(prefix: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._/-]*[/_-]$/.test(prefix) && !/\.\.|\/\/|--|\/\.|\.\/|\.lock\//.test(prefix) && prefix.length <= 60;
}

function isSlug(text: string): boolean {
  return text.length <= MAX_SLUG && SLUG.test(text) && !/--|\.\.|\.lock$/.test(text);
}
