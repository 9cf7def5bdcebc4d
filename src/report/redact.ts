/** Secrets in quoted lines: what looks like one is not repeated in prose. Patches are never touched. */

const REDACTED = '***';

const SECRET_NAME = /token|secret|passw(?:or)?d|passphrase|api_?key|access_?key|private_?key|signing_?key|credential|_pat$|_auth$/i;

/** Shapes of tokens that are recognised without a name: GitHub, GitLab, AWS, Slack, npm, OpenAI and Anthropic, Google, JSON Web Tokens. */
const TOKEN_SHAPE =
  /\b(?:gh[opsur]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|AKIA[0-9A-Z]{16}|xox[abprs]-[A-Za-z0-9-]{10,}|npm_[A-Za-z0-9]{30,}|sk-[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{30,}|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_.-]{10,})/g;

/** `NAME=`, `NAME: `, `"NAME": `, and the legacy `ENV NAME value`. Only the name and what separates it: the value is looked at on its own. */
const ASSIGNMENT = /\b(?:(?:ENV|ARG)[ \t]+([a-z_]\w*)[ \t]+(?!=)|([a-z]\w*)(=|"?[ \t]?:[ \t]*))/gi;
const VALUE = /"[^"\n]*"|'[^'\n]*'|[^\s"'`,;&|()]+/y;
const PRIVATE_KEY = /(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----)[^-]*/g;
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,100}:)[^\s/@]{1,200}@/gi;

/** `text` without the values of secret-looking `ARG`/`ENV`/YAML assignments, known token shapes, and passwords in URLs. */
export function redactSecrets(text: string): string {
  const named = text.replace(PRIVATE_KEY, `$1${REDACTED}`).replace(URL_PASSWORD, `$1${REDACTED}@`).replace(TOKEN_SHAPE, REDACTED);
  let result = '';
  let done = 0;
  for (const match of named.matchAll(ASSIGNMENT)) {
    const [whole, legacy, name = legacy ?? '', separator] = match;
    const start = match.index + whole.length;
    if (start < done || !SECRET_NAME.test(name) || (separator?.includes(':') && name !== name.toUpperCase())) continue;
    VALUE.lastIndex = start;
    const value = VALUE.exec(named)?.[0];
    if (value === undefined || HARMLESS.test(value)) continue;
    result += named.slice(done, start) + REDACTED;
    done = start + value.length;
  }
  return result + named.slice(done);
}

/** A reference to a variable, a call that reads one, a switch, a small number or a path gives nothing away. */
const HARMLESS = /^["']?(?:\$\{?\w+\}?|(?:Deno|process|os|std|env)\.[\w.]+|true|false|\d{1,3}|\/[\w./-]*)?["']?$/i;
