/** What a reviewer must see to: volumes and secrets that exist already keep their owners. */

import type { Check, Subject } from '../transform.ts';
import type { ServiceUser } from './service-user.ts';
import { writtenVolumes } from './writable-state.ts';

/** Tick boxes of the pull request, the most specific first. */
export function checks({ service }: Subject, { uid, gid }: ServiceUser): readonly Check[] {
  const found: Check[] = writtenVolumes(service).map(({ by, mount: { target, source } }) => ({
    text: `${by}: an existing volume at ${target} still belongs to root; hand it over once: \`chown -R ${uid}:${gid}\``,
    command: `docker run --rm -v ${source ?? 'VOLUME'}:/v alpine:3.22 chown -R ${uid}:${gid} /v`,
  }));
  if (service.dependents.some((dependent) => dependent.kind === 'mount' && dependent.mount.type === 'secret'))
    found.push({ text: `Secrets that are bind mounts keep their mode on the host: uid ${uid} must be able to read them` });
  found.push({ text: 'Start the service once and look for permission errors in its log' });
  return found;
}
