/** Which program a command really starts: through `env`, `exec`, `sudo`, `time` and assignments. */

import type { ShellAssignment, ShellCommand, ShellResult, ShellScript, ShellWord } from './shell.ts';

export interface Program {
  /** File name of the program: `go` for `/usr/local/go/bin/go`. */
  readonly name: string;
  readonly word: ShellWord;
  /** Everything after the program. */
  readonly args: readonly ShellWord[];
  /** Assignment prefixes, those after `env` and `sudo` included. */
  readonly assignments: readonly (ShellAssignment | ShellWord)[];
  /** Wrappers in front, outermost first: `sudo`, `env`. */
  readonly through: readonly string[];
  readonly command: ShellCommand;
}

/** `undefined` for bare assignments and for programs named by an expansion. */
export function programOf(_command: ShellCommand): Program | undefined {
  return undefined;
}

/** Every start of one of the programs, in the order of the text; nested `sh -c` is not entered (see `nestedScripts`). */
export function programsNamed(_script: ShellScript, ..._names: readonly string[]): readonly Program[] {
  return [];
}

/** The script that a command hands to another shell: `sh -c '...'`, `bash -euxo pipefail -c "..."`, `bash <<EOF`, `eval "..."`. */
export function nestedShell(_script: ShellScript, _command: ShellCommand): ShellResult | undefined {
  return undefined;
}

/** The script and every script nested in it, outermost first; unparsable ones are left in, to be refused. */
export function withNested(script: ShellScript): readonly ShellResult[] {
  return [script];
}

/** The argv of a script that is exactly one simple command without expansion, redirect or assignment: what exec form may replace. */
export function staticArgv(_script: ShellScript): readonly string[] | undefined {
  return undefined;
}

/** True when the command runs whenever the script succeeds: not under a condition, in a loop or function, or after `||`. */
export function alwaysRuns(_script: ShellScript, _command: ShellCommand): boolean {
  return false;
}
