/** A pull request as a file: what the local forge has instead of a platform. People read it, and may edit it. */

import type { PullRequest } from '../forge.ts';

export type LocalPull = Omit<PullRequest, 'url' | 'head'>;

const STATES = ['open', 'closed', 'merged'] as const;

/** Fields between two lines of `---`, one each line, then the body as it is. */
export function renderPullFile({ number, branch, base, state, draft, labels, createdAt, title, body }: LocalPull): string {
  const fields = [
    `title: ${oneLine(title)}`,
    `number: ${number}`,
    `branch: ${branch}`,
    `base: ${base}`,
    `state: ${state}`,
    `draft: ${draft}`,
    `labels: ${labels.map(oneLine).join(', ')}`,
    `created: ${new Date(createdAt).toISOString()}`,
  ];
  return `---\n${fields.join('\n')}\n---\n${body}`;
}

/** Inverse of {@link renderPullFile}, tolerant of an editor's line endings; `undefined` when it is no such file. */
export function parsePullFile(text: string): LocalPull | undefined {
  const match = /^---\r?\n([\s\S]{0,5000}?)\r?\n---\r?\n([\s\S]*)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const fields = new Map(
    match[1].split(/\r?\n/).map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const state = STATES.find((candidate) => candidate === fields.get('state'));
  const [branch, base, title] = [fields.get('branch'), fields.get('base'), fields.get('title')];
  const number = Number(fields.get('number'));
  if (state === undefined || branch === undefined || base === undefined || title === undefined || !Number.isSafeInteger(number))
    return undefined;
  const labels = (fields.get('labels') ?? '')
    .split(',')
    .map((label) => label.trim())
    .filter((label) => label !== '');
  return {
    number,
    branch,
    base,
    state,
    draft: fields.get('draft') === 'true',
    labels,
    createdAt: Date.parse(fields.get('created') ?? '') || 0,
    title,
    body: match[2],
    autoMerge: false,
  };
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').trim();
}
