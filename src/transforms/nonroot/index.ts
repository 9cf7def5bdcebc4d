/** nonroot: every service runs as an unprivileged user that owns what it must write. */

import type { RuntimeContract } from '../../dockerfile/contract.ts';
import { lineage } from '../../dockerfile/runtime-contract.ts';
import type { ImageFacts } from '../../images/facts.ts';
import type { Dependent } from '../../repository/service.ts';
import { handOver } from '../hand-over.ts';
import type { Refusal } from '../refusal.ts';
import type { Check, Evidence, Subject, Transform, Verdict } from '../transform.ts';
import { obstacles } from './obstacles.ts';
import { startedKind } from './own-program.ts';
import { writtenDirectories } from '../written-directories.ts';
import { compiledProgram, type CompiledProgram } from './compiled-program.ts';
import { rewrite } from './rewrite.ts';
import { rootOnly } from './root-only.ts';
import { isRoot, serviceUser, unnumberedUser, type ServiceUser } from './service-user.ts';
import { isCovered, ownableDirectory, statePaths } from './state-paths.ts';

export const nonroot: Transform = {
  id: 'nonroot',
  version: 1,
  title: 'Run as a non-root user',
  why:
    'A process that runs as root in a container is root towards everything the container reaches: its volumes, its mounts and, after an escape, the host. ' +
    'The service gets a user with a number, which Kubernetes can verify (`runAsNonRoot`), a home to write caches to, and ownership of the files that it works on.',
  silent: [
    'The image already runs as somebody else, by its own USER or by its base.',
    'The file says `USER root` as its last word, or compose or Kubernetes do: somebody decided that.',
    'The entrypoint starts as root on purpose (gosu, su-exec, usermod, cron, sshd), or installs packages when the container starts.',
    "The service listens on a port below 1024, uses the engine's socket, devices, added capabilities or host directories.",
    "Files that the program needs lie in root's home (`pip install --user`, installers, a Python that uv downloads): they must move first.",
    "A build step writes data as root in the same RUN as an installation, or above one: databases and models must be the user's.",
    'The file creates a user without a number that can be known (`useradd -r`), or `uv run` would install something when it starts.',
    'Database, server, browser and model-server images, which handle users themselves.',
    'The sources write to an absolute path outside of the working directory that no volume covers.',
    'Images without a program of their own: bases and toolchains for other builds.',
  ],
  defaultState: 'on',
  apply,
};

function apply(subject: Subject): Verdict {
  const { products, dockerfile } = subject;
  const roots = products.filter((stage) => {
    const { user } = subject.contract(stage);
    return user === undefined || isRoot(user) || user.includes('$');
  });
  const [stage, ...others] = roots;
  if (stage === undefined) {
    const [product] = products;
    const user = lineage(dockerfile, product)
      .flatMap(({ instructions }) => instructions)
      .findLast(({ keyword }) => keyword === 'USER');
    return { kind: 'already', evidence: user?.at ?? firstLine(subject, product), because: `runs as \`${subject.contract(product).user}\`` };
  }
  if (others.length > 0 || dockerfile.stages.some(({ parent }) => parent === stage)) {
    return refused({
      code: 'several-products',
      at: firstLine(subject, stage),
      reason: 'more than one image is built from this stage',
      unblock: 'Add USER to each of them by hand.',
    });
  }
  return judge(subject, stage);
}

