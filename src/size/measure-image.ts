/** The size of a published image, from its manifest: exact bytes, without pulling it. */

import { parseReference } from '../images/reference.ts';
import type { Measure, PlatformName } from './measure.ts';
import type { Registry, RemoteLayer } from './registry/client.ts';

export interface MeasuredImage {
  readonly measure: Measure;
  readonly layers: readonly RemoteLayer[];
}

export async function measureImage(text: string, platform: PlatformName, registry: Registry): Promise<MeasuredImage> {
  const reference = parseReference(text);
  if (reference === undefined) return unknown(`${text} is not an image reference`);
  if (text === 'scratch') return { measure: { kind: 'measured', pull: 0, disk: 0, platform, method: 'scratch is empty' }, layers: [] };
  const answer = await registry.image(reference, platform);
  if (answer.kind !== 'ok') return unknown(answer.reason);
  const { pull, digest, layers } = answer.value;
  return { measure: { kind: 'measured', pull, ...(digest === '' ? {} : { digest }), platform, method: 'registry manifest' }, layers };
}

function unknown(reason: string): MeasuredImage {
  return { measure: { kind: 'unknown', reason }, layers: [] };
}
