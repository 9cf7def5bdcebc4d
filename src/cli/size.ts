/** `dockmod size`: bytes of published images, and what the changes of a service would do to them. */

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import { runCommand } from '../engine/index.ts';
import { parseReference } from '../images/reference.ts';
import { createImages } from '../images/table.ts';
import type { Plan } from '../plan/plan.ts';
import { redactSecrets } from '../report/redact.ts';
import { textOf } from '../repository/files.ts';
import type { Service } from '../repository/service.ts';
import {
  baseFromTable,
  compareLayers,
  createRegistry,
  credentialsFor,
  estimate,
  finalBase,
  htmlPage,
  layersAsHtml,
  layersAsMarkdown,
  layersAsText,
  measureImage,
  parseDockerConfig,
  type Base,
  type LayerRow,
  type MeasuredImage,
  type Registry,
} from '../size/index.ts';
import type { Measure } from '../size/measure.ts';
import { sizeTable, type SizeRow } from '../size/size-table.ts';
import type { Register } from './register.ts';
import { EXIT, UsageError } from './exit.ts';
import type { Host } from './host.ts';
import { withSelection, type SelectionOptions } from './options.ts';
import { planPaths } from './planning.ts';
import type { Workspace } from './workspace.ts';

interface SizeOptions extends SelectionOptions {
  readonly platform: string;
  readonly offline?: true;
  readonly published?: true;
  readonly layers?: true;
  readonly format: 'text' | 'markdown' | 'html' | 'json';
  readonly insecure?: readonly string[];
  readonly mirror?: readonly string[];
}

export const register: Register = (command, host, run) => {
  command
    .argument('[targets...]', 'image references, Dockerfiles, service directories or a repository (default: the working directory)')
    .option('--platform <platform>', 'platform whose image is measured', 'linux/amd64')
    .option('--offline', 'ask no registry: estimate from the embedded table')
    .option('--published', 'also read the manifest of the published image that a service is built as')
    .option('--layers', 'list the layers; two images are compared')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'markdown', 'html', 'json']).default('text'))
    .option('--insecure <hosts>', 'registries to speak plain HTTP with (loopback always)', (text: string) => text.split(','))
    .option(
      '--mirror <registry=host>',
      'ask this host first, e.g. docker.io=mirror.example',
      (text: string, all: readonly string[] | undefined) => [...(all ?? []), text],
    );
  withSelection(command)
    .addHelpText('after', EXAMPLES)
    .action(run((targets: readonly string[], options: SizeOptions) => size(host, targets, options)));
};

async function size(host: Host, targets: readonly string[], options: SizeOptions): Promise<number> {
  const { registry, clean } = connect(host, options);
  const images = targets.filter((target) => !existsSync(resolve(host.cwd, target)));
  const paths = targets.filter((target) => !images.includes(target));
  for (const image of images)
    if (parseReference(image) === undefined) throw new UsageError(`${image} is neither a path nor an image reference`);
  const measured = await Promise.all(images.map((image) => measureImage(image, options.platform, registry)));
  const rows: SizeRow[] = measured.map(({ measure }, index) => ({
    name: images[index] ?? '',
    before: orFromTable(measure, images[index] ?? '', options.platform),
  }));
  if (paths.length > 0 || images.length === 0) {
    const { workspace, findings, discovery } = await planPaths(host, paths, options);
    for (const plan of findings.plans) {
      const service = discovery.services.find(({ name }) => name === plan.service);
      const row = service === undefined ? undefined : await serviceRow(plan, service, workspace, registry, options);
      if (row !== undefined) rows.push(row);
    }
  }
  const layers = options.layers === true ? layersOf(measured) : undefined;
  const table = sizeTable(rows, options.format, layers);
  const below =
    layers === undefined || options.format === 'json'
      ? ''
      : { text: layersAsText, markdown: layersAsMarkdown, html: layersAsHtml }[options.format](layers);
  host.stdout.write(
    clean(
      options.format === 'html'
        ? htmlPage('Image sizes', `${table}${below === '' ? '' : `<h2>Layers</h2>\n${below}`}`)
        : `${table}${below === '' ? '' : `\n${below}`}`,
    ),
  );
  if (options.layers === true && layers === undefined)
    host.stderr.write(
      'dockmod: no layers to show: they are read from the manifests of images that are named, and dockmod verify shows those of a service\n',
    );
  return measured.some(({ measure }, index) => orFromTable(measure, images[index] ?? '', options.platform).kind === 'unknown')
    ? EXIT.failed
    : EXIT.done;
}

/** Of one image, or of two side by side; `undefined` when no manifest was read. */
function layersOf([first, second]: readonly MeasuredImage[]): readonly LayerRow[] | undefined {
  if (first === undefined || (first.layers.length === 0 && (second?.layers.length ?? 0) === 0)) return undefined;
  return second === undefined ? compareLayers([], first.layers) : compareLayers(first.layers, second.layers);
}

