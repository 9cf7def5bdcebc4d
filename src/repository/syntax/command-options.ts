/** The options of a command line, once it is known which of them take no value. */

/** What a command line says: each option with its values in order (empty for options without one), and the other words. */
export interface Parsed {
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly words: readonly string[];
}

/** Options up to the first positional word (or everywhere, when `interspersed`). */
export function parseOptions(words: readonly string[], bare: ReadonlySet<string>, interspersed: boolean): Parsed {
  const options = new Map<string, string[]>();
  const rest: string[] = [];
  const note = (name: string, value: string): void => void options.set(name, [...(options.get(name) ?? []), value]);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') {
      rest.push(...words.slice(at + 1));
      break;
    }
    const equals = word.indexOf('=');
    if (word.startsWith('--')) {
      if (equals > 0) note(word.slice(0, equals), word.slice(equals + 1));
      else if (bare.has(word)) note(word, '');
      else note(word, words[++at] ?? '');
    } else if (word.length > 1 && word.startsWith('-')) {
      // Short options may be bundled (`-itu root`), and carry their value (`-fDockerfile`, `-p=80:80`).
      for (let letter = 1; letter < word.length; letter++) {
        const name = `-${word[letter]}`;
        if (bare.has(name)) note(name, '');
        else {
          const value = word.slice(letter + 1).replace(/^=/, '');
          note(name, value === '' ? (words[++at] ?? '') : value);
          break;
        }
      }
    } else {
      rest.push(word);
      if (!interspersed) {
        rest.push(...words.slice(at + 1));
        break;
      }
    }
  }
  return { options, words: rest };
}

/** Values of an option, whatever name it has. */
export function all({ options }: Parsed, ...names: readonly string[]): readonly string[] {
  return names.flatMap((name) => options.get(name) ?? []);
}

/** The last one wins, as in the tools themselves. */
export function last(parsed: Parsed, ...names: readonly string[]): string | undefined {
  return all(parsed, ...names).at(-1);
}
