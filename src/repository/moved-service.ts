/** A service whose surroundings were edited: the lines it names follow the text. */

import { locationAfter, type LineMaps } from './line-map.ts';
import type { Service } from './service.ts';

/** What other files say of the service, at the lines where it stands after the edits. */
export function movedService(service: Service, maps: LineMaps): Service {
  const { dependents, builds } = service;
  const [first, ...rest] = builds;
  if (![...dependents, ...builds].some(({ at }) => maps.has(at.path))) return service;
  const follow = <T extends Service['dependents'][number] | Service['builds'][number]>(one: T): T => ({
    ...one,
    at: locationAfter(maps, one.at),
  });
  return { ...service, builds: [follow(first), ...rest.map(follow)], dependents: dependents.map(follow) };
}
