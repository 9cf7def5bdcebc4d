/** Finds the services of a repository: its Dockerfiles, who builds them, and who relies on what is built. */

import { dependentsOf } from './dependents/index.ts';
import type { RepositoryFiles } from './files.ts';
import { guessContext } from './guess-context.ts';
import type { RepoPath } from './path.ts';
import { repoPath } from './path.ts';
import { present } from './present.ts';
import { bakeBuilds } from './references/bake.ts';
import type { CommandSite } from './references/command-site.ts';
import { composeServices } from './references/compose-file.ts';
import { composeBuilds } from './references/compose.ts';
import { platformReferences } from './references/platform.ts';
import type { Reference } from './references/reference.ts';
import { commandReferences, scriptSites } from './references/scripts.ts';
import { skaffoldReferences } from './references/skaffold.ts';
import { tiltReferences } from './references/tilt.ts';
import { workflowFindings } from './references/workflow.ts';
import { serviceNames } from './service-names.ts';
import type { Build, Discovery, Service, SkippedFile, Source } from './service.ts';
import { surveyOf, type Survey, type SurveyOptions } from './survey.ts';
import { twinOf } from './twins.ts';

export type DiscoverOptions = SurveyOptions;

/** Total: what cannot be read or understood is named in the answer. */
export function discover(files: RepositoryFiles, options: DiscoverOptions = {}): Discovery {
  const survey = surveyOf(files, options);
  for (const { path, detail } of files.problems?.() ?? []) survey.note({ path, line: 1 }, detail);
  const workflows = workflowFindings(survey);
  const sites = [...workflows.sites, ...scriptSites(survey)];
  composeServices(survey, namedComposeFiles(survey, sites));
  const compose = composeBuilds(survey);
  const bake = bakeBuilds(survey);
  const references = [
    ...compose.builds.flatMap((build) => build.references),
    ...bake.flatMap((build) => build.references),
    ...workflows.references,
    ...skaffoldReferences(survey),
    ...commandReferences(survey, sites),
    ...tiltReferences(survey),
    ...platformReferences(survey),
  ];
  const found = new Map<RepoPath, Reference[]>();
  for (const reference of references) {
    const known = found.get(reference.dockerfile);
    if (known) known.push(reference);
    else found.set(reference.dockerfile, [reference]);
  }
  const { live, skipped } = chosen(survey, found);
  const services = servicesOf(survey, live, found);
  const dependents = dependentsOf({ survey, services, references: found, composeBuilds: compose.builds, bakeBuilds: bake, sites });
  return {
    services: services.map((service) => ({ ...service, dependents: dependents.get(service.dockerfile) ?? [] })),
    skipped: [...skipped, ...compose.inline, ...(files.leftOut?.() ?? [])],
    problems: survey.problems(),
  };
}

/** Compose files with any name, as command lines give them. */
function namedComposeFiles(survey: Survey, sites: readonly CommandSite[]): readonly RepoPath[] {
  return sites.flatMap(({ command, bases, cwd }) => {
    if (command.kind !== 'compose' && command.kind !== 'compose-file') return [];
    return command.files.flatMap(
      (file) =>
        bases
          .map((base) => repoPath(cwd === '' ? file : `${cwd}/${file}`, base))
          .find((path) => path !== undefined && survey.exists(path)) ?? [],
    );
  });
}

/** Which Dockerfiles are services: those that somebody names, whatever they are called and wherever they lie, and the rest by name. */
function chosen(
  survey: Survey,
  found: ReadonlyMap<RepoPath, readonly Reference[]>,
): { readonly live: readonly RepoPath[]; readonly skipped: readonly SkippedFile[] } {
  const live = new Set<RepoPath>();
  const skipped: SkippedFile[] = [];
  for (const path of new Set([...survey.dockerfiles, ...found.keys()])) {
    const apart = survey.apart.get(path);
    const named = found.has(path) && apart?.reason !== 'ignored' && apart?.reason !== 'template';
    const read = survey.files.read(path);
    if (apart && !named) skipped.push(apart);
    else if (read.kind === 'unreadable' && read.reason === 'symlink') skipped.push({ path, reason: 'unreadable', detail: read.detail });
    else live.add(path);
  }
  return { live: [...live].sort(), skipped: skipped.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)) };
}

function servicesOf(survey: Survey, live: readonly RepoPath[], found: ReadonlyMap<RepoPath, readonly Reference[]>): readonly Service[] {
  const candidates = live.map((dockerfile) => {
    const known = buildsOf(found.get(dockerfile) ?? []);
    const builds: readonly [Build, ...Build[]] = known ?? [
      { by: 'convention', at: { path: dockerfile, line: 1 }, context: guessContext(survey, dockerfile), args: {} },
    ];
    return { dockerfile, builds, referenced: known !== undefined };
  });
  const names = serviceNames(candidates);
  const referenced = candidates.filter((candidate) => candidate.referenced);
  return candidates.map(({ dockerfile, builds, referenced: isReferenced }) => {
    const twin = isReferenced ? undefined : twinOf(dockerfile, builds[0].context, referenced);
    return { name: names.get(dockerfile) ?? dockerfile, dockerfile, builds, dependents: [], ...present({ twinOf: twin }) };
  });
}

/** Whoever reads one build reads the first: the one that says most about production. */
const RANK: readonly Source[] = [
  'compose',
  'bake',
  'workflow',
  'skaffold',
  'kubernetes',
  'helm',
  'makefile',
  'script',
  'platform',
  'tilt',
  'goreleaser',
  'devcontainer',
  'dockerfile',
  'convention',
];
const DEVELOPMENT = /(?:^|[/._-])(?:dev|develop|development|local|override|test|tests|e2e|ci|debug)(?:[/._-]|$)/i;
const MAX_BUILDS = 50;

function buildsOf(references: readonly Reference[]): readonly [Build, ...Build[]] | undefined {
  const distinct = new Map<string, Build>();
  for (const { build } of references) {
    const key = JSON.stringify([build.by, build.at.path, build.at.line, build.context, build.target, build.args, build.name]);
    if (!distinct.has(key)) distinct.set(key, build);
  }
  const rank = ({ by, at, context }: Build): number =>
    (context === undefined ? 1000 : 0) + (DEVELOPMENT.test(at.path) ? 100 : 0) + RANK.indexOf(by);
  const [first, ...rest] = [...distinct.values()]
    .map((build, order) => ({ build, order }))
    .sort((a, b) => rank(a.build) - rank(b.build) || a.order - b.order)
    .map(({ build }) => build);
  return first && [first, ...rest.slice(0, MAX_BUILDS - 1)];
}
