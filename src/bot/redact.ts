/** Keeps credentials out of everything that leaves the process: logs, reports, bodies, commits and error messages. */

const REDACTED = '***';

/** GitHub's token prefixes, JSON Web Tokens, private keys and authorization headers, whoever they belong to. */
const SHAPES: readonly RegExp[] = [
  /\bgh[opsur]_[A-Za-z0-9_]{16,255}/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,255}/g,
  /\bv1\.[0-9a-f]{40}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]{0,8000}(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
  /(?<=\bauthorization["']?[:=]["']?\s{0,3}(?:basic|bearer|token)\s)[A-Za-z0-9+/_.=-]{8,}/gi,
  /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,100}:)[^\s/@]{3,200}(?=@)/gi,
];

/** Shorter values would be found everywhere by chance. */
const SHORTEST = 6;

export interface Redactor {
  /** Remembers a credential in every form in which it could appear. */
  readonly add: (secret: string) => void;
  readonly clean: (text: string) => string;
}

/** A redactor that knows `secrets`; more are added as tokens are refreshed. */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  const needles = new Set<string>();
  let sorted: readonly string[] = [];
  const add = (secret: string): void => {
    if (secret.length < SHORTEST) return;
    for (const form of formsOf(secret)) if (form.length >= SHORTEST) needles.add(form);
    // Longest first: a form that contains another one must go as a whole.
    sorted = [...needles].sort((a, b) => b.length - a.length);
  };
  secrets.forEach(add);
  return {
    add,
    clean: (text) => {
      let clean = text;
      for (const needle of sorted) if (clean.includes(needle)) clean = clean.replaceAll(needle, REDACTED);
      for (const shape of SHAPES) clean = clean.replace(shape, REDACTED);
      return clean;
    },
  };
}

/** A redactor that knows every value that the environment names as a secret, used or not. */
export function environmentRedactor(env: Readonly<Record<string, string | undefined>>): Redactor {
  return createRedactor(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && /TOKEN|SECRET|PASSWORD|PRIVATE_KEY/.test(name) ? [value, value.trim()] : [],
    ),
  );
}

/** The value, URL-encoded, as JSON shows it, and in base64, also as part of a longer text (`x-access-token:<value>`). */
function* formsOf(secret: string): Generator<string> {
  yield secret;
  yield encodeURIComponent(secret);
  yield JSON.stringify(secret).slice(1, -1);
  for (const line of secret.split('\n')) if (line.length > 40) yield line;
  for (const before of ['', 'x-access-token:', 'oauth2:', 'x', 'xx']) {
    const whole = Buffer.from(`${before}${secret}`).toString('base64');
    yield whole;
    yield whole.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
    // The characters of base64 that depend on the secret alone, for this alignment: also found amid a longer text.
    const skipped = Math.ceil((Buffer.byteLength(before) * 4) / 3);
    const core = whole.replace(/=+$/, '').slice(skipped, -1);
    yield core;
    yield core.replace(/\+/g, '-').replace(/\//g, '_');
  }
}
