/** Scripts, Makefiles and CI steps that run the images or run something inside of their containers. */

import { basename, dirname } from '../path.ts';
import type { CommandSite } from '../references/command-site.ts';
import { composeServices, field, valueText } from '../references/compose-file.ts';
import { hasHole, pieces, readable } from '../syntax/holes.ts';
import { argv, ties, type Match, type Surroundings, type Tie } from './dependent.ts';
import type { KnownImages } from './known-images.ts';

export function scriptTies(
  surroundings: Surroundings,
  known: KnownImages,
  workloads: ReadonlyMap<string, readonly Match[]>,
): readonly Tie[] {
  const { sites } = surroundings;
  const names = containerNames(surroundings, known);
  return sites.flatMap((site): readonly Tie[] => {
    const { command, at, by, source } = site;
    const origin = { source, at, by } as const;
    switch (command.kind) {
      case 'run': {
        const { image, rest } = imageOf(command.words, known);
        if (image === undefined) return [];
        return ties(known.byImage(image), origin, {
          kind: 'run',
          command: rest.length === 0 ? undefined : argv(rest),
          ...(command.user === undefined ? {} : { user: readable(command.user) }),
          ...(command.entrypoint === undefined ? {} : { entrypoint: readable(command.entrypoint) }),
        });
      }
      case 'exec':
        return command.words.length === 0 ? [] : ties(names(command.container), origin, { kind: 'exec', command: argv(command.words) });
      case 'compose': {
        const matches = composeService(surroundings, site, command.service, known);
        if (command.verb === 'exec')
          return command.words.length === 0 ? [] : ties(matches, origin, { kind: 'exec', command: argv(command.words) });
        return ties(matches, origin, {
          kind: 'run',
          command: command.words.length === 0 ? undefined : argv(command.words),
          ...(command.user === undefined ? {} : { user: readable(command.user) }),
          ...(command.entrypoint === undefined ? {} : { entrypoint: readable(command.entrypoint) }),
        });
      }
      case 'kubectl-exec': {
        const target = command.target.replace(
          /^(?:deploy(?:ment)?s?|sts|statefulsets?|ds|daemonsets?|pods?|po|svc|services?|jobs?)(?:\.apps)?\//,
          '',
        );
        const matches =
          workloads.get(target) ??
          (command.container === undefined ? undefined : workloads.get(command.container)) ??
          known.byName(command.container ?? target);
        return command.words.length === 0 ? [] : ties(matches, origin, { kind: 'exec', command: argv(command.words) });
      }
      default:
        return [];
    }
  });
}

/** The first word that is an image; words before it that are nothing but a variable may be options. */
function imageOf(words: readonly string[], known: KnownImages): { readonly image: string | undefined; readonly rest: readonly string[] } {
  for (const [index, word] of words.entries()) {
    if (known.byImage(word).length > 0) return { image: word, rest: words.slice(index + 1) };
    const unknown = hasHole(word) && pieces(word).every(({ name }) => name !== undefined);
    if (!unknown) break;
  }
  return { image: undefined, rest: [] };
}

/** Containers by `container_name:`, by `docker run --name`, by the names that compose gives (`project-web-1`), by service name. */
function containerNames({ survey, sites, composeBuilds }: Surroundings, known: KnownImages): (container: string) => readonly Match[] {
  const names = new Map<string, readonly Match[]>();
  const compose = new Map<string, Match[]>();
  for (const { service, references } of composeBuilds) {
    const matches = references.map(({ dockerfile }): Match => ({ dockerfile, matched: 'build' }));
    const named = valueText(service, field(service, 'container_name')?.value);
    if (named !== undefined) names.set(readable(named), matches);
    compose.set(service.name, [...(compose.get(service.name) ?? []), ...matches]);
  }
  for (const service of composeServices(survey)) {
    const named = valueText(service, field(service, 'container_name')?.value);
    const image = valueText(service, field(service, 'image')?.value);
    if (named === undefined || image === undefined || names.has(readable(named))) continue;
    // A container of somebody else's image keeps its name from being taken for one of ours.
    names.set(readable(named), known.byImage(image));
  }
  for (const { command } of sites) {
    if (command.kind !== 'run' || command.name === undefined) continue;
    const { image } = imageOf(command.words, known);
    if (image !== undefined && !names.has(readable(command.name))) names.set(readable(command.name), known.byImage(image));
  }
  return (container) => {
    const name = readable(container);
    const exact = names.get(name);
    if (exact) return unique(exact);
    const numbered = /^(?:.*[-_])?([a-z0-9][a-z0-9-]*?)[-_]1$/i.exec(name)?.[1];
    const service =
      compose.get(name) ??
      (numbered === undefined ? undefined : [...compose].find(([one]) => numbered === one || numbered.endsWith(`-${one}`))?.[1]);
    return unique(service ?? known.byName(name));
  };
}

function composeService(
  { composeBuilds, survey }: Surroundings,
  { command, at, cwd }: CommandSite,
  name: string,
  known: KnownImages,
): readonly Match[] {
  const files = command.kind === 'compose' ? command.files.map((file) => basename(file as typeof at.path)) : [];
  const all = composeBuilds.filter(({ service }) => service.name === name);
  const near = all.filter(({ service: { file } }) => {
    const dir = dirname(file);
    return files.includes(basename(file)) || dir === dirname(at.path) || (cwd !== '' && dir.endsWith(cwd.replace(/^\.\//, '')));
  });
  const chosen = near.length > 0 ? near : all;
  if (chosen.length > 0)
    return unique(chosen.flatMap(({ references }) => references.map(({ dockerfile }): Match => ({ dockerfile, matched: 'build' }))));
  const image = composeServices(survey)
    .filter((service) => service.name === name)
    .map((service) => valueText(service, field(service, 'image')?.value))
    .find((text) => text !== undefined);
  return image === undefined ? [] : known.byImage(image);
}

function unique(matches: readonly Match[]): readonly Match[] {
  return matches.filter(({ dockerfile }, index) => matches.findIndex((other) => other.dockerfile === dockerfile) === index);
}
