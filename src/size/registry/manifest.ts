/** OCI and Docker manifests: which platforms an index holds, and how many bytes a pull transfers. */

import { ok, type RegistryResult } from './outcome.ts';

/** All kinds in one Accept header: a registry that is not asked for them answers with schema 1, which has no sizes. */
export const MANIFEST_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
] as const;

export interface Descriptor {
  readonly digest: string;
  /** Bytes as transferred. */
  readonly size: number;
}

export interface PlatformEntry extends Descriptor {
  /** `linux/amd64`, `linux/arm64/v8`. */
  readonly platform: string;
}

export type Manifest =
  | { readonly kind: 'index'; readonly platforms: readonly PlatformEntry[] }
  | { readonly kind: 'image'; readonly config: Descriptor; readonly layers: readonly Descriptor[] };

const MOST_ENTRIES = 10_000;

/** Reads a manifest of either family, judged by its shape: `mediaType` is optional in OCI. */
export function parseManifest(text: string, what: string): RegistryResult<Manifest> {
  const invalid = (why: string): RegistryResult<Manifest> => ({ kind: 'invalid-response', reason: `${what}: the manifest ${why}` });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return invalid('is not JSON');
  }
  if (!isRecord(value)) return invalid('is not an object');
  if (value['schemaVersion'] === 1) return invalid('is Docker schema 1, which states no sizes');
  if (Array.isArray(value['manifests'])) {
    if (value['manifests'].length > MOST_ENTRIES) return invalid('lists too many entries');
    return ok({ kind: 'index', platforms: value['manifests'].flatMap(platformEntry) });
  }
  const config = descriptor(value['config']);
  const layers = Array.isArray(value['layers']) && value['layers'].length <= MOST_ENTRIES ? value['layers'].map(descriptor) : undefined;
  if (config === undefined || layers === undefined || layers.includes(undefined))
    return invalid('names no configuration or layers with sizes');
  return ok({ kind: 'image', config, layers: layers.filter((layer) => layer !== undefined) });
}

/** Attestations ride along as `unknown/unknown`: they are no platform. */
function platformEntry(value: unknown): readonly PlatformEntry[] {
  const entry = descriptor(value);
  if (entry === undefined || !isRecord(value)) return [];
  const platform = isRecord(value['platform']) ? value['platform'] : {};
  const { os, architecture, variant } = platform;
  if (typeof os !== 'string' || typeof architecture !== 'string' || os === 'unknown' || architecture === 'unknown') return [];
  return [{ ...entry, platform: [os, architecture, ...(typeof variant === 'string' && variant !== '' ? [variant] : [])].join('/') }];
}

function descriptor(value: unknown): Descriptor | undefined {
  if (!isRecord(value)) return undefined;
  const { digest, size } = value;
  if (typeof digest !== 'string' || !/^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-f]{32,128}$/.test(digest)) return undefined;
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? { digest, size } : undefined;
}

/** The entry for a platform; `linux/arm64` and `linux/arm64/v8` are the same machine. */
export function choosePlatform(platforms: readonly PlatformEntry[], wanted: string): PlatformEntry | undefined {
  const plain = (platform: string): string => platform.replace(/^(linux\/arm64)\/v8$/, '$1').replace(/^(linux\/amd64)\/v1$/, '$1');
  return platforms.find(({ platform }) => plain(platform) === plain(wanted));
}

/** One non-empty history entry for each layer, as far as the configuration tells: what made the layer. */
export function instructionsOf(config: string, layers: number): readonly (string | undefined)[] {
  const none = Array.from({ length: layers }, () => undefined);
  try {
    const value: unknown = JSON.parse(config);
    const history = isRecord(value) ? value['history'] : undefined;
    if (!Array.isArray(history)) return none;
    const made = history
      .filter((entry): entry is Record<string, unknown> => isRecord(entry) && entry['empty_layer'] !== true)
      .map(({ created_by }) => (typeof created_by === 'string' ? created_by : undefined));
    return made.length === layers ? made : none;
  } catch {
    return none;
  }
}

/** Operating system and architecture of an image configuration: `linux/arm64/v8`. */
export function platformOf(config: string): string | undefined {
  try {
    const value: unknown = JSON.parse(config);
    if (!isRecord(value) || typeof value['os'] !== 'string' || typeof value['architecture'] !== 'string') return undefined;
    return [
      value['os'],
      value['architecture'],
      ...(typeof value['variant'] === 'string' && value['variant'] !== '' ? [value['variant']] : []),
    ].join('/');
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
