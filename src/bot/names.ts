/** Allow-lists for names that come from platforms, plan files and users, before they reach git, a file system or a URL. */

import { repoPath, type RepoPath } from '../repository/path.ts';

/** A full object name. */
export function isObjectId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** A branch name that git accepts and that no shell, URL or option parser could take for something else. */
export function isBranchName(text: string): boolean {
  return (
    text.length <= 244 &&
    /^[^\s~^:?*[\\\u0000-\u0020\u007f-]/.test(text) &&
    !/[\s~^:?*[\\\u0000-\u0020\u007f]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|\.(?:\/|$)|\/$|^[/.]|^@$/.test(text)
  );
}

/** `owner/name` as GitHub allows them. */
export function isRepositoryName(text: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:_[a-z0-9]{1,20})?\/[A-Za-z0-9._-]{1,100}$/.test(text) && !/\/\.{1,2}$|\.git$/i.test(text);
}

/**
 * A path that may be written: below the root, normal, not inside anything that git or a checkout interprets, and nothing
 * that GitHub runs as soon as it is pushed: no transform writes workflows, and a forged plan must not either.
 */
export function changePath(text: string): RepoPath | undefined {
  const path = repoPath(text);
  if (path === undefined || path !== text || path === '.' || /[\u0000-\u001f\u007f\\]/.test(text)) return undefined;
  if (/^\.github\/.*\.ya?ml$/i.test(path)) return undefined;
  // `.git` in every spelling that case-folding and HFS+ or NTFS normalisation turn into it.
  const parts = path.split('/').map((part) =>
    part
      .normalize('NFKC')
      .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, '')
      .toLowerCase(),
  );
  return parts.some((part) => /^(?:\.git|git~\d+)[ .]*$|^\.git:/.test(part)) ? undefined : path;
}
