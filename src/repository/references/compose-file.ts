/** Compose files as their authors mean them: services with `extends`, `include`, merge keys and variables worked out. */

import { basename, dirname, repoPath, ROOT, type RepoPath } from '../path.ts';
import type { Location } from '../location.ts';
import type { Survey } from '../survey.ts';
import { envFile, interpolate, type Lookup } from '../syntax/interpolate.ts';
import { entries, entry, get, isTrue, items, text, texts, type YamlNode } from '../syntax/yaml.ts';

/** A service as one file has it. */
export interface ComposeLayer {
  readonly file: RepoPath;
  readonly node: YamlNode;
}

export interface ComposeService {
  readonly name: string;
  readonly file: RepoPath;
  readonly at: Location;
  /** The service itself, then what it extends, nearest first. */
  readonly layers: readonly ComposeLayer[];
  readonly variables: Lookup;
}

const NAMED =
  /^(?:docker-)?compose(?:[._-].*)?\.ya?ml$|[._-](?:docker-)?compose(?:[._-].*)?\.ya?ml$|^(?:docker-)?stack(?:[._-].*)?\.ya?ml$/i;
/** Files in a directory of that name are compose files when they look like one. */
const FOLDER = /(?:^|\/)(?:docker-)?compose(?:\/[^/]+)?\/[^/]+\.ya?ml$/i;
const LOOKS = /^services\s*:/m;
const MAX_FILES = 500;
const MAX_CHAIN = 20;

const MODELS = new WeakMap<Survey, readonly ComposeService[]>();

/** All compose services of the repository. `extra`: files that a command line names (`docker compose -f x.yml`). */
export function composeServices(survey: Survey, extra: readonly RepoPath[] = []): readonly ComposeService[] {
  let model = MODELS.get(survey);
  if (!model) MODELS.set(survey, (model = read(survey, extra)));
  return model;
}

function read(survey: Survey, extra: readonly RepoPath[]): readonly ComposeService[] {
  const pending = [...new Set([...survey.sources.filter((path) => isComposeFile(survey, path)), ...extra])];
  const seen = new Set<RepoPath>();
  const services: ComposeService[] = [];
  for (let path = pending.shift(); path !== undefined && seen.size < MAX_FILES; path = pending.shift()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const variables = variablesOf(survey, path);
    for (const document of survey.yaml(path, NAMED.test(basename(path)))) {
      for (const { key, at, value } of servicesOf(document))
        services.push({ name: key, file: path, at, layers: chain(survey, key, { file: path, node: value }, variables), variables });
      for (const include of items(get(document, 'include'))) {
        for (const other of texts(text(include) === undefined ? get(include, 'path') : include)) {
          const target = repoPath(interpolate(other, variables), dirname(path));
          if (target !== undefined && survey.exists(target)) pending.push(target);
        }
      }
    }
  }
  return services;
}

function isComposeFile(survey: Survey, path: RepoPath): boolean {
  if (NAMED.test(basename(path))) return true;
  return FOLDER.test(path) && LOOKS.test(survey.text(path) ?? '');
}

/** The `services` map; or the whole file, in the format of 2014 that had none. */
function servicesOf(document: YamlNode): ReturnType<typeof entries> {
  const services = entry(document, 'services');
  if (services) return entries(services.value);
  return entries(document).filter(({ value }) => (get(value, 'build') ?? get(value, 'image')) !== undefined);
}

function chain(survey: Survey, name: string, first: ComposeLayer, variables: Lookup): readonly ComposeLayer[] {
  const layers = [first];
  const seen = new Set([`${first.file}\0${name}`]);
  for (let at = first; layers.length < MAX_CHAIN;) {
    const extended = get(at.node, 'extends');
    const service = text(extended) ?? text(get(extended, 'service'));
    if (service === undefined) break;
    const other = text(get(extended, 'file'));
    const file = other === undefined ? at.file : repoPath(interpolate(other, variables), dirname(at.file));
    if (file === undefined || !survey.exists(file) || seen.has(`${file}\0${service}`)) break;
    seen.add(`${file}\0${service}`);
    const node = survey
      .yaml(file, true)
      .flatMap(servicesOf)
      .find(({ key }) => key === service)?.value;
    if (node === undefined) break;
    at = { file, node };
    layers.push(at);
  }
  return layers;
}

/** Compose reads `.env` of the project directory; of a file deeper down also that of the directories above it, since `-f` may name it from there. */
function variablesOf(survey: Survey, path: RepoPath): Lookup {
  const files: ReadonlyMap<string, string>[] = [];
  for (let dir = dirname(path); ; dir = dirname(dir)) {
    const content = survey.text(repoPath('.env', dir) ?? ROOT);
    if (content !== undefined) files.push(envFile(content));
    if (dir === ROOT) break;
  }
  return (name) => files.map((file) => file.get(name)).find((value) => value !== undefined);
}

/** The nearest layer's value of a key, with the file it stands in. `!reset` removes it. */
export function field(
  service: ComposeService,
  key: string,
): { readonly value: YamlNode; readonly at: Location; readonly file: RepoPath } | undefined {
  for (const { file, node } of service.layers) {
    const found = entry(node, key);
    if (found) return { value: found.value, at: found.at, file };
  }
  return undefined;
}

/** The values of a key in every layer: lists and maps of compose add up. */
export function fields(
  service: ComposeService,
  key: string,
): readonly { readonly value: YamlNode; readonly at: Location; readonly file: RepoPath }[] {
  return service.layers.flatMap(({ file, node }) => {
    const found = entry(node, key);
    return found ? [{ value: found.value, at: found.at, file }] : [];
  });
}

/** Scalar text with variables worked out, unknown ones as holes. */
export function valueText(service: ComposeService, node: YamlNode | undefined): string | undefined {
  const found = text(node);
  return found === undefined ? undefined : interpolate(found, service.variables);
}

export function interpolated(service: ComposeService, value: string): string {
  return interpolate(value, service.variables);
}

export function isEnabled(service: ComposeService, key: string): boolean {
  return isTrue(field(service, key)?.value);
}
