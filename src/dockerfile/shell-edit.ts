/** Edits of shell code that keep everything around them: continuation style, connectors, comments between lines. */

import type { Edit } from '../repository/edit.ts';
import type { Dockerfile } from './dockerfile.ts';
import type { ShellCommand, ShellScript, ShellWord } from './shell.ts';

/**
 * Takes one command out of its `&&`, `;` or newline list together with its connector and lines; comment lines between survive.
 * `undefined` when it is the only command, part of a pipeline, a condition or an `||`, ends a `;` list whose status would change, or
 * when the result does not parse to exactly the other commands.
 */
export function removeCommand(_dockerfile: Dockerfile, _script: ShellScript, _command: ShellCommand): readonly Edit[] | undefined {
  return undefined;
}

/** Takes one argument out of a command with the blank before it; `undefined` when a comment or line end makes that unclear. */
export function removeWord(_dockerfile: Dockerfile, _script: ShellScript, _word: ShellWord): Edit | undefined {
  return undefined;
}

/** Quotes a value for the place that the script stands in; bare when nothing in it needs quotes. `undefined` when it cannot be done there. */
export function quoteFor(_script: ShellScript, _value: string): string | undefined {
  return undefined;
}
