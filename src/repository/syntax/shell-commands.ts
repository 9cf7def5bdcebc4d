/** The simple commands in scripts, recipes and CI steps: a tolerant line scan for who calls docker, not a shell parser. */

import { hole } from './holes.ts';
import { present } from '../present.ts';

export interface ShellCommand {
  /** Quotes removed, expansions as holes. `(` and `)` of subshells are commands of their own. */
  readonly words: readonly string[];
  /** 1-based line in the file where the command starts. */
  readonly line: number;
  /** File that `<` feeds to it. */
  readonly input?: string;
}

/** Longer logical lines are data. */
const MAX_LINE = 20_000;

/** Directory of the script itself, top of the repository: values that scripts compute in well-known ways. */
export const SCRIPT_DIRECTORY = '%script';
export const TOP_DIRECTORY = '%top';

const DIRNAME = String.raw`dirname\s+(?:--\s+)?"?\$\{?(?:0|BASH_SOURCE(?:\[0\])?|\(readlink -f "?\$0"?\))\}?"?`;
const WELL_KNOWN: readonly (readonly [RegExp, string])[] = [
  [
    new RegExp(
      String.raw`\$\(\s*cd\s+(?:-P\s+|--\s+)?"?\$\(\s*${DIRNAME}\s*\)(/[\w./-]*)?"?\s*(?:>\s*/dev/null\s*(?:2>&1\s*)?)?(?:&&|;)\s*pwd(?:\s+-P)?\s*\)`,
      'g',
    ),
    SCRIPT_DIRECTORY,
  ],
  [new RegExp(String.raw`\$\(\s*(?:realpath|readlink -f)\s+"?\$\(\s*${DIRNAME}\s*\)(/[\w./-]*)?"?\s*\)`, 'g'), SCRIPT_DIRECTORY],
  [new RegExp(String.raw`\$\(\s*${DIRNAME}\s*\)`, 'g'), SCRIPT_DIRECTORY],
  [/\$\{(?:0|BASH_SOURCE(?:\[0\])?)%\/\*\}/g, SCRIPT_DIRECTORY],
  [/\$\((?:shell\s+)?git rev-parse --show-toplevel\)/g, TOP_DIRECTORY],
  [
    /\$\{?(?:GITHUB_WORKSPACE|CI_PROJECT_DIR|TRAVIS_BUILD_DIR|BITBUCKET_CLONE_DIR|BUILD_SOURCESDIRECTORY)\b\}?|\$\(Build\.SourcesDirectory\)|\$\(System\.DefaultWorkingDirectory\)/g,
    TOP_DIRECTORY,
  ],
];

/** Commands in their order. `firstLine` is the line of the file on which `text` starts. Linear in the text. */
export function shellCommands(text: string, firstLine = 1): readonly ShellCommand[] {
  const commands: ShellCommand[] = [];
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const line = index + firstLine;
    let logical = lines[index]?.replace(/\r$/, '') ?? '';
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(logical.slice(-200)) && index + 1 < lines.length && logical.length < MAX_LINE)
      logical = `${logical.slice(0, -1)} ${lines[++index]?.replace(/\r$/, '').trim() ?? ''}`;
    if (logical.length < MAX_LINE && MAYBE.test(logical)) scanLine(wellKnown(logical), line, commands, 0);
  }
  return commands;
}

/** Lines without any of these words are not worth splitting. */
const MAYBE = /build|run|exec|compose|executor|\bcd\b|pushd|popd|[()]/;

function wellKnown(line: string): string {
  if (!line.includes('$')) return line;
  return WELL_KNOWN.reduce(
    (text, [pattern, name]) => text.replace(pattern, (_, rest?: string) => hole(name) + (typeof rest === 'string' ? rest : '')),
    line,
  );
}

