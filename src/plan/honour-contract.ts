/** Can the image honour its own runtime contract? Checks the result of a rewrite, whoever made it. */

import type { Command, RuntimeContract } from '../dockerfile/contract.ts';
import type { Dockerfile } from '../dockerfile/dockerfile.ts';
import type { ImageFacts } from '../images/facts.ts';
import type { Images } from '../images/images.ts';
import type { Location } from '../repository/location.ts';

export interface BrokenPromise {
  readonly at: Location;
  readonly reason: string;
}

/**
 * What a shipped stage promises and its base cannot keep: shell forms and RUN without a shell, programs that nothing
 * provides, a C library older than the builder's. Judges only bases about which enough is known; a promise that was
 * broken before the rewrite is not the rewrite's fault, so callers compare with the original.
 */
export function brokenPromises(
  dockerfile: Dockerfile,
  stage: number,
  contract: RuntimeContract,
  images: Images,
  contractOf: (stage: number) => RuntimeContract,
): readonly BrokenPromise[] {
  const facts = contract.base === undefined ? undefined : images.facts(contract.base);
  if (facts === undefined) return [];
  return [
    ...withoutShell(dockerfile, stage, contract, facts),
    ...missingPrograms(contract, facts),
    ...tooNewBuilders(contract, facts, contractOf),
  ];
}

function withoutShell(dockerfile: Dockerfile, stage: number, contract: RuntimeContract, facts: ImageFacts): readonly BrokenPromise[] {
  if (facts.shell !== 'none' || contract.files.some(({ target }) => target === '/bin/sh' || target === contract.shell[0])) return [];
  const broken: BrokenPromise[] = [];
  const commands: readonly (readonly [string, Command | undefined])[] = [
    ['ENTRYPOINT', contract.entrypoint],
    ['CMD', contract.cmd],
    ['HEALTHCHECK', contract.healthcheck?.command === 'none' ? undefined : contract.healthcheck?.command],
  ];
  for (const [name, command] of commands) {
    if (command?.form === 'shell')
      broken.push({ at: command.at, reason: `${name} \`${command.text}\` needs a shell, which ${contract.base} does not have` });
    else if (command && /(^|\/)(ba|da|a|z)?sh$/.test(command.argv[0] ?? ''))
      broken.push({ at: command.at, reason: `${name} runs \`${command.argv[0]}\`, which ${contract.base} does not have` });
  }
  for (let at: number | undefined = stage; at !== undefined; at = dockerfile.stages[at]?.parent) {
    for (const instruction of dockerfile.stages[at]?.instructions ?? []) {
      if (instruction.keyword === 'RUN' && !instruction.args.text.startsWith('['))
        broken.push({ at: instruction.at, reason: `RUN needs a shell, which ${contract.base} does not have` });
    }
  }
  return broken;
}

function missingPrograms(contract: RuntimeContract, facts: ImageFacts): readonly BrokenPromise[] {
  if (facts.kind !== 'distroless' && facts.kind !== 'scratch') return [];
  const broken: BrokenPromise[] = [];
  const health = contract.healthcheck?.command;
  const main = contract.entrypoint ?? contract.cmd;
  for (const command of [main, health === 'none' ? undefined : health]) {
    if (command?.form !== 'exec') continue;
    const program = command.argv[0];
    if (program === undefined || program === '' || provides(contract, facts, program)) continue;
    broken.push({ at: command.at, reason: `\`${program}\` is started, but nothing puts it into ${contract.base}` });
  }
  return broken;
}

function provides(contract: RuntimeContract, facts: ImageFacts, program: string): boolean {
  const absolute = program.startsWith('/') ? program : program.includes('/') ? normalise(`${contract.workdir}/${program}`) : undefined;
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (facts.programs.includes(program) || facts.programs.includes(name)) return true;
  const candidates =
    absolute !== undefined
      ? [absolute]
      : (contract.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin')
          .split(':')
          .map((dir) => normalise(`${dir}/${name}`));
  return contract.files.some(({ source, target, origin }) => {
    if (origin.kind === 'remote') return true;
    const sourceName = source.slice(source.lastIndexOf('/') + 1);
    const exact = target.endsWith('/') ? normalise(`${target}${sourceName}`) : normalise(target);
    // A copied directory may hold the program anywhere below its target; a file only at its own path.
    return candidates.some(
      (path) =>
        path === exact ||
        path.startsWith(exact === '/' ? '/' : `${exact}/`) ||
        path.startsWith(target === '/' ? '/' : normalise(target) + '/'),
    );
  });
}

function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** A binary linked against a newer glibc does not start on an older one (`GLIBC_2.38 not found`). */
function tooNewBuilders(
  contract: RuntimeContract,
  facts: ImageFacts,
  contractOf: (stage: number) => RuntimeContract,
): readonly BrokenPromise[] {
  if (facts.kind !== 'distroless' || facts.platform.libc !== 'glibc') return [];
  const runtime = debianRelease(contract.platform.distribution, contract.platform.release);
  if (runtime === undefined) return [];
  const broken: BrokenPromise[] = [];
  for (const { origin, at, source } of contract.files) {
    if (origin.kind !== 'stage') continue;
    const { platform } = contractOf(origin.stage);
    const builder = debianRelease(platform.distribution, platform.release);
    if (builder !== undefined && builder > runtime)
      broken.push({ at, reason: `${source} was built on Debian ${builder}, newer than the runtime's Debian ${runtime}` });
  }
  return broken;
}

function debianRelease(distribution: string | undefined, release: string | undefined): number | undefined {
  if (distribution !== 'debian' || release === undefined) return undefined;
  const number = Number(/\d+/.exec(release)?.[0]);
  return Number.isNaN(number) ? undefined : number;
}
