/** The shell code of an instruction: shell form, heredoc script, or `sh -c` in exec form; anything else is named. */

import type { CommandForm, Dockerfile, ExecForm, Heredoc, Instruction } from './dockerfile.ts';
import type { ShellScript, ShellUnparsable } from './shell.ts';

export type InstructionCode =
  | ShellScript
  | ShellUnparsable
  /** Exec form. `script` is the shell code when argv is `sh -c CODE` or the like. */
  | { readonly kind: 'exec'; readonly form: ExecForm; readonly argv: readonly string[]; readonly script?: ShellScript | ShellUnparsable }
  /** `RUN <<EOF` whose body starts with `#!` of something that is no shell. */
  | { readonly kind: 'interpreter'; readonly program: string; readonly heredoc: Heredoc }
  /** HEALTHCHECK NONE, or no arguments at all. */
  | { readonly kind: 'none' };

/** Command form of RUN, CMD, ENTRYPOINT, SHELL and of HEALTHCHECK CMD; `undefined` for HEALTHCHECK NONE and other keywords. */
export function commandForm(_dockerfile: Dockerfile, _instruction: Instruction): CommandForm | undefined {
  return undefined;
}

/** The code of RUN, CMD, ENTRYPOINT, HEALTHCHECK (not of ONBUILD: pass its inner instruction). Cached per instruction. */
export function codeOf(_dockerfile: Dockerfile, _instruction: Instruction): InstructionCode {
  return { kind: 'none' };
}

/** SHELL in force at an instruction, inherited through stages; `["/bin/sh", "-c"]` by default. */
export function shellInForce(_dockerfile: Dockerfile, _instruction: Instruction): readonly string[] {
  return ['/bin/sh', '-c'];
}
