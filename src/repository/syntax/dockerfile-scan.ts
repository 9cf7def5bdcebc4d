/**
 * FROM and COPY lines of a Dockerfile, tolerantly: enough to find the build context and who builds on whom.
 * The real parser lives in src/dockerfile, which stands above this folder.
 */

export interface DockerfileScan {
  readonly stages: readonly ScannedStage[];
  /** Literal sources in the build context: no stage, variable, glob, address or heredoc. */
  readonly sources: readonly string[];
  /** `COPY --from=` that names no stage: an image or a named context. */
  readonly copiedFrom: readonly { readonly image: string; readonly line: number }[];
  /** The first instruction is FROM (or ARG before it): it is a Dockerfile, whatever its name. */
  readonly isDockerfile: boolean;
}

export interface ScannedStage {
  /** Global ARG defaults filled in; variables without a value stay as `$NAME`. */
  readonly image: string;
  readonly name: string | undefined;
  readonly line: number;
}

export function scanText(text: string): DockerfileScan {
  const stages: ScannedStage[] = [];
  const sources: string[] = [];
  const copies: { image: string; line: number }[] = [];
  const defaults = new Map<string, string>();
  let first: string | undefined;
  for (const { line, keyword, rest } of instructions(text)) {
    first ??= keyword;
    if (keyword === 'ARG' && stages.length === 0) {
      for (const [, name = '', value = ''] of rest.matchAll(/(\w+)=("[^"]*"|'[^']*'|\S*)/g))
        defaults.set(name, value.replace(/^(["'])(.*)\1$/, '$2'));
    } else if (keyword === 'FROM') {
      const [image = '', as, name] = rest.replace(/^(?:--\S+\s+)+/, '').split(/\s+/);
      stages.push({ image: substitute(image, defaults), name: as?.toLowerCase() === 'as' ? name?.toLowerCase() : undefined, line });
    } else if (keyword === 'COPY' || keyword === 'ADD') {
      const from = /(?:^|\s)--from=(?:"([^"]*)"|(\S+))/.exec(/^(?:--\S+\s+)*/.exec(rest)?.[0] ?? '');
      const image = from?.[1] ?? from?.[2];
      if (image !== undefined) copies.push({ image: substitute(image, defaults), line });
      else sources.push(...literalSources(rest));
    }
  }
  const names = new Set(stages.map(({ name }) => name));
  return {
    stages,
    sources,
    copiedFrom: copies.filter(({ image }) => !names.has(image.toLowerCase()) && !/^\d+$/.test(image)),
    isDockerfile: first === 'FROM' || (first === 'ARG' && stages.length > 0),
  };
}

interface ScannedInstruction {
  readonly line: number;
  readonly keyword: string;
  readonly rest: string;
}

function* instructions(text: string): Generator<ScannedInstruction> {
  const escape = /^(?:\uFEFF)?(?:#[^\n]*\n)*#\s*escape\s*=\s*`/i.test(text.slice(0, 2000)) ? '`' : '\\';
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    let logical = (lines[index] ?? '').trim();
    if (logical === '' || logical.startsWith('#')) continue;
    while (logical.endsWith(escape) && index + 1 < lines.length && logical.length < 100_000) {
      const next = (lines[++index] ?? '').trim();
      if (next !== '' && !next.startsWith('#')) logical = `${logical.slice(0, -1)} ${next}`;
      else if (index + 1 >= lines.length) break;
    }
    const space = logical.search(/\s/);
    const keyword = (space < 0 ? logical : logical.slice(0, space)).toUpperCase();
    const rest = space < 0 ? '' : logical.slice(space).trim();
    yield { line, keyword, rest };
    if (keyword === 'RUN' || keyword === 'COPY' || keyword === 'ADD') {
      for (const [, dash, , name] of rest.matchAll(/(?<!<)<<(-?)(["']?)([A-Za-z_]\w*)\2/g)) {
        const end = lines.findIndex(
          (candidate, at) => at > index && (dash === '' ? candidate.replace(/\r$/, '') : candidate.trim()) === name,
        );
        if (end > index) index = end;
      }
    }
  }
}

function literalSources(rest: string): readonly string[] {
  if (rest.includes('<<')) return [];
  const words = rest.replace(/^(?:--\S+\s+)+/, '').trim();
  const list = words.startsWith('[') ? jsonWords(words) : words.split(/\s+/);
  return list.slice(0, -1).filter((word) => !/[$*?[\\"']|^[a-z]+:\/\/|^git@/.test(word));
}

function jsonWords(text: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  } catch {
    return [];
  }
}

function substitute(text: string, defaults: ReadonlyMap<string, string>): string {
  const bare = text.replace(/^(["'])(.*)\1$/, '$2');
  return bare.replace(
    /\$\{(\w+)(?::?-([^{}]*))?\}|\$(\w+)/g,
    (whole, braced: string | undefined, fallback: string | undefined, plain: string | undefined) =>
      defaults.get(braced ?? plain ?? '') ?? fallback ?? whole,
  );
}
