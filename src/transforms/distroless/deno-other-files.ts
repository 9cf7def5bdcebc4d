/** Files of a Deno stage that its new image needs from elsewhere than the working directory and the cache. */

import type { Stage } from '../../dockerfile/dockerfile.ts';
import { absolutePath, isInside } from '../../dockerfile/image-path.ts';
import type { Refusal } from '../refusal.ts';
import type { Subject } from '../transform.ts';

/** Directories that distroless brings itself, and that a copy would mix with the builder's. */
const OF_THE_BASE = /^\/(?:usr|bin|lib|etc|var|opt)$/;

/** A program or shared library of the system: it needs others. */
const NATIVE = /\.so(?:\.|$)|^\/(?:usr\/)?(?:local\/)?(?:s?bin|lib(?:64)?)\//;

/** Files that the stage holds outside of the working directory and the cache. */
export function otherFiles(
  { contract }: Subject,
  { stage, denoDir }: { readonly stage: Stage; readonly denoDir: string },
  workdir: string,
): { readonly lines: (builder: string) => readonly string[] } | { readonly refusal: Refusal } {
  const paths = new Set<string>();
  for (const { source, target, at } of contract(stage.index).files) {
    const inside = absolutePath(target.endsWith('/') ? source.replace(/\/+$/, '').replace(/^.*\//, '') : '.', target);
    const path = target.endsWith('/') ? inside : absolutePath(target, '/');
    if ((workdir !== '/' && isInside(path, workdir)) || isInside(path, denoDir)) continue;
    if (path === '/' || OF_THE_BASE.test(path) || /[*?[$]/.test(path))
      return {
        refusal: {
          code: 'runtime-files-unknown',
          at,
          reason: `\`${target}\` lies beside the files of the base`,
          unblock: 'Copy it below the working directory.',
        },
      };
    if (NATIVE.test(path))
      return {
        refusal: {
          code: 'dynamic-binary-unknown',
          at,
          reason: `which libraries \`${path}\` needs is not known`,
          unblock: 'Leave it out of the runtime image.',
        },
      };
    paths.add(path);
  }
  return { lines: (builder) => [...paths].map((path) => `COPY --from=${builder} ${path} ${path}`) };
}
