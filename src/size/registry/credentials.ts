/** Credentials as `docker login` leaves them: config.json, credential helpers, identity tokens. */

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** OAuth refresh token in place of a password. */
  readonly identityToken?: string;
}

/** `docker-credential-NAME get` with the server on standard input; its standard output, or `undefined` when it failed. */
export type CredentialHelper = (name: string, server: string) => Promise<string | undefined>;

export interface DockerConfig {
  readonly auths?: Readonly<
    Record<string, { readonly auth?: string; readonly username?: string; readonly password?: string; readonly identitytoken?: string }>
  >;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** Docker Hub's key in config.json, from the time of its first API. */
const HUB_KEY = 'https://index.docker.io/v1/';

/** Reads config.json; anything that is not an object of the expected shape counts as empty. */
export function parseDockerConfig(text: string | undefined): DockerConfig {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

/**
 * Credentials for a registry host (`docker.io`, `ghcr.io`, `localhost:5000`): its helper, else the store, else `auths`.
 * Source: https://docs.docker.com/reference/cli/docker/login/#credential-stores.
 */
export async function credentialsFor(host: string, config: DockerConfig, helper: CredentialHelper): Promise<Credentials | undefined> {
  const keys = keysOf(host);
  const named = keys.map((key) => config.credHelpers?.[key]).find((name) => name !== undefined) ?? config.credsStore;
  // The name becomes part of a program's name: nothing but a plain word.
  if (named !== undefined && /^[A-Za-z0-9][\w.-]{0,63}$/.test(named)) {
    for (const key of keys) {
      const found = fromHelper(await helper(named, key));
      if (found !== undefined) return found;
    }
  }
  for (const key of keys) {
    const entry = config.auths?.[key];
    const found = typeof entry === 'object' && entry !== null ? fromAuth(entry) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function keysOf(host: string): readonly string[] {
  if (host === 'docker.io') return [HUB_KEY, 'docker.io', 'index.docker.io', 'registry-1.docker.io', 'https://index.docker.io/v1'];
  return [host, `https://${host}`, `https://${host}/`, `http://${host}`];
}

function fromAuth(entry: {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
}): Credentials | undefined {
  const decoded = typeof entry.auth === 'string' ? Buffer.from(entry.auth, 'base64').toString('utf8').replace(/\0+$/, '') : '';
  const colon = decoded.indexOf(':');
  const username = colon < 0 ? entry.username : decoded.slice(0, colon);
  const password = colon < 0 ? entry.password : decoded.slice(colon + 1);
  return credentials(username, password, entry.identitytoken);
}

function fromHelper(output: string | undefined): Credentials | undefined {
  if (output === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(output);
    if (typeof value !== 'object' || value === null) return undefined;
    const { Username, Secret } = value as { readonly Username?: unknown; readonly Secret?: unknown };
    if (typeof Username !== 'string' || typeof Secret !== 'string') return undefined;
    return Username === '<token>' ? credentials('', '', Secret) : credentials(Username, Secret, undefined);
  } catch {
    return undefined;
  }
}

function credentials(
  username: string | undefined,
  password: string | undefined,
  identityToken: string | undefined,
): Credentials | undefined {
  if (typeof identityToken === 'string' && identityToken !== '') return { username: username ?? '', password: '', identityToken };
  return typeof username === 'string' && username !== '' && typeof password === 'string' ? { username, password } : undefined;
}
