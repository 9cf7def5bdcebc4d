/** Which credential the environment holds. Tokens come from variables or files, never from arguments: those are seen by everybody. */

export type Credential =
  | {
      readonly kind: 'token';
      readonly token: string;
      /** Variable that it came from. */
      readonly from: string;
      /** By its prefix: `installation` is what GitHub Actions and Apps get (`ghs_`), and signs commits made through the API. */
      readonly type: 'installation' | 'fine-grained' | 'classic' | 'user' | 'unknown';
    }
  | {
      readonly kind: 'app';
      readonly appId: string;
      readonly privateKey: string;
      readonly installationId: number | undefined;
      readonly from: string;
    };

/** In order of precedence. */
const TOKEN_VARIABLES = ['DOCKMOD_TOKEN', 'GITHUB_TOKEN', 'GH_TOKEN'] as const;

/** Secrets among the environment's values, for redaction. */
export function secretsIn(credential: Credential | undefined): readonly string[] {
  if (credential === undefined) return [];
  return credential.kind === 'token' ? [credential.token] : [credential.privateKey];
}

/**
 * A GitHub App (`DOCKMOD_APP_ID` with `DOCKMOD_APP_PRIVATE_KEY`, PEM or base64 of it) wins over a token.
 * `undefined` when there is neither.
 */
export function credentialFrom(env: Readonly<Record<string, string | undefined>>): Credential | undefined {
  const [appId, key, installation] = [env['DOCKMOD_APP_ID'], env['DOCKMOD_APP_PRIVATE_KEY'], env['DOCKMOD_APP_INSTALLATION_ID']];
  if (filled(appId) && filled(key)) {
    return {
      kind: 'app',
      appId,
      privateKey: pem(key),
      installationId: filled(installation) ? Number(installation) : undefined,
      from: 'DOCKMOD_APP_ID',
    };
  }
  for (const from of TOKEN_VARIABLES) {
    const token = env[from]?.trim();
    if (filled(token)) return { kind: 'token', token, from, type: typeOf(token) };
  }
  return undefined;
}

function filled(text: string | undefined): text is string {
  return text !== undefined && text.trim() !== '';
}

/** Secrets of CI systems often lose their line breaks. */
function pem(key: string): string {
  const text = key.includes('-----BEGIN') ? key : Buffer.from(key, 'base64').toString('utf8');
  return text.replaceAll('\\n', '\n').trim();
}

/** https://github.blog/engineering/behind-githubs-new-authentication-token-formats/ */
function typeOf(token: string): Extract<Credential, { readonly kind: 'token' }>['type'] {
  if (token.startsWith('ghs_')) return 'installation';
  if (token.startsWith('github_pat_')) return 'fine-grained';
  if (token.startsWith('ghp_')) return 'classic';
  return /^gh[ou]_/.test(token) ? 'user' : 'unknown';
}
