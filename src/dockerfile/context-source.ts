/** From a path in the image back to the file of the build context that a COPY put there. */

import type { RuntimeContract } from './contract.ts';
import { absolutePath, isInside } from './image-path.ts';

/**
 * Context-relative path of the file at `path` (absolute) in the image, by the last COPY or ADD that may have put it
 * there; `undefined` when it does not come from the context. Renames by directory are followed, globs by their name.
 * With `isFile`, which is asked for context-relative paths, a COPY of another file into the same directory is passed over.
 */
export function contextSource(contract: Pick<RuntimeContract, 'files'>, path: string, isFile: (source: string) => boolean = () => false): string | undefined {
  for (const { source, target, origin } of [...contract.files].reverse()) {
    const directory = target.endsWith('/');
    const base = directory && target !== '/' ? target.slice(0, -1) : target;
    if (!isInside(path, base)) continue;
    if (origin.kind !== 'context') return undefined;
    const rest = path === base ? '' : path.slice(base === '/' ? 1 : base.length + 1);
    const from = source.replace(/^(\.\/)+/, '').replace(/^\/+/, '').replace(/\/+$/, '');
    if (rest === '') return from;
    const name = from.slice(from.lastIndexOf('/') + 1);
    if (/[*?[]/.test(name)) return absolutePath(`${from.slice(0, -name.length)}${rest}`, '/').slice(1);
    // `COPY run.sh /app/` keeps the name; `COPY src /app/` copies what is inside.
    if (rest === name && directory) return from;
    if (isFile(from)) continue;
    return from === '' || from === '.' ? rest : `${from}/${rest}`;
  }
  return undefined;
}
