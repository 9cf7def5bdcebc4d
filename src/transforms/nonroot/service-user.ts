/** Which user a service is to run as, and how the image gets it. */

import type { RuntimeContract } from '../../dockerfile/contract.ts';
import type { Instruction } from '../../dockerfile/dockerfile.ts';
import { lineage } from '../../dockerfile/runtime-contract.ts';
import { codeOf } from '../../dockerfile/shell-instruction.ts';
import { programsNamed } from '../../dockerfile/shell-program.ts';
import type { ImageFacts } from '../../images/facts.ts';
import type { Subject } from '../transform.ts';

export interface ServiceUser {
  readonly uid: number;
  readonly gid: number;
  /** Where the user comes from, for the evidence. */
  readonly origin: string;
  /** Shell command that creates it; `undefined` when it is there already. */
  readonly create: string | undefined;
  readonly at?: Instruction['at'];
}

const NAME = 'app';
/** The package with `useradd` in the rpm world. */
const CREATES_USERS = 'shadow-utils';

/**
 * A user that the file creates and never switches to, one that the base has, or a new one with explicit ids and a home.
 * `undefined` when the image has no known way to create one. Numeric: Kubernetes cannot verify `runAsNonRoot` by name.
 */
export function serviceUser(subject: Subject, stage: number, facts: ImageFacts): ServiceUser | undefined {
  const created = createdUser(subject, stage);
  if (created) return created;
  const [existing] = facts.users;
  if (existing) return { uid: existing.uid, gid: existing.gid, origin: `the base's own user \`${existing.name}\``, create: undefined };
  if (facts.kind === 'scratch' || facts.shell === 'none') return { uid: 65532, gid: 65532, origin: 'a number needs no entry in /etc/passwd', create: undefined };
  const uid = subject.settings.nonroot.uid;
  const create = creation(uid, facts);
  return create === undefined ? undefined : { uid, gid: uid, origin: 'a new user with explicit ids', create };
}

/** `undefined` where the image has nothing to create a user with. Small images of the rpm world have to install it. */
function creation(uid: number, { packageManager, programs }: ImageFacts): string | undefined {
  if (packageManager === 'apk') return `addgroup -g ${uid} ${NAME} && adduser -D -u ${uid} -G ${NAME} ${NAME}`;
  if (packageManager !== 'apt' && packageManager !== 'dnf') return undefined;
  const create = `groupadd -g ${uid} ${NAME} && useradd -m -u ${uid} -g ${uid} ${NAME}`;
  if (programs.includes('useradd')) return create;
  const installer = ['microdnf', 'tdnf', 'dnf', 'yum'].find((program) => programs.includes(program));
  return installer === undefined ? undefined : `${installer} install -y ${CREATES_USERS} && ${create} && ${installer} clean all`;
}

/** `useradd -u 1001 app` in the stage: whoever wrote it forgot the USER line. Only explicit ids count. */
function createdUser({ dockerfile }: Subject, stage: number): ServiceUser | undefined {
  for (const { instructions } of lineage(dockerfile, stage)) {
    for (const instruction of instructions) {
      if (instruction.keyword !== 'RUN') continue;
      const code = codeOf(dockerfile, instruction);
      if (code.kind !== 'script') continue;
      for (const { name, args } of programsNamed(code, 'useradd', 'adduser')) {
        const words = args.map(({ value }) => value);
        const at = words.findIndex((word) => word === '-u' || word === '--uid');
        const uid = Number(words[at + 1]);
        const login = words.at(-1);
        if (at < 0 || !Number.isInteger(uid) || uid === 0 || login === undefined || login.startsWith('-')) continue;
        const group = words.findIndex((word) => word === '-g' || word === '--gid' || (name === 'adduser' && word === '-G'));
        const gid = Number(words[group + 1]);
        return { uid, gid: group >= 0 && Number.isInteger(gid) ? gid : uid, origin: `the user \`${login}\` that the file creates`, create: undefined, at: instruction.at };
      }
    }
  }
  return undefined;
}

/** Root by name, by number, or by default. */
export function isRoot(user: NonNullable<RuntimeContract['user']>): boolean {
  return /^(?:|root|0+)(?::.*)?$/.test(user.trim());
}
