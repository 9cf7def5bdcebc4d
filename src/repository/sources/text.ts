/** Small readings that several kinds of files share: variables with defaults, image names, commands. */

import type { CommandText } from '../service.ts';

/** Compose and shell variables with their defaults: `${TAG:-latest}` is `latest`; one without a default stays as written. */
export function interpolate(text: string | undefined): string | undefined {
  return text?.replace(/\$\{\w+:?-([^${}]*)\}/g, '$1').replaceAll('$$', '$');
}

/** An image reference without tag and digest. */
export function imageName(reference: string): string {
  const name = reference.replace(/@sha256:[0-9a-f]*$/, '');
  const colon = name.lastIndexOf(':');
  return colon > name.lastIndexOf('/') ? name.slice(0, colon) : name;
}

/** Splits a command line as a shell does, for what is written without expansions. */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/gs)) words.push(match[0].replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/gs, (_, double: string | undefined, single: string | undefined, escaped: string | undefined) => double?.replace(/\\(.)/gs, '$1') ?? single ?? escaped ?? ''));
  return words;
}

export function exec(argv: readonly string[]): CommandText {
  return { form: 'exec', argv };
}
