/** What an image's configuration promises to whoever starts it, and how two of them differ. */

import type { ContractChange } from '../transforms/transform.ts';

export interface ImageConfig {
  readonly kind: 'config';
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** As the engine stores it: `CMD`, `CMD-SHELL`, then the command; empty when there is none. */
  readonly healthcheck: readonly string[];
  readonly stopSignal: string;
  /** Unpacked bytes. */
  readonly size: number;
  readonly layers: readonly string[];
  readonly platform: string;
}

export interface ConfigDifference {
  readonly field: string;
  readonly key?: string;
  readonly before: string;
  readonly after: string;
  /** A transform said that it would change this. */
  readonly declared: boolean;
}

/** Reads one object of `docker image inspect`; missing parts are empty. */
export function parseImageConfig(value: unknown): ImageConfig | undefined {
  if (!isRecord(value)) return undefined;
  const config = isRecord(value['Config']) ? value['Config'] : {};
  const health = isRecord(config['Healthcheck']) ? config['Healthcheck'] : isRecord(value['HealthCheck']) ? value['HealthCheck'] : {};
  const rootfs = isRecord(value['RootFS']) ? value['RootFS'] : {};
  return {
    kind: 'config',
    user: text(config['User']),
    entrypoint: texts(config['Entrypoint']),
    cmd: texts(config['Cmd']),
    workdir: text(config['WorkingDir']) || '/',
    env: Object.fromEntries(texts(config['Env']).map((entry) => split(entry))),
    ports: Object.keys(isRecord(config['ExposedPorts']) ? config['ExposedPorts'] : {}).sort(),
    volumes: Object.keys(isRecord(config['Volumes']) ? config['Volumes'] : {}).sort(),
    labels: Object.fromEntries(
      Object.entries(isRecord(config['Labels']) ? config['Labels'] : {}).flatMap(([key, label]) =>
        typeof label === 'string' ? [[key, label]] : [],
      ),
    ),
    healthcheck: texts(health['Test']),
    stopSignal: text(config['StopSignal']),
    size: typeof value['Size'] === 'number' ? value['Size'] : 0,
    layers: texts(rootfs['Layers']),
    platform: [
      text(value['Os']) || 'linux',
      text(value['Architecture']) || 'amd64',
      ...(text(value['Variant']) === '' ? [] : [text(value['Variant'])]),
    ].join('/'),
  };
}

/** Labels that builders add by themselves. */
const OWN_LABEL = /^(?:dev\.dockmod\.|io\.buildah\.|standin)/;

/** Every difference that a platform or a script could notice, with what the plan declared. */
export function compareConfigs(before: ImageConfig, after: ImageConfig, declares: readonly ContractChange[]): readonly ConfigDifference[] {
  const declared = (field: ContractChange['field'], key?: string): boolean =>
    declares.some((change) => change.field === field && (change.key === undefined || key === undefined || change.key === key));
  const found: ConfigDifference[] = [];
  const value = (field: ContractChange['field'], left: string, right: string): void => {
    if (left !== right) found.push({ field, before: left, after: right, declared: declared(field) });
  };
  value('user', before.user, after.user);
  value('entrypoint', JSON.stringify(before.entrypoint), JSON.stringify(after.entrypoint));
  value('cmd', JSON.stringify(before.cmd), JSON.stringify(after.cmd));
  value('workdir', before.workdir, after.workdir);
  value('healthcheck', JSON.stringify(before.healthcheck), JSON.stringify(after.healthcheck));
  value('stopSignal', before.stopSignal, after.stopSignal);
  for (const [field, left, right] of [
    ['ports', before.ports, after.ports],
    ['volumes', before.volumes, after.volumes],
  ] as const) {
    for (const key of new Set([...left, ...right])) {
      if (left.includes(key) !== right.includes(key))
        found.push({
          field,
          key,
          before: left.includes(key) ? 'set' : '',
          after: right.includes(key) ? 'set' : '',
          declared: declared(field, key),
        });
    }
  }
  for (const [field, left, right] of [
    ['env', before.env, after.env],
    ['labels', before.labels, after.labels],
  ] as const) {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      if (left[key] === right[key] || (field === 'labels' && OWN_LABEL.test(key))) continue;
      // What a base image sets by itself comes and goes with the base.
      found.push({ field, key, before: left[key] ?? '', after: right[key] ?? '', declared: declared(field, key) || declared('base') });
    }
  }
  return found;
}

function split(entry: string): readonly [string, string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}
function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
