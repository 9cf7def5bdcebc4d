/** A client of the OCI distribution API, as much of it as sizes need: manifests, configurations, tokens. */

import { canonicalName, type ImageReference } from '../../images/reference.ts';
import { parseChallenge, type Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { DEFAULT_LIMITS, exchange, hostOf, NETWORK, type Answer, type Limits, type Network } from './http.ts';
import { choosePlatform, instructionsOf, MANIFEST_TYPES, parseManifest, platformOf, type Descriptor } from './manifest.ts';
import { failureOf, ok, type RegistryFailure, type RegistryResult } from './outcome.ts';

export interface RemoteLayer extends Descriptor {
  /** The instruction that made it, as the image's history tells. */
  readonly instruction: string | undefined;
}

export interface RemoteImage {
  /** Digest of the platform's own manifest. */
  readonly digest: string;
  readonly platform: string;
  /** Compressed layers and configuration, in bytes: what a pull transfers. */
  readonly pull: number;
  readonly layers: readonly RemoteLayer[];
}

export interface RegistryOptions {
  readonly credentials?: (host: string) => Promise<Credentials | undefined>;
  /** Told every credential and token before it is used, so that sinks can hide it. */
  readonly onSecret?: (secret: string) => void;
  /** Mirror hosts to ask first, by registry host: `{ 'docker.io': ['mirror.example:5000'] }`. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  /** Registries to speak plain HTTP with, beside loopback addresses. */
  readonly insecure?: readonly string[];
  /** Asks nobody: every answer is `offline`. */
  readonly offline?: boolean;
  readonly limits?: Partial<Limits>;
  readonly network?: Network;
}

export interface Registry {
  /** Size and layers of an image for one platform; one request for the manifest, one for an index before it, one for the configuration. */
  readonly image: (reference: ImageReference, platform: string) => Promise<RegistryResult<RemoteImage>>;
}

// The distribution specification asks registries to accept manifests of 4 MiB; nobody writes larger ones.
const LARGEST = { manifest: 4 << 20, config: 8 << 20, token: 1 << 20 } as const;

export function createRegistry(options: RegistryOptions = {}): Registry {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const network = options.network ?? NETWORK;
  const tokens = new Map<string, string>();
  /** What each host answered that could not be reached: it is not asked again in this run. */
  const down = new Map<string, RegistryFailure>();

  async function image(reference: ImageReference, platform: string): Promise<RegistryResult<RemoteImage>> {
    const { domain, path } = canonicalName(reference);
    if (options.offline === true) return { kind: 'offline', reason: `${domain}/${path}: not asked, because the network is off` };
    let result: RegistryResult<RemoteImage> | undefined;
    for (const host of [...(options.mirrors?.[domain] ?? []), domain]) {
      result = await imageAt(host, path, reference.digest ?? reference.tag ?? 'latest', platform);
      if (result.kind === 'ok') return result;
    }
    return result ?? { kind: 'unreachable', reason: `${domain}/${path}: no registry to ask` };
  }

  async function imageAt(host: string, path: string, tag: string, platform: string): Promise<RegistryResult<RemoteImage>> {
    let name = tag;
    for (let depth = 0; depth < 3; depth += 1) {
      const answer = await get(host, path, `manifests/${name}`, LARGEST.manifest, MANIFEST_TYPES.join(', '));
      if (answer.kind !== 'ok') return answer;
      const what = `${host}: ${path}:${tag}`;
      const manifest = parseManifest(answer.value.text, what);
      if (manifest.kind !== 'ok') return manifest;
      if (manifest.value.kind === 'index') {
        const entry = choosePlatform(manifest.value.platforms, platform);
        if (entry === undefined)
          return {
            kind: 'no-platform',
            reason: `${what}: there is no image for ${platform}, only for ${manifest.value.platforms.map((known) => known.platform).join(', ') || 'nothing'}`,
          };
        name = entry.digest;
        continue;
      }
      const { config, layers } = manifest.value;
      const text = await get(host, path, `blobs/${config.digest}`, LARGEST.config, '*/*');
      const found = text.kind === 'ok' ? platformOf(text.value.text) : undefined;
      if (found !== undefined && choosePlatform([{ ...config, platform: found }], platform) === undefined)
        return { kind: 'no-platform', reason: `${what}: the image is for ${found}, not for ${platform}` };
      const made = text.kind === 'ok' ? instructionsOf(text.value.text, layers.length) : [];
      return ok({
        digest: name.includes(':') ? name : (answer.value.header('docker-content-digest') ?? ''),
        platform: found ?? platform,
        pull: config.size + layers.reduce((sum, layer) => sum + layer.size, 0),
        layers: layers.map((layer, index) => ({ ...layer, instruction: made[index] })),
      });
    }
    return { kind: 'invalid-response', reason: `${host}: ${path}:${tag}: indexes point to indexes` };
  }

  async function get(host: string, path: string, resource: string, largest: number, accept: string): Promise<RegistryResult<Answer>> {
    const url = `${schemeFor(host, options.insecure)}://${apiHost(host)}/v2/${path}/${resource}`;
    const what = `${path} (${resource.length > 40 ? `${resource.slice(0, 40)}...` : resource})`;
    const cacheKey = `${host} ${path}`;
    const ask = (authorization: string | undefined): Promise<RegistryResult<Answer>> =>
      exchange(
        { url, what, largest, headers: { accept, 'user-agent': 'dockmod', ...(authorization === undefined ? {} : { authorization }) } },
        network,
        limits,
      );
    const gone = down.get(host);
    if (gone !== undefined) return { ...gone, reason: `${host}: ${path}: not asked again after it could not be reached` };
    const known = tokens.get(cacheKey);
    const first = await ask(known);
    if (first.kind === 'unreachable' || first.kind === 'timeout') down.set(host, first);
    if (first.kind !== 'ok' || first.value.status === 200) return first;
    const challenge = parseChallenge(first.value.header('www-authenticate'));
    const authorization = challenge === undefined ? ok(undefined) : await authorize(host, path, challenge);
    if (authorization.kind !== 'ok') return authorization;
    if (authorization.value === undefined) return failureOf(401, hostOf(url), what);
    const second = await ask(authorization.value);
    if (second.kind === 'ok' && second.value.status === 401) return failureOf(401, hostOf(url), what);
    if (second.kind === 'ok') tokens.set(cacheKey, authorization.value);
    return second;
  }

  /** The Authorization header that meets a challenge; `undefined` when there are no credentials for it. */
  async function authorize(host: string, path: string, challenge: Challenge): Promise<RegistryResult<string | undefined>> {
    const credentials = await options.credentials?.(host);
    const secret = (text: string): string => {
      options.onSecret?.(text);
      return text;
    };
    const basic =
      credentials === undefined || credentials.identityToken !== undefined
        ? undefined
        : secret(`Basic ${secret(Buffer.from(`${credentials.username}:${secret(credentials.password)}`).toString('base64'))}`);
    if (challenge.scheme === 'basic') return ok(basic);
    const realm = tokenUrl(challenge.realm, host, options.insecure);
    if (realm === undefined)
      return { kind: 'invalid-response', reason: `${host}: the token address that the registry names is not acceptable` };
    const scope = challenge.scope ?? `repository:${path}:pull`;
    const what = `token for ${path}`;
    const service = challenge.service ?? host;
    let answer: RegistryResult<Answer>;
    if (credentials?.identityToken === undefined) {
      realm.searchParams.set('service', service);
      realm.searchParams.set('scope', scope);
      answer = await exchange(
        {
          url: realm.href,
          what,
          largest: LARGEST.token,
          headers: { accept: 'application/json', 'user-agent': 'dockmod', ...(basic === undefined ? {} : { authorization: basic }) },
        },
        network,
        limits,
      );
    } else {
      const body = new URLSearchParams({
        grant_type: 'refresh_token',
        service,
        scope,
        client_id: 'dockmod',
        refresh_token: secret(credentials.identityToken),
      }).toString();
      answer = await exchange(
        {
          url: realm.href,
          what,
          largest: LARGEST.token,
          body,
          headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'dockmod' },
        },
        network,
        limits,
      );
    }
    if (answer.kind !== 'ok') return answer;
    if (answer.value.status === 401) return failureOf(401, realm.host, what);
    const token = tokenOf(answer.value.text);
    return token === undefined
      ? { kind: 'invalid-response', reason: `${realm.host}: ${what}: the answer holds no token` }
      : ok(`Bearer ${secret(token)}`);
  }

  return { image };
}

function tokenOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { token, access_token } = value as { readonly token?: unknown; readonly access_token?: unknown };
    const found = typeof token === 'string' && token !== '' ? token : access_token;
    // A header value: nothing that could end the line.
    return typeof found === 'string' && /^[\x21-\x7e]+$/.test(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Docker Hub's API lives under another name than its images. */
function apiHost(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host;
}

function schemeFor(host: string, insecure: readonly string[] | undefined): 'http' | 'https' {
  return isLoopback(host) || insecure?.includes(host) === true ? 'http' : 'https';
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host);
}

/** Where the registry says that tokens come from. Credentials go there: over TLS, or in clear text only where the registry itself is. */
function tokenUrl(realm: string, host: string, insecure: readonly string[] | undefined): URL | undefined {
  try {
    const url = new URL(realm);
    if (url.username !== '' || url.password !== '') return undefined;
    return url.protocol === 'https:' || (url.protocol === 'http:' && schemeFor(host, insecure) === 'http') ? url : undefined;
  } catch {
    return undefined;
  }
}
