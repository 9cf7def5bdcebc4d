/** Builds what a transform looks at: one Dockerfile with its contracts and surroundings. */

import type { RuntimeContract } from '../dockerfile/contract.ts';
import type { Dockerfile } from '../dockerfile/dockerfile.ts';
import { runtimeContract } from '../dockerfile/runtime-contract.ts';
import type { Images } from '../images/images.ts';
import type { RepositoryFiles } from '../repository/files.ts';
import type { Service } from '../repository/service.ts';
import type { Settings } from '../transforms/settings.ts';
import type { NonEmpty, Subject } from '../transforms/transform.ts';

export function createSubject(
  service: Service,
  dockerfile: Dockerfile,
  files: RepositoryFiles,
  images: Images,
  settings: Settings,
): Subject {
  const contracts = new Map<number, RuntimeContract>();
  const contract = (stage: number): RuntimeContract => {
    const known = contracts.get(stage);
    if (known) return known;
    const computed = runtimeContract(dockerfile, stage, images);
    contracts.set(stage, computed);
    return computed;
  };
  return { service, dockerfile, files, images, settings, products: productsOf(service, dockerfile), contract };
}

/** The stages that somebody ships. A build without a target ships the last stage; an unknown target ships nothing. */
function productsOf(service: Service, dockerfile: Dockerfile): NonEmpty<number> {
  const last = dockerfile.stages.length - 1;
  const shipped = new Set<number>();
  for (const { target } of service.builds) {
    if (target === undefined) shipped.add(last);
    else {
      const name = target.toLowerCase();
      const named =
        dockerfile.stages.find((stage) => stage.name === name)?.index ??
        (/^\d+$/.test(target) && Number(target) <= last ? Number(target) : undefined);
      if (named !== undefined) shipped.add(named);
    }
  }
  const [first, ...rest] = [...shipped].sort((a, b) => a - b);
  return first === undefined ? [last] : [first, ...rest];
}
