/** Titles of pull requests and commits. For people only: identity is the branch. */

import { plain } from '../report/neutralise.ts';

export interface Title {
  readonly service: string;
  /** Transform ids, in order; the first few. */
  readonly transforms: readonly string[];
  /** How many more there are. */
  readonly more: number;
  /** Sizes as they are shown, only when both were built or measured. */
  readonly size?: { readonly before: string; readonly after: string };
}

const SHOWN = 3;
const MAX_SERVICE = 60;

export function titleFor(service: string, transforms: readonly string[], size?: Title['size']): Title {
  const name = plain(service);
  return {
    service: name.length > MAX_SERVICE ? `${name.slice(0, MAX_SERVICE - 1)}…` : name,
    transforms: transforms.slice(0, SHOWN),
    more: Math.max(0, transforms.length - SHOWN),
    ...(size === undefined ? {} : { size }),
  };
}

/** `Dockerfile of api: go-ldflags, distroless (893 MB → 7.7 MB)`. */
export function renderTitle({ service, transforms, more, size }: Title): string {
  const rest = more === 0 ? '' : ` and ${more} more`;
  return `Dockerfile of ${service}: ${transforms.join(', ')}${rest}${size === undefined ? '' : ` (${size.before} → ${size.after})`}`;
}

const TITLE = /^Dockerfile of (.*): ((?:[a-z0-9-]+(?:, [a-z0-9-]+)*)?)(?: and (\d+) more)?(?: \(([\d.]+ [kMG]?B) → ([\d.]+ [kMG]?B)\))?$/u;

/** Inverse of {@link renderTitle}. */
export function parseTitle(text: string): Title | undefined {
  const match = TITLE.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const size = match[4] === undefined || match[5] === undefined ? {} : { size: { before: match[4], after: match[5] } };
  return { service: match[1], transforms: match[2] === '' ? [] : match[2].split(', '), more: Number(match[3] ?? 0), ...size };
}
