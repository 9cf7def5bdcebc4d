/** Dockerfiles that use another service's image as their base, copy from it, or get it as a named context. */

import { contextServices } from '../references/compose.ts';
import type { Reference } from '../references/reference.ts';
import type { Service } from '../service.ts';
import { withHoles } from '../syntax/shell-commands.ts';
import { fillings } from '../syntax/holes.ts';
import { ties, type Match, type Surroundings, type Tie } from './dependent.ts';
import type { KnownImages } from './known-images.ts';

export function baseTies({ survey, services, composeBuilds, bakeBuilds }: Surroundings, known: KnownImages): readonly Tie[] {
  const named = services.flatMap((service) => {
    const { stages, copiedFrom } = survey.scan(service.dockerfile);
    const own = new Set(stages.map(({ name }) => name));
    const images = [...stages.filter(({ image }) => !own.has(image.toLowerCase())), ...copiedFrom];
    return images.flatMap(({ image, line }) => {
      const matches = withArguments(image, service).flatMap((reference) => known.byImage(reference));
      const others = matches.filter(({ dockerfile, matched }) => matched === 'image' && dockerfile !== service.dockerfile);
      return ties(
        unique(others),
        { source: 'dockerfile', at: { path: service.dockerfile, line }, by: service.name },
        { kind: 'base-of', dockerfile: service.dockerfile },
      );
    });
  });
  const compose = composeBuilds.flatMap(({ service, references: [own] }) =>
    contextServices(service).flatMap(({ other, line, file }) => {
      if (own === undefined) return [];
      const bases = composeBuilds.filter((build) => build.service.name === other && build.service.file === service.file);
      return ties(
        built(bases),
        { source: 'compose', at: { path: file, line }, by: service.name },
        { kind: 'base-of', dockerfile: own.dockerfile },
      );
    }),
  );
  const bake = bakeBuilds.flatMap(({ target, uses, references: [own] }) =>
    uses.flatMap((use) => {
      if (own === undefined) return [];
      const bases = bakeBuilds.filter((build) => build.target === use.target);
      return ties(
        unique(built(bases)),
        { source: 'bake', at: { path: use.path, line: use.line }, by: target },
        { kind: 'base-of', dockerfile: own.dockerfile },
      );
    }),
  );
  return [...named, ...compose, ...bake];
}

function built(builds: readonly { readonly references: readonly Reference[] }[]): readonly Match[] {
  return builds.flatMap(({ references }) => references.map(({ dockerfile }): Match => ({ dockerfile, matched: 'build' })));
}

/** A base that a build argument names, with each build's value. */
function withArguments(image: string, { builds }: Service): readonly string[] {
  if (!image.includes('$')) return [image];
  return [
    ...new Set(
      builds.map(
        ({ args }) => fillings([withHoles(image)], (name) => (args[name] === undefined ? undefined : [args[name]]))[0]?.[0] ?? image,
      ),
    ),
  ];
}

function unique(matches: readonly Match[]): readonly Match[] {
  return matches.filter(({ dockerfile }, index) => matches.findIndex((other) => other.dockerfile === dockerfile) === index);
}