function judge(subject: Subject, stage: number): Verdict {
  const { dockerfile, service, images } = subject;
  const contract = subject.contract(stage);
  const at = firstLine(subject, stage);
  if (contract.base === undefined)
    return refused({
      code: 'unresolved-variable',
      at,
      reason: 'the base image depends on a build argument that has no default',
      unblock: 'Give the argument a default.',
    });
  const facts = contract.base === undefined ? undefined : images.facts(contract.base);
  if (facts?.windows) return { kind: 'not-applicable', because: 'Windows image' };
  if (startedKind(contract).kind === 'prompt') return { kind: 'not-applicable', because: 'starts a prompt: a base or tool image' };
  if (!startsProgram(subject, stage, contract, facts))
    return { kind: 'not-applicable', because: 'starts no program of its own: a base or tool image' };
  if (service.twinOf !== undefined)
    return refused({
      code: 'unreferenced-twin',
      at,
      reason: `nothing references this file, while ${service.twinOf} is in use`,
      unblock: 'Delete it, or reference it.',
    });
  const explicit = lineage(dockerfile, stage)
    .flatMap(({ instructions }) => instructions)
    .findLast(({ keyword }) => keyword === 'USER');
  if (explicit && contract.user?.includes('$'))
    return refused({
      code: 'unresolved-variable',
      at: explicit.at,
      reason: `which user \`USER ${contract.user}\` means is not known`,
      unblock: 'Give the argument a default.',
    });
  if (explicit)
    return refused({
      code: 'privileged-entrypoint',
      at: explicit.at,
      reason: `\`USER ${contract.user}\` says that the service is meant to run as root`,
      unblock: 'Remove that line if root is only needed to build.',
    });
  if (facts === undefined)
    return refused({
      code: 'unknown-image',
      at,
      reason: `which user \`${contract.base}\` runs as is not known`,
      unblock: 'Add a numeric USER by hand.',
    });
  if (contract.user === undefined)
    return refused({
      code: 'unknown-user',
      at,
      reason: `which user \`${contract.base}\` runs as is not known`,
      unblock: 'Add a numeric USER by hand.',
    });

  const program = compiledProgram(subject, stage, contract);
  const [obstacle, ...more] = obstacles(subject, stage, contract, facts, program);
  if (obstacle) return { kind: 'refused', refusals: [obstacle, ...more] };
  const unnumbered = unnumberedUser(subject, stage, facts);
  if (unnumbered) {
    return refused({
      code: 'unknown-user',
      at: unnumbered.instruction.at,
      reason: `which number \`${unnumbered.login}\`, the user that the file creates, gets is not known`,
      unblock: 'Create it with an explicit number (`-u 10001`).',
    });
  }
  const user = serviceUser(subject, stage, facts);
  if (user === undefined)
    return refused({
      code: 'unknown-image',
      at,
      reason: `how to create a user in \`${contract.base}\` is not known`,
      unblock: 'Add a numeric USER by hand.',
    });
  return propose(subject, stage, contract, facts, user, program);
}

