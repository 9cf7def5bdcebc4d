/**
 * How deep a script nests, before it is parsed: the parser is native code that recurses, and a stack overflow there ends the process
 * (measured: 5,000 levels pass, 20,000 do not). A lexer that knows strings, comments, templates and regular expressions.
 */

/** Real sources stay below a hundred. */
const MAX_DEPTH = 1_000;
/** Operators, arrows and conditions that follow one another without a `;` or `,` nest as well. */
const MAX_CHAIN = 3_000;

/** True when the parser can take it. One linear pass. */
export function isShallow(text: string): boolean {
  const stack: number[] = [];
  /** Links of the current expression or statement at this level; `total` sums all levels. */
  let chain = 0;
  let total = 0;
  /** A `/` after a value divides; elsewhere it begins a regular expression. */
  let afterValue = false;
  const open = (close: number): void => {
    stack.push(close, chain);
    chain = 0;
  };
  const reset = (): void => {
    total -= chain;
    chain = 0;
  };
  const link = (): void => {
    chain++;
    total++;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (stack.length > 2 * MAX_DEPTH || total > MAX_CHAIN) return false;
    switch (char) {
      case 32:
      case 9:
      case 10:
      case 13:
        continue;
      case 34:
      case 39: // " '
        at = stringEnd(text, at, char);
        afterValue = true;
        continue;
      case 96: // `
        if (stack.at(-2) === TEMPLATE) {
          total -= chain;
          chain = stack.pop() ?? 0;
          stack.pop();
          link();
          afterValue = true;
          continue;
        }
        open(TEMPLATE);
        at = templateText(text, at);
        if (text.charCodeAt(at + 1) === 96) continue;
        open(125);
        at += 2;
        afterValue = false;
        continue;
      case 47: {
        // /
        const next = text.charCodeAt(at + 1);
        if (next === 47) at = lineEnd(text, at) - 1;
        else if (next === 42) at = blockEnd(text, at) - 1;
        else if (afterValue) {
          link();
          afterValue = false;
        } else {
          at = regularExpressionEnd(text, at);
          afterValue = true;
        }
        continue;
      }
      case 40:
        open(41);
        afterValue = false;
        continue; // (
      case 91:
        open(93);
        afterValue = false;
        continue; // [
      case 123:
        open(125);
        afterValue = false;
        continue; // {
      case 41:
      case 93:
      case 125:
        if (stack.at(-2) !== char) continue;
        total -= chain;
        chain = stack.pop() ?? 0;
        stack.pop();
        if (char === 125 && stack.at(-2) === TEMPLATE) {
          // Back in the template's text, after `${...}`.
          at = templateText(text, at);
          if (text.charCodeAt(at + 1) !== 96) {
            open(125);
            at += 2;
          }
          afterValue = false;
          continue;
        }
        link();
        // `if (x) /re/` is a regular expression, `(x) / 2` a division: the rarer reading only costs precision.
        afterValue = char !== 125;
        continue;
      case 44:
      case 59: // , ;
        reset();
        afterValue = false;
        continue;
    }
    if (isWordCharacter(char)) {
      let end = at + 1;
      while (isWordCharacter(text.charCodeAt(end))) end++;
      const word = end - at <= 10 ? text.slice(at, end) : '';
      if (STATEMENTS.has(word)) reset();
      if (LINKS.has(word)) link();
      afterValue = !BEFORE_VALUE.has(word);
      at = end - 1;
      continue;
    }
    // Every operator character is a link: `!`, `=`, `?`, `<`, `.`, `+`, `|`, `:`, and so on.
    link();
    afterValue = false;
  }
  return true;
}

const TEMPLATE = -1;
/** Begin a declaration or end a chain: nothing can nest across them. */
const STATEMENTS: ReadonlySet<string> = new Set([
  'const',
  'let',
  'export',
  'import',
  'interface',
  'return',
  'throw',
  'break',
  'continue',
  'case',
  'default',
]);
const LINKS: ReadonlySet<string> = new Set([
  'if',
  'else',
  'for',
  'while',
  'do',
  'new',
  'await',
  'yield',
  'typeof',
  'void',
  'delete',
  'keyof',
  'readonly',
  'infer',
  'extends',
  'as',
  'satisfies',
  'in',
  'of',
  'instanceof',
  'unique',
  'with',
  'function',
  'class',
  'async',
  'asserts',
  'is',
]);
const BEFORE_VALUE: ReadonlySet<string> = new Set([...LINKS, ...STATEMENTS]);

function isWordCharacter(char: number): boolean {
  return (
    (char >= 97 && char <= 122) || (char >= 65 && char <= 90) || (char >= 48 && char <= 57) || char === 95 || char === 36 || char > 127
  );
}

function stringEnd(text: string, start: number, quote: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 92) at++;
    else if (char === quote) return at;
    else if (char === 10) return at - 1;
  }
  return text.length;
}

/** The last character of the template's text from `start` on: what follows is a backtick or `${`. */
function templateText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 92) at++;
    else if (char === 96 || (char === 36 && text.charCodeAt(at + 1) === 123)) return at - 1;
  }
  return text.length;
}

function regularExpressionEnd(text: string, start: number): number {
  let inClass = false;
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 92) at++;
    else if (char === 91) inClass = true;
    else if (char === 93) inClass = false;
    else if (char === 47 && !inClass) return at;
    else if (char === 10) return at - 1;
  }
  return text.length;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function blockEnd(text: string, at: number): number {
  const end = text.indexOf('*/', at + 2);
  return end < 0 ? text.length : end + 2;
}
