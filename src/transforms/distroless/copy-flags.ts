/** What RUN did to copied files, said by the COPY itself: modes and owners. */

import type { Instruction } from '../../dockerfile/dockerfile.ts';
import { absolutePath, isInside } from '../../dockerfile/image-path.ts';
import type { Edit } from '../../repository/edit.ts';
import type { Refusal } from '../refusal.ts';
import type { Subject } from '../transform.ts';
import type { Candidate } from './candidate.ts';
import type { Dissolved } from './dissolve-runs.ts';

/** `chmod` and `chown` of copied files become flags; owners that only /etc/passwd knew become numbers. */
export function copyFlags(
  { dockerfile }: Subject,
  { contract }: Candidate,
  copies: readonly Instruction[],
  { dissolved, user }: { readonly dissolved: Dissolved; readonly user: string },
): { readonly edits: readonly Edit[] } | { readonly refusal: Refusal } {
  const edits: Edit[] = [];
  for (const copy of copies) {
    const files = contract.files.filter(({ at }) => at.line === copy.at.line);
    const provides = (path: string): boolean =>
      files.some(
        ({ source, target }) =>
          path === absolutePath(target, '/') ||
          (target.endsWith('/') && absolutePath(source.slice(source.lastIndexOf('/') + 1), target) === path),
      );
    const mode = dissolved.modes.find(({ path }) => provides(path));
    const fromStage = files.some(({ origin }) => origin.kind === 'stage');
    const chown = copy.flags.find(({ name }) => name === 'chown');
    const added: string[] = [];
    if (mode && !(fromStage && isExecutableBit(mode.mode)) && !copy.flags.some(({ name }) => name === 'chmod'))
      added.push(`--chmod=${octal(mode.mode)}`);
    if (chown?.value !== undefined && chown.valueSpan && !/^\d+(?::\d+)?$/.test(chown.value))
      edits.push({ path: dockerfile.path, ...chown.valueSpan, text: numeric(user) });
    else if (chown === undefined && copy.flags.some(({ name, value }) => name === 'chmod' && /^0?[0-7]{2}[0-3]$/.test(value ?? '')))
      added.push(`--chown=${numeric(user)}`);
    else if (
      chown === undefined &&
      dissolved.owned.some((path) => provides(path) || files.some(({ target }) => isInside(absolutePath(target, '/'), path)))
    )
      added.push(`--chown=${numeric(user)}`);
    if (added.length > 0)
      edits.push({ path: dockerfile.path, start: copy.keywordSpan.end, end: copy.keywordSpan.end, text: ` ${added.join(' ')}` });
  }
  const stray = dissolved.modes.find(
    ({ path }) =>
      !contract.files.some(
        ({ source, target }) =>
          path === absolutePath(target, '/') ||
          (target.endsWith('/') && absolutePath(source.slice(source.lastIndexOf('/') + 1), target) === path),
      ) && !dissolved.directories.includes(path),
  );
  if (stray)
    return {
      refusal: {
        code: 'final-stage-run',
        at: dissolved.removed[0]?.at ?? { path: dockerfile.path, line: 1 },
        reason: `\`chmod\` changes ${stray.path}, which no COPY is known to provide`,
        unblock: 'Set the mode in the builder.',
      },
    };
  return { edits };
}

function isExecutableBit(mode: string): boolean {
  return mode === '+x' || mode === 'a+x' || /^0?7[0-7]5$/.test(mode);
}

/** What a symbolic mode comes to for a file that was readable: COPY takes octal. */
function octal(mode: string): string {
  return /^\d+$/.test(mode) ? mode.padStart(4, '0') : '0755';
}

/** `uid:gid` of a user that may be named by its uid alone. */
export function numeric(user: string): string {
  return user.includes(':') ? user : `${user}:${user}`;
}