/** The registry with the user's own credentials, and what keeps them out of the output. */
function connect(host: Host, options: SizeOptions): { readonly registry: Registry; readonly clean: (text: string) => string } {
  const secrets = new Set<string>();
  const directory = host.env['DOCKER_CONFIG'] ?? join(host.env['HOME'] ?? host.cwd, '.docker');
  let config: ReturnType<typeof parseDockerConfig> | undefined;
  const helper = async (name: string, server: string): Promise<string | undefined> => {
    const result = await runCommand(`docker-credential-${name}`, ['get'], { timeout: 15_000, env: host.env, input: server });
    return result.outcome === 'exited' && result.code === 0 ? result.stdout : undefined;
  };
  const mirrors: Record<string, string[]> = {};
  for (const text of options.mirror ?? []) {
    const [registry = '', mirror = ''] = text.split('=');
    if (registry === '' || mirror === '') throw new UsageError(`--mirror: "${text}" is not of the form registry=host`);
    (mirrors[registry] ??= []).push(mirror);
  }
  return {
    registry: createRegistry({
      offline: options.offline === true,
      mirrors,
      insecure: options.insecure ?? [],
      credentials: (registry) => credentialsFor(registry, (config ??= parseDockerConfig(read(join(directory, 'config.json')))), helper),
      onSecret: (secret) => secrets.add(secret),
    }),
    clean: (text) => {
      let cleaned = redactSecrets(text);
      for (const secret of secrets) if (secret.length >= 4) cleaned = cleaned.replaceAll(secret, '***');
      return cleaned;
    },
  };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

async function serviceRow(
  plan: Plan,
  service: Service,
  { files, images }: Workspace,
  registry: Registry,
  options: SizeOptions,
): Promise<SizeRow | undefined> {
  const text = textOf(files, plan.dockerfile);
  if (text === undefined) return undefined;
  const [build] = service.builds;
  const after = plan.changes.find(({ path }) => path === plan.dockerfile)?.after ?? text;
  const bases = [text, after].map((version) => finalBase(plan.dockerfile, version, build.target, images));
  const [from, to] = await Promise.all(
    bases.map((base) => (base === undefined ? undefined : sizeOfBase(base, registry, images, options.platform))),
  );
  const published =
    options.published === true && build.image !== undefined
      ? (await measureImage(build.image, options.platform, registry)).measure
      : undefined;
  const [base, newBase] = bases;
  if (from !== undefined && base === newBase) {
    const before: Measure = published ?? {
      kind: 'estimated',
      pull: from.pull,
      platform: options.platform,
      method: `${from.method}; base image alone`,
    };
    return {
      name: plan.service,
      before,
      after: {
        kind: 'unknown',
        reason: plan.changes.length === 0 ? 'nothing changes' : 'the base image stays; dockmod verify measures what changes on it',
      },
    };
  }
  const unknown: Measure = { kind: 'unknown', reason: 'the base image is not in the table, and no registry told its size' };
  if (from === undefined || to === undefined) return { name: plan.service, before: published ?? unknown, after: unknown };
  const stripped = plan.outcomes.some(({ kind, transform }) => kind === 'applied' && transform === 'go-ldflags');
  return {
    name: plan.service,
    ...estimate({
      platform: options.platform,
      before: from,
      after: to,
      stripped,
      ...(published === undefined || published.kind === 'unknown' ? {} : { published }),
    }),
  };
}

/** The table's number in place of an answer that nobody gave. */
function orFromTable(measure: Measure, reference: string, platform: string): Measure {
  const base = measure.kind === 'unknown' && platform === 'linux/amd64' ? baseFromTable(reference, createImages()) : undefined;
  return base === undefined
    ? measure
    : { kind: 'estimated', pull: base.pull, ...(base.range === undefined ? {} : { range: base.range }), platform, method: base.method };
}

/** Exact bytes from the registry, else the table. */
async function sizeOfBase(reference: string, registry: Registry, images: Workspace['images'], platform: string): Promise<Base | undefined> {
  const { measure } = await measureImage(reference, platform, registry);
  if (measure.kind !== 'unknown') return { pull: measure.pull, method: measure.method };
  return platform === 'linux/amd64' ? baseFromTable(reference, images) : undefined;
}

const EXAMPLES = `
Examples:
  dockmod size python:3.12-slim                         exact bytes, from the manifest
  dockmod size --layers alpine:3.24 debian:13-slim      two images, layer by layer
  dockmod size services/api                             what the changes would do
  dockmod size --offline                                the same, from the embedded table

measured: manifests; built: dockmod verify; estimated: base images exchanged. Nothing is pulled.
Exit codes: 0 done; 1 an image that was named could not be measured; 2 wrong usage.`;
