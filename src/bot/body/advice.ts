/** What to do before and after merging: checks, debugging without a shell, rolling back. Only what applies to this unit. */

import type { Check } from '../../transforms/transform.ts';
import { bullets, quoteCode, quoteCommand, quoteLocation, quoteProse } from './quote.ts';
import { noticedIn, type BodyView, type Section } from './view.ts';

/** Both join the container with a second one that has tools. */
const DEBUG = [
  'kubectl debug -it POD --image=busybox:1.36 --target=CONTAINER',
  'docker run --rm -it --pid=container:CONTAINER --network=container:CONTAINER busybox:1.36',
];

/** Unticked boxes, each with a command where there is one. */
export const checks: Section = (view) => {
  const { unit, draft } = view;
  const all = new Map<string, Check>();
  for (const plan of unit.plans) for (const check of plan.checks) all.set(JSON.stringify(check), check);
  // How to debug has a section of its own.
  const shown = [...all.values()].filter(({ command }) => command === undefined || !DEBUG.includes(command) || !losesShell(view));
  const boxes = shown.map(
    ({ text, at, command }) => `[ ] ${quoteProse(text)}${quoteLocation(at)}${command === undefined ? '' : `\n${quoteCommand(command)}`}`,
  );
  if (draft) boxes.push('[ ] Nothing was built or started by the tool: build the image and let its tests run');
  return boxes.length === 0 ? undefined : `## Check before merging\n\n${bullets(boxes)}`;
};

/** Only where the shell went away. */
export const debugging: Section = (view) => {
  if (!losesShell(view)) return undefined;
  return [
    '## Debugging an image without a shell',
    'The image has no shell any more. A second container with tools joins the running one:',
    `\`\`\`sh\n${DEBUG.join('\n')}\n\`\`\``,
    'The files of the service are then under `/proc/1/root`.',
  ].join('\n\n');
};

function losesShell({ unit }: BodyView): boolean {
  return noticedIn(unit.plans).some(({ field }) => field === 'shellProgram');
}

/** What becomes of volumes that were handed over to the new user. */
function handBack(before: string | undefined): string {
  return before === undefined || before === '' || /^(?:root|0)(?::|$)/.test(before)
    ? 'Volumes that were handed over to the new user can stay as they are: root reads and writes them all the same.'
    : `Volumes that were handed over to the new user go back to ${quoteCode(before)}.`;
}

export const rollBack: Section = ({ unit }) => {
  const dockerfiles = new Set<string>(unit.plans.map(({ dockerfile }) => dockerfile));
  const others = unit.changes.map(({ path }) => path).filter((path) => !dockerfiles.has(path) && !path.endsWith('.dockerignore'));
  const deploy =
    others.length === 0
      ? 'Revert this pull request, or deploy the previous image by its digest: nothing but the image changes.'
      : `Revert this pull request and deploy what it changes together: the ${unit.plans.length > 1 ? 'images' : 'image'} and ${others
          .slice(0, 5)
          .map((path) => quoteCode(path))
          .join(', ')}${others.length > 5 ? ` and ${others.length - 5} more files` : ''} belong to each other.`;
  const user = noticedIn(unit.plans).find(({ field }) => field === 'user');
  return `## Roll back\n\n${deploy}${user === undefined ? '' : ` ${handBack(user.before)}`}`;
};