function propose(
  subject: Subject,
  stage: number,
  contract: RuntimeContract,
  facts: ImageFacts,
  user: ServiceUser,
  program: CompiledProgram | undefined,
): Verdict {
  const mounts = subject.service.dependents.flatMap((dependent) => (dependent.kind === 'mount' ? [dependent] : []));
  const written = mounts.filter(({ mount }) => !mount.readOnly && (mount.type === 'named' || mount.type === 'anonymous'));
  const volumes = [...new Set([...contract.volumes, ...written.map(({ mount }) => mount.target)])].filter((path) => path.startsWith('/'));
  const writing = program?.facts === undefined ? undefined : writtenDirectories(program.facts, contract, volumes, program.file);
  if (writing?.kind === 'refused') return refused(writing.refusal);
  if (writing?.computed && volumes.length === 0) return refused(writing.computed);
  const own = contract.workdir === '/' ? [] : [contract.workdir];
  const state = writing === undefined ? [] : writing.directories.filter((dir) => dir !== contract.workdir);
  let writesHere = writing === undefined || writing.computed !== undefined || writing.directories.includes(contract.workdir);
  for (const place of statePaths(subject, contract, program?.facts === undefined)) {
    if (place.written && isCovered(place, own)) {
      writesHere = true;
      // The mount point of a build cache in it is made by the builder, for root.
      if (subject.dockerfile.text.includes(`target=${place.path}/`)) state.push(place.path);
    }
    if (isCovered(place, [...volumes, ...own, ...state])) continue;
    const directory = place.written ? ownableDirectory(place) : undefined;
    if (directory !== undefined) state.push(directory);
    else
      return refused({
        code: 'volume-ownership',
        at: place.at,
        reason: `the service names \`${place.path}\`, which another user could not write`,
        unblock: 'Declare it as a VOLUME, or move it below the working directory.',
      });
  }
  const cluster = written.find(({ source, mount }) => (source === 'kubernetes' || source === 'helm') && mount.type === 'named');
  if (cluster) {
    return refused({
      code: 'volume-ownership',
      at: cluster.at,
      reason: `the cluster mounts a volume at ${cluster.mount.target} that belongs to root`,
      unblock: `Set \`fsGroup: ${user.gid}\` in the pod's securityContext and \`runAsUser: ${user.uid}\`, then run again.`,
    });
  }
  const result = rewrite(subject, stage, contract, facts, user, [...volumes, ...state], writesHere);
  if ('refusal' in result) return refused(result.refusal);
  const [kept] = rootOnly(
    subject,
    lineage(subject.dockerfile, stage).flatMap(({ instructions }) => instructions.filter((step) => !result.asUser.includes(step))),
    result.handsOver,
  );
  if (kept) return refused(kept);

  const because: Evidence[] = [{ text: `runs as ${user.uid}:${user.gid}: ${user.origin}`, at: user.at ?? result.at }];
  if (result.settled)
    because.push({
      text: '`uv run` no longer syncs at start (UV_NO_SYNC=1): the environment is the one that the build has made',
      at: result.at,
    });
  for (const path of result.owned) because.push({ text: `${path} belongs to the service` });
  return {
    kind: 'proposed',
    edits: result.edits,
    checks: checksFor(
      user,
      written,
      mounts.some(({ mount }) => mount.type === 'secret'),
    ),
    declares: [
      { field: 'user', because: 'the service runs as an unprivileged user' },
      { field: 'files', because: 'files belong to the user that works on them' },
      ...(user.create?.includes(' install ') === true ? [{ field: 'packages', because: 'what creates the user' } as const] : []),
      ...(result.settled
        ? [{ field: 'env', key: 'UV_NO_SYNC', because: '`uv run` starts in the environment that the build has made' } as const]
        : []),
    ],
    because,
  };
}

function checksFor(
  { uid, gid }: ServiceUser,
  volumes: readonly (Dependent & { readonly kind: 'mount' })[],
  secrets: boolean,
): readonly Check[] {
  const checks: Check[] = volumes.map((dependent) => ({
    text: `${dependent.by}: an existing volume at ${dependent.mount.target} still belongs to root; hand it over once: \`chown -R ${uid}:${gid}\``,
    at: dependent.at,
    command: handOver(dependent, dependent.mount.source, `${uid}:${gid}`),
  }));
  if (secrets) checks.push({ text: `Secrets that are bind mounts keep their mode on the host: uid ${uid} must be able to read them` });
  checks.push({ text: 'Start the service once and look for permission errors in its log' });
  return checks;
}

/** A service says what it starts; an image that only inherits a shell or an interpreter is for other builds. */
function startsProgram({ service }: Subject, stage: number, contract: RuntimeContract, facts: ImageFacts | undefined): boolean {
  const own = [contract.entrypoint, contract.cmd].some((command) => command !== undefined && command.at.line > 0);
  const inherited =
    facts !== undefined && facts.family !== 'uv' && facts.kind !== 'os' && facts.kind !== 'language' && facts.kind !== 'scratch';
  return stage >= 0 && (own || inherited || service.dependents.some(({ kind }) => kind === 'command' || kind === 'entrypoint'));
}

function firstLine({ dockerfile }: Subject, stage: number) {
  return dockerfile.stages[stage]?.from.at ?? { path: dockerfile.path, line: 1 };
}

function refused(refusal: Refusal): Verdict {
  return { kind: 'refused', refusals: [refusal] };
}
