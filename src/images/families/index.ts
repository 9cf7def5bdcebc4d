/** Every image family, looked up by name. */

import { DISTROLESS } from './distroless.ts';
import { JAVASCRIPT } from './deno.ts';
import { JAVA } from './java.ts';
import { LANGUAGES } from './languages.ts';
import { OS } from './os.ts';
import { SERVERS } from './servers.ts';
import { TOOLS } from './tools.ts';
import { VENDORS } from './vendors.ts';
import type { Family } from './family.ts';

export const FAMILIES: readonly Family[] = [...OS, ...LANGUAGES, ...JAVASCRIPT, ...DISTROLESS, ...JAVA, ...SERVERS, ...TOOLS, ...VENDORS];

const exact = new Map<string, Family>();
const prefixes: (readonly [prefix: string, family: Family])[] = [];
for (const family of FAMILIES) {
  for (const name of family.names) {
    if (name.endsWith('*')) prefixes.push([name.slice(0, -1), family]);
    else if (!exact.has(name)) exact.set(name, family);
  }
}
// The longest prefix wins: `apache/kafka` over `apache/*`.
prefixes.sort(([a], [b]) => b.length - a.length);

/** The family of an image name without tag (`golang`, `gcr.io/distroless/static-debian13`). */
export function familyOf(name: string): Family | undefined {
  return exact.get(name) ?? prefixes.find(([prefix]) => name.startsWith(prefix))?.[1];
}
