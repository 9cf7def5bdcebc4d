/** What a change of base image saves, folded into a plan. From the embedded table: nothing is asked for over the network. */

import type { Images } from '../images/images.ts';
import { present } from '../repository/present.ts';
import type { Service } from '../repository/service.ts';
import { offlineSize } from '../size/final-base.ts';
import type { Plan } from './plan.ts';

/** The plan with an estimate, or as it is: when it has a size already, when the base stays, or when the table does not know it. */
export function withEstimatedSize(plan: Plan, services: readonly Service[], images: Images): Plan {
  const change = plan.changes.find(({ path }) => path === plan.dockerfile);
  if (plan.size !== undefined || change?.before === undefined) return plan;
  const target = services.find(({ name, dockerfile }) => name === plan.service && dockerfile === plan.dockerfile)?.builds[0].target;
  const size = offlineSize(
    { path: change.path, before: change.before, after: change.after, platform: 'linux/amd64', ...present({ target }) },
    images,
  );
  // A pinned tag of the same image saves nothing: not worth a line.
  const same = size?.before.kind === 'estimated' && size.after.kind === 'estimated' && size.before.pull === size.after.pull;
  return size === undefined || same ? plan : { ...plan, size };
}
