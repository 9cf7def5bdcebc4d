/** What to do before and after merging: checks, debugging without a shell, rolling back. Only what applies to this unit. */

import type { Check } from '../../transforms/transform.ts';
import { bullets, quoteCommand, quoteLocation, quoteProse } from './quote.ts';
import { declaredIn, type Section } from './view.ts';

/** Unticked boxes, each with a command where there is one. */
export const checks: Section = ({ unit, draft }) => {
  const all = new Map<string, Check>();
  for (const plan of unit.plans) for (const check of plan.checks) all.set(JSON.stringify(check), check);
  const boxes = [...all.values()].map(({ text, at, command }) => `[ ] ${quoteProse(text)}${quoteLocation(at)}${command === undefined ? '' : `\n${quoteCommand(command)}`}`);
  if (draft) boxes.push('[ ] Nothing was built or started by the tool: build the image and let its tests run');
  return boxes.length === 0 ? undefined : `## Check before merging\n\n${bullets(boxes)}`;
};

/** Only where the shell went away. */
export const debugging: Section = ({ unit }) => {
  const shell = unit.plans.some((plan) => declaredIn(plan).some(({ field }) => field === 'shell')) || unit.transforms.includes('distroless');
  if (!shell) return undefined;
  return [
    '## Debugging an image without a shell',
    'The image has no shell any more. A second container with tools joins the running one:',
    '```sh\nkubectl debug -it POD --image=busybox:1.36 --target=CONTAINER\ndocker run --rm -it --pid=container:CONTAINER --network=container:CONTAINER busybox:1.36\n```',
    'The files of the service are then under `/proc/1/root`.',
  ].join('\n\n');
};

export const rollBack: Section = ({ unit }) => {
  const user = unit.plans.some((plan) => declaredIn(plan).some(({ field }) => field === 'user'));
  const owner = user ? ' Volumes whose owner was changed for this can stay as they are: root reads and writes them all the same.' : '';
  return `## Roll back\n\nRevert this pull request, or deploy the previous image by its digest. Nothing outside the image was changed by the tool.${owner}`;
};
