/** The scripts behind a container's start command, as far as the repository holds them. */

import type { RuntimeContract } from '../dockerfile/contract.ts';
import { contextSource } from '../dockerfile/context-source.ts';
import { absolutePath } from '../dockerfile/image-path.ts';
import { textOf } from '../repository/files.ts';
import { repoPath, type RepoPath } from '../repository/path.ts';
import type { Subject } from './transform.ts';

export interface StartScript {
  readonly path: RepoPath;
  readonly text: string;
}

/** Every word of ENTRYPOINT and CMD that names a shell script from the build context. */
export function startScripts({ service, files }: Subject, contract: RuntimeContract): readonly StartScript[] {
  const scripts = new Map<RepoPath, StartScript>();
  for (const command of [contract.entrypoint, contract.cmd]) {
    if (command === undefined) continue;
    const words = command.form === 'exec' ? command.argv.flatMap((word) => word.split(/\s+/)) : command.text.split(/[\s;&|"'()]+/);
    for (const word of words) {
      if (word === '' || word.startsWith('-')) continue;
      const candidates = word.includes('/') ? [absolutePath(word, contract.workdir)] : [absolutePath(word, contract.workdir), ...(contract.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin').split(':').map((dir) => absolutePath(word, dir))];
      for (const candidate of candidates) {
        const { context } = service.builds[0];
        const inContext = (text: string): RepoPath | undefined => (context === undefined ? undefined : repoPath(text, context));
        const source = contextSource(contract, candidate, (text) => {
          const path = inContext(text);
          return path !== undefined && files.isFile(path);
        });
        const path = source === undefined ? undefined : inContext(source);
        const text = textOf(files, path);
        if (path !== undefined && text !== undefined && (/\.(?:sh|bash)$/.test(path) || /^#!.*\b(?:ba|da|a|z)?sh\b/.test(text))) scripts.set(path, { path, text });
      }
    }
  }
  return [...scripts.values()];
}
