/** Where the program writes: what another user than root could not. */

import type { RuntimeContract } from '../../dockerfile/contract.ts';
import { absolutePath, isInside } from '../../dockerfile/image-path.ts';
import type { ProgramFacts } from '../../project/program.ts';
import type { Location } from '../../repository/location.ts';
import type { Refusal } from '../refusal.ts';

const TEMPORARY = /(?:CreateTemp|MkdirTemp|TempFile|TempDir)$/;
const WRITES = /(?:Create|WriteFile|Mkdir|MkdirAll|create_dir|create_dir_all|File::create|fs::write|rolling::\w+)$/;

/** `owned`: mount points and directories that will belong to the service. `at`: where the program is copied. */
export function unwritable(facts: ProgramFacts | undefined, contract: RuntimeContract, owned: readonly string[], at: Location): Refusal | undefined {
  if (facts === undefined || !facts.complete) return { code: 'runtime-files-unknown', at, reason: 'the program\'s sources are not in the build context, or too large to read: where it writes as root today is not known', unblock: 'Add USER 65532:65532 by hand, try it, and run dockmod again.' };
  const home = contract.files.find(({ target }) => isInside(target, '/root'));
  if (home) return { code: 'runtime-files-unknown', at: home.at, reason: `${home.target} is in root's home, which another user cannot enter`, unblock: 'Copy it elsewhere.' };
  for (const { path, access, via, at: place } of facts.files) {
    if (access !== 'write' || TEMPORARY.test(via) || path === '') continue;
    const target = absolutePath(path, contract.workdir);
    if (/^\/(?:tmp|dev|proc)(?:\/|$)/.test(target) || owned.some((dir) => isInside(target, dir))) continue;
    return { code: 'volume-ownership', at: place, reason: `\`${via}\` writes to \`${path}\`, which only root may`, unblock: 'Declare a VOLUME for it, or write below /tmp.' };
  }
  const computed = owned.length > 0 ? undefined : facts.computedFiles.find(({ via }) => WRITES.test(via) && !TEMPORARY.test(via));
  return computed && { code: 'volume-ownership', at: computed.at, reason: `\`${computed.via}\` writes to a computed path: whether another user than root may is not known`, unblock: 'Declare a VOLUME for where it writes.' };
}
