/** WWW-Authenticate as registries send it: which scheme they want, and where to get a token. */

export type Challenge =
  | { readonly scheme: 'bearer'; readonly realm: string; readonly service: string | undefined; readonly scope: string | undefined }
  | { readonly scheme: 'basic' };

/** Longer headers are not worth reading. */
const LONGEST = 8192;

/**
 * Reads the first challenge that can be met; `undefined` when there is none.
 * Source: RFC 9110 section 11.6.1, https://distribution.github.io/distribution/spec/auth/token/.
 */
export function parseChallenge(header: string | null): Challenge | undefined {
  if (header === null || header.length > LONGEST) return undefined;
  const bearer = /(?:^|,\s*)bearer\s+/i.exec(header);
  if (bearer !== null) {
    const parameters = readParameters(header.slice(bearer.index + bearer[0].length));
    const realm = parameters.get('realm');
    if (realm !== undefined) return { scheme: 'bearer', realm, service: parameters.get('service'), scope: parameters.get('scope') };
  }
  return /(?:^|,\s*)basic(?:\s|$)/i.test(header) ? { scheme: 'basic' } : undefined;
}

/** `name="value, with commas", other=token`: until something else begins. */
function readParameters(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const parameter = /\s*([A-Za-z_][\w-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*))\s*(?:,|$)/y;
  for (let match = parameter.exec(text); match !== null; match = parameter.exec(text)) {
    const [, name = '', quoted, token] = match;
    found.set(name.toLowerCase(), quoted === undefined ? (token ?? '') : quoted.replace(/\\(.)/g, '$1'));
    if (match[0] === '') break;
  }
  return found;
}
