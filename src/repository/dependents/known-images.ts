/** Which Dockerfile a name means: exactly as its builds name the image, or by the service's own name where they do not. */

import { basename, dirname, repoPath, ROOT, type RepoPath } from '../path.ts';
import type { Reference } from '../references/reference.ts';
import type { Service } from '../service.ts';
import { isPackagingDirectory } from '../guess-context.ts';
import type { Survey } from '../survey.ts';
import { imageName, lastSegment, sameImage, type ImageName } from '../syntax/image-name.ts';
import type { Match } from './dependent.ts';

export interface KnownImages {
  /** By an image reference, with or without registry and tag. */
  readonly byImage: (reference: string) => readonly Match[];
  /** By the name of a service, container or workload. */
  readonly byName: (name: string) => readonly Match[];
  /** By a container's own name, where its image is nobody's that is known: `name: payments, image: registry.example.com/acme/pay`. */
  readonly byContainer: (name: string, reference: string) => readonly Match[];
  /** Every last segment and name: a text without any of them says nothing about us. */
  readonly words: ReadonlySet<string>;
}

/** Images of Docker Hub that a name alone means: not a directory that happens to be called like them. */
const OFFICIAL = new Set(
  `
  adminer alpine amazonlinux bash busybox caddy cassandra chronograf consul couchbase couchdb debian docker drupal eclipse-mosquitto elasticsearch
  fedora fluentd ghost golang grafana haproxy httpd influxdb jenkins joomla kibana kong logstash mariadb matomo memcached mongo mongo-express mysql nats
  neo4j nextcloud nginx node odoo openjdk percona php phpmyadmin postgres prometheus python rabbitmq redis redmine registry rocket.chat ruby rust solr
  sonarqube telegraf tomcat traefik ubuntu vault wordpress zookeeper
`
    .trim()
    .split(/\s+/),
);

function isOfficial({ open, path }: ImageName): boolean {
  return !open && !path.includes('/') && OFFICIAL.has(path);
}

interface Entry {
  readonly dockerfile: RepoPath;
  readonly images: readonly ImageName[];
  readonly names: ReadonlySet<string>;
  /** Images it is made from: a line that names one of these means that one. */
  readonly bases: ReadonlySet<string>;
  readonly isTwin: boolean;
}

export function knownImages(
  survey: Survey,
  services: readonly Service[],
  references: ReadonlyMap<RepoPath, readonly Reference[]>,
): KnownImages {
  const entries = services.map((service): Entry => ({
    dockerfile: service.dockerfile,
    images: (references.get(service.dockerfile) ?? []).flatMap(({ images }) => images.flatMap((image) => imageName(image) ?? [])),
    names: namesOf(survey, service),
    bases: new Set(survey.scan(service.dockerfile).stages.flatMap(({ image }) => imageName(image)?.path ?? [])),
    isTwin: service.twinOf !== undefined,
  }));
  const byLast = new Map<string, Entry[]>();
  const byOwnName = new Map<string, Entry[]>();
  const put = (map: Map<string, Entry[]>, key: string, entry: Entry): void => {
    const list = map.get(key);
    if (!list) map.set(key, [entry]);
    else if (!list.includes(entry)) list.push(entry);
  };
  for (const entry of entries) {
    for (const image of entry.images) put(byLast, lastSegment(image), entry);
    for (const name of entry.names) put(byOwnName, name, entry);
  }
  const named = (name: string): readonly Entry[] => {
    const found = byOwnName.get(name) ?? [];
    const live = found.filter(({ isTwin }) => !isTwin);
    return live.length === 1 ? live : found.length === 1 ? found : [];
  };
  const match =
    (matched: Match['matched']) =>
    ({ dockerfile }: Entry): Match => ({ dockerfile, matched });
  return {
    words: new Set([...byLast.keys(), ...byOwnName.keys()]),
    byName: (name) => named(name.toLowerCase()).map(match('name')),
    byContainer: (name, reference) => {
      const image = imageName(reference);
      return image === undefined || isOfficial(image) ? [] : named(name.toLowerCase()).map(match('name'));
    },
    byImage: (reference) => {
      const image = imageName(reference);
      if (!image) return [];
      const exact = (byLast.get(lastSegment(image)) ?? []).filter(({ images }) => images.some((own) => sameImage(own, image)));
      if (exact.length > 0) return exact.map(match('image'));
      if (isOfficial(image)) return [];
      return named(lastSegment(image))
        .filter(({ bases }) => !bases.has(image.path))
        .map(match('name'));
    },
  };
}

/** Lower case, as in image names. */
function namesOf(survey: Survey, { name, dockerfile, builds }: Service): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (text: string | undefined): void => {
    if (text !== undefined && text.length > 1 && !text.includes('/') && !/^(?:dockerfile|containerfile)/i.test(text))
      names.add(text.toLowerCase());
  };
  add(name);
  for (const build of builds)
    if (build.by === 'compose' || build.by === 'bake' || build.by === 'skaffold' || build.by === 'tilt')
      add(build.name?.slice(build.name.lastIndexOf('/') + 1));
  const dir = dirname(dockerfile);
  if (dir !== ROOT && !isPackagingDirectory(dir)) add(basename(dir));
  for (const [file, pattern] of MANIFESTS)
    add(
      pattern
        .exec(survey.text(repoPath(file, dir) ?? ROOT)?.slice(0, 20_000) ?? '')?.[1]
        ?.replace(/.*\//, '')
        .replace(/\.git$/, ''),
    );
  return names;
}

/** What the program calls itself. */
const MANIFESTS: readonly (readonly [string, RegExp])[] = [
  ['go.mod', /^module\s+([^\s"]+?)(?:\/v\d+)?\s*$/m],
  ['package.json', /"name"\s*:\s*"(?:@[^"/]+\/)?([^"/]+)"/],
  ['Cargo.toml', /^\[package\][^[]*?^name\s*=\s*"([^"]+)"/m],
  ['pyproject.toml', /^\[(?:project|tool\.poetry)\][^[]*?^name\s*=\s*"([^"]+)"/m],
];
