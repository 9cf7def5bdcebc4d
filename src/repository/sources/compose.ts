/** Compose files: which Dockerfiles they build and how their services use the images. */

import type { RepositoryFiles } from '../files.ts';
import { textOf } from '../files.ts';
import type { Location } from '../location.ts';
import { basename, dirname, repoPath, type RepoPath } from '../path.ts';
import type { Build, Dependent } from '../service.ts';
import { entries, get, items, readYaml, scalar, type YamlDocument } from '../yaml-read.ts';
import { composeDependents } from './compose-dependents.ts';
import type { Findings } from './finding.ts';
import { imageName, interpolate } from './text.ts';

const NAME = /^(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/i;

export function isComposeFile(path: RepoPath): boolean {
  return NAME.test(basename(path));
}

interface ComposeService {
  readonly name: string;
  readonly node: unknown;
  readonly source: YamlDocument;
  readonly file: RepoPath;
  readonly at: Location;
}

/** Everything in one compose file, `extends` of other files followed once each. */
export function composeFindings(files: RepositoryFiles, path: RepoPath): Findings {
  const loaded = load(files, path);
  if ('problem' in loaded) return { builds: [], uses: [], inline: [], problems: [loaded.problem] };
  const services = loaded.services;
  const healthy = new Map<string, Location>();
  for (const { node, source } of services) {
    for (const { key, value } of entries(source, get(source, node, 'depends_on'))) {
      if (scalar(get(source, value, 'condition')) === 'service_healthy') healthy.set(key, source.at(value));
    }
  }
  const builds: Findings['builds'][number][] = [];
  const uses: Findings['uses'][number][] = [];
  const inline: Location[] = [];
  for (const service of services) {
    const chain = extendsChain(files, service, services);
    const dependents = chain.flatMap((one) => composeDependents(one, one.file));
    const waiting = healthy.get(service.name);
    const all: Dependent[] = waiting === undefined ? dependents : [...dependents, { source: 'compose', at: waiting, by: service.name, kind: 'healthy-dependency' }];
    const owner = chain.find(({ node, source }) => get(source, node, 'build') !== undefined);
    const image = chain.map(({ node, source }) => interpolate(scalar(get(source, node, 'image')))).find((text) => text !== undefined);
    if (owner === undefined) {
      if (image !== undefined) uses.push({ image: imageName(image), dependents: all });
      continue;
    }
    if (get(owner.source, owner.node, 'build', 'dockerfile_inline') !== undefined) {
      inline.push(owner.source.at(get(owner.source, owner.node, 'build', 'dockerfile_inline')));
      continue;
    }
    const found = buildOf(files, owner, service.name, image);
    if (found) builds.push({ ...found, dependents: all.map((dependent) => ({ ...dependent, matched: 'build' })) });
  }
  return { builds, uses, inline, problems: [] };
}

function load(files: RepositoryFiles, path: RepoPath): { readonly services: readonly ComposeService[] } | { readonly problem: { at: Location; message: string } } {
  const text = textOf(files, path);
  if (text === undefined) {
    const read = files.read(path);
    return { problem: { at: { path, line: 1 }, message: read.kind === 'unreadable' ? read.detail : '' } };
  }
  const answer = readYaml(path, text);
  if (answer.kind === 'broken') return { problem: { at: answer.at, message: `not usable as a compose file: ${answer.message}` } };
  return {
    services: answer.documents.flatMap((source) =>
      entries(source, get(source, source.document.contents, 'services')).map(({ key, keyNode, value }) => ({ name: key, node: value, source, file: path, at: source.at(keyNode) })),
    ),
  };
}

/** The service and what it extends, nearest first; a cycle ends the chain. */
function extendsChain(files: RepositoryFiles, service: ComposeService, siblings: readonly ComposeService[]): readonly ComposeService[] {
  const chain = [service];
  const seen = new Set([`${service.file}\0${service.name}`]);
  for (let at = service; ; ) {
    const extended = get(at.source, at.node, 'extends');
    const name = scalar(extended) ?? scalar(get(at.source, extended, 'service'));
    if (name === undefined) return chain;
    const other = interpolate(scalar(get(at.source, extended, 'file')));
    const file = other === undefined ? at.file : repoPath(other, dirname(at.file));
    if (file === undefined || seen.has(`${file}\0${name}`)) return chain;
    seen.add(`${file}\0${name}`);
    const loaded = file === service.file ? { services: siblings } : load(files, file);
    const next = 'services' in loaded ? loaded.services.find((candidate) => candidate.name === name) : undefined;
    if (next === undefined) return chain;
    chain.push(next);
    at = next;
  }
}

function buildOf(files: RepositoryFiles, { node, source, file, at }: ComposeService, service: string, image: string | undefined): { readonly dockerfile: RepoPath; readonly build: Build } | undefined {
  const build = get(source, node, 'build');
  const short = interpolate(scalar(build));
  const written = short ?? interpolate(scalar(get(source, build, 'context'))) ?? '.';
  const context = /^(?:https?:|git@|git:|ssh:|github\.com\/)|\.git(?:#|$)|\$/.test(written) ? undefined : repoPath(written, dirname(file));
  const dockerfile = interpolate(scalar(get(source, build, 'dockerfile'))) ?? (context !== undefined && !files.isFile(repoPath('Dockerfile', context) as RepoPath) && files.isFile(repoPath('Containerfile', context) as RepoPath) ? 'Containerfile' : 'Dockerfile');
  const path = context === undefined ? undefined : repoPath(dockerfile, context);
  if (path === undefined) return undefined;
  const args = get(source, build, 'args');
  const values: Record<string, string | undefined> = {};
  for (const { key, value } of entries(source, args)) values[key] = interpolate(scalar(value));
  for (const item of items(source, args)) {
    const text = scalar(item) ?? '';
    const equals = text.indexOf('=');
    if (equals < 0) values[text] = undefined;
    else values[text.slice(0, equals)] = interpolate(text.slice(equals + 1));
  }
  const target = interpolate(scalar(get(source, build, 'target')));
  const platforms = items(source, get(source, build, 'platforms')).flatMap((item) => scalar(item) ?? []);
  return {
    dockerfile: path,
    build: {
      by: 'compose', at: build === undefined ? at : source.at(build), name: service, context, args: values,
      ...(target === undefined ? {} : { target }),
      ...(platforms.length === 0 ? {} : { platforms }),
      ...(image === undefined ? {} : { image: imageName(image) }),
    },
  };
}
