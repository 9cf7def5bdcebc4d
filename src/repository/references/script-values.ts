/** What is known about the variables of a script or Makefile: assignments and `for` loops over literal words. */

import { fillings, hole, pieces, type Values } from '../syntax/holes.ts';
import { SCRIPT_DIRECTORY, withHoles } from '../syntax/shell-commands.ts';

const ASSIGNMENT =
  /^[ \t]*(?:(?:export|readonly|local|override|declare|typeset|set)[ \t]+(?:-\w+[ \t]+)?)?([A-Za-z_]\w*)[ \t]*(\?=|::?=|=)[ \t]*(.*)$/;
const LOOP = /\bfor[ \t]+([A-Za-z_]\w*)[ \t]+in[ \t]+([^;\n]{1,2000}?)[ \t]*(?:;|$|\bdo\b)/;
const MAX_VALUES = 64;
/** Where the script was started, as long as it has not changed its directory: that is what such a variable is for. */
const STARTED = /^\$\(pwd\)|^\$\{?PWD\b\}?/;

/** Names with all values they may have; a value may have holes itself. `outer` knows names that are set elsewhere (CI environment). */
export function scriptValues(text: string, outer: Values = () => undefined): Values {
  const known = new Map<string, string[]>();
  const add = (name: string, value: string): void => {
    // What a variable says about itself (`args="$args --x"`) says nothing new, and would fill its own holes for ever.
    if (pieces(value).some((piece) => piece.name === name)) return;
    const values = known.get(name) ?? [];
    if (!values.includes(value) && values.length < MAX_VALUES) values.push(value);
    known.set(name, values);
  };
  let started = hole(SCRIPT_DIRECTORY);
  const loops: { readonly name: string; readonly words: string }[] = [];
  for (const line of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    if (line.length > 5000) continue;
    if (/\b(?:cd|pushd)\b/.test(line)) started = '';
    const assignment = line.includes('=') ? ASSIGNMENT.exec(line) : null;
    if (assignment) {
      const [, name = '', , raw = ''] = assignment;
      const array = /^\(([^()]*)\)/.exec(raw);
      if (array) for (const word of (array[1] ?? '').split(/\s+/)) if (word !== '') add(name, withHoles(unquoted(word)));
      if (!array && raw.trim() !== '') add(name, withHoles(started === '' ? valueOf(raw) : valueOf(raw).replace(STARTED, started)));
    }
    const loop = line.includes('for') ? LOOP.exec(line) : null;
    if (loop) loops.push({ name: loop[1] ?? '', words: loop[2] ?? '' });
  }
  const values: Values = (name) => known.get(name) ?? outer(name);
  for (const { name, words } of loops) {
    for (const word of words.split(/\s+/)) {
      for (const [filled = ''] of fillings([withHoles(unquoted(word))], values)) {
        // A glob stands for something that exists: a hole, which is matched against what does.
        for (const part of filled.split(/\s+/))
          if (part !== '' && part !== '\\') add(name, part.replace(/\*+/g, hole('*')).replace(/(.)\/$/, '$1'));
      }
    }
  }
  return values;
}

function valueOf(raw: string): string {
  const text = raw.trim();
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(text) ?? /^'([^']*)'/.exec(text);
  // Another command may follow on the same line.
  return quoted ? (quoted[1] ?? '') : text.replace(/\s+#.*$/, '').replace(/\s*(?:;|&&|\|\|).*$/, '');
}

function unquoted(word: string): string {
  return word.replace(/^(["'])(.*)\1$/, '$2');
}