function scanLine(line: string, at: number, commands: ShellCommand[], depth: number): void {
  let words: string[] = [];
  let input: string | undefined;
  let word: string | undefined;
  let redirect = false;
  const endWord = (): void => {
    if (word === undefined) return;
    if (redirect) input = word;
    else words.push(word);
    redirect = false;
    word = undefined;
  };
  const endCommand = (): void => {
    endWord();
    if (words.length > 0) commands.push({ words, line: at, ...present({ input }) });
    words = [];
    input = undefined;
  };
  for (let index = 0; index < line.length; index++) {
    const character = line[index] ?? '';
    if (character === ' ' || character === '\t') endWord();
    else if (character === '#' && word === undefined) break;
    else if (character === '\\' && index + 1 < line.length) word = (word ?? '') + (line[++index] ?? '');
    else if (character === "'" || character === '"') {
      const end = closingQuote(line, index);
      if (end === undefined) word = (word ?? '') + character;
      else {
        const inside = line.slice(index + 1, end);
        word = (word ?? '') + (character === "'" ? inside : expansions(inside.replace(/\\(["\\$`])/g, '$1'), at, commands, depth));
        index = end;
      }
    } else if (character === '$' || character === '`' || (character === '{' && line[index + 1] === '{')) {
      const { value, end } = expansion(line, index, at, commands, depth);
      word = (word ?? '') + value;
      index = end - 1;
    } else if (character === ';' || character === '|' || character === '&') {
      if (character === '&' && (line[index - 1] === '>' || line[index + 1] === '>')) continue;
      endCommand();
    } else if (character === '(' || character === ')') {
      endCommand();
      commands.push({ words: [character], line: at });
    } else if (character === '<' || character === '>') {
      if (word !== undefined && /^\d$/.test(word)) word = undefined;
      endWord();
      while (line[index + 1] === '<' || line[index + 1] === '>' || line[index + 1] === '&') index++;
      redirect = true;
      if (character === '>') {
        // The target of an output redirection is no argument: swallow it.
        while (line[index + 1] === ' ') index++;
        while (index + 1 < line.length && !/[\s;|&()]/.test(line[index + 1] ?? '')) index++;
        redirect = false;
      }
    } else word = (word ?? '') + character;
  }
  endCommand();
}

/** A text as between double quotes: expansions become holes. */
export function withHoles(text: string): string {
  return text.length > MAX_LINE ? text : expansions(wellKnown(text), 1, [], 1);
}

function closingQuote(line: string, open: number): number | undefined {
  const quote = line[open] ?? '';
  if (quote === "'") {
    const end = line.indexOf(quote, open + 1);
    return end < 0 ? undefined : end;
  }
  for (let at = open + 1; at < line.length; at++) {
    if (line[at] === '\\') at++;
    else if (line[at] === quote) return at;
  }
  return undefined;
}

/** Expansions inside of double quotes. */
function expansions(text: string, line: number, commands: ShellCommand[], depth: number): string {
  if (depth > 8) return text;
  let result = '';
  for (let at = 0; at < text.length;) {
    const character = text[at] ?? '';
    if (character === '$' || character === '`' || (character === '{' && text[at + 1] === '{')) {
      const { value, end } = expansion(text, at, line, commands, depth);
      result += value;
      at = end;
    } else {
      result += character;
      at++;
    }
  }
  return result;
}

/** One expansion of a shell, make, just, Task or GitHub at `start`; a command substitution's own commands are scanned, too. */
function expansion(
  text: string,
  start: number,
  line: number,
  commands: ShellCommand[],
  depth: number,
): { readonly value: string; readonly end: number } {
  const rest = text.slice(start, start + 2000);
  const double = /^(?:\$\{\{|\{\{)\s*\.?([^{}]*?)\s*\}\}/.exec(rest);
  if (double) return { value: hole(double[1] ?? ''), end: start + double[0].length };
  const simple = /^\$?\$(?:([A-Za-z_]\w*)|([@*#?0-9]))/.exec(rest);
  if (simple) return { value: hole((simple[1] ?? simple[2] ?? '').replace('@', '*')), end: start + simple[0].length };
  const braced = /^\$?\$(?:\{([A-Za-z_]\w*)([^{}]*)\}|\(([A-Za-z_][\w.-]*|[@<^*])\))/.exec(rest);
  if (braced) {
    const fallback = /^:?-(.*)$/.exec(braced[2] ?? '')?.[1]?.replace(/^(["'])(.*)\1$/, '$2');
    return {
      value: hole(braced[1] ?? braced[3] ?? '', fallback === undefined ? undefined : expansions(fallback, line, commands, depth + 1)),
      end: start + braced[0].length,
    };
  }
  const open = /^\$?\$([({])/.exec(rest);
  const end = text[start] === '`' ? text.indexOf('`', start + 1) : open ? closingBracket(text, start + open[0].length, open[1] ?? '(') : -1;
  if (end < 0) return { value: text[start] ?? '', end: start + 1 };
  const inside = text.slice(start + (open?.[0].length ?? 1), end);
  if (open?.[1] === '{') {
    const nested = /^(\w+):?-(.*)$/.exec(inside);
    return { value: nested ? hole(nested[1] ?? '', expansions(nested[2] ?? '', line, commands, depth + 1)) : hole(inside), end: end + 1 };
  }
  if (depth < 4) scanLine(inside, line, commands, depth + 1);
  return { value: hole(`(${inside.slice(0, 40)})`), end: end + 1 };
}

function closingBracket(text: string, from: number, open: string): number {
  const close = open === '(' ? ')' : '}';
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === open) depth++;
    else if (text[at] === close && --depth === 0) return at;
  }
  return -1;
}
