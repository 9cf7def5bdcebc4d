/** Whether the image is a service, and whether it runs as root because nobody has decided otherwise. */

import type { RuntimeContract } from '../../dockerfile/contract.ts';
import type { Instruction } from '../../dockerfile/dockerfile.ts';
import type { ImageFacts } from '../../images/facts.ts';
import type { Location } from '../../repository/location.ts';
import { refusal, type Refusal } from '../refusal.ts';
import type { Subject } from '../transform.ts';
import { startedKind } from './own-program.ts';

/** Why the image needs no user; `undefined` for a service, and for a base that nobody can name. */
export function notAService(subject: Subject, stage: number, contract: RuntimeContract): string | undefined {
  if (contract.base === undefined) return undefined;
  const facts = subject.images.facts(contract.base);
  if (facts?.windows) return 'Windows image';
  if (startedKind(contract).kind === 'prompt') return 'starts a prompt: a base or tool image';
  return startsProgram(subject, stage, contract, facts) ? undefined : 'starts no program of its own: a base or tool image';
}

/** A service says what it starts; an image that only inherits a shell or an interpreter is for other builds. */
function startsProgram({ service }: Subject, stage: number, contract: RuntimeContract, facts: ImageFacts | undefined): boolean {
  const own = [contract.entrypoint, contract.cmd].some((command) => command !== undefined && command.at.line > 0);
  const inherited =
    facts !== undefined &&
    facts.family !== 'uv' &&
    facts.kind !== 'os' &&
    facts.kind !== 'language' &&
    facts.kind !== 'scratch' &&
    // Of images that are only known by name, nobody knows what they start.
    (facts.packageManager === 'unknown' || (contract.entrypoint ?? contract.cmd) !== undefined);
  return stage >= 0 && (own || inherited || service.dependents.some(({ kind }) => kind === 'command' || kind === 'entrypoint'));
}

/** The facts of a base that is known to run as root; `from` is the stage's line, `explicit` its last USER. */
export function rootByDefault(
  { dockerfile, service, images }: Subject,
  { base, user, onbuild }: RuntimeContract,
  from: Location,
  explicit: Instruction | undefined,
): { readonly facts: ImageFacts } | { readonly refusal: Refusal } {
  const refuse = (code: Refusal['code'], at: Location, reason: string, unblock: string) => ({
    refusal: refusal(code, at, reason, unblock),
  });
  if (base === undefined)
    return refuse(
      'unresolved-variable',
      from,
      'the base image depends on a build argument that has no default',
      'Give the argument a default.',
    );
  if (service.twinOf !== undefined) {
    const reason = `nothing references this file, while ${service.twinOf} is in use`;
    return refuse('unreferenced-twin', from, reason, 'Delete it, or reference it.');
  }
  if (explicit && user?.includes('$'))
    return refuse('unresolved-variable', explicit.at, `which user \`USER ${user}\` means is not known`, 'Give the argument a default.');
  if (explicit) {
    const reason = `\`USER ${user}\` says that the service is meant to run as root`;
    return refuse('privileged-entrypoint', explicit.at, reason, 'Remove that line if root is only needed to build.');
  }
  const [trigger] = onbuild;
  if (trigger !== undefined) {
    const at = dockerfile.instructions.find(({ keyword }) => keyword === 'ONBUILD')?.at ?? from;
    return refuse('base-for-others', at, `\`ONBUILD ${trigger}\` runs in images that build on this one, as its user`, 'Add USER there.');
  }
  const facts = images.facts(base);
  if (facts !== undefined && user !== undefined) return { facts };
  const code = facts === undefined ? 'unknown-image' : 'unknown-user';
  return refuse(code, from, `which user \`${base}\` runs as is not known`, 'Add a numeric USER by hand.');
}
