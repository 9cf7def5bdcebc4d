/** The Dockerfile model: lossless, offset-exact, read-only. What BuildKit sees, and where each part stands in the text. */

import type { Location, Span } from '../repository/location.ts';
import type { RepoPath } from '../repository/path.ts';

/** Text joined as BuildKit joins it (continuations and comment lines removed) with the way back to the file. */
export interface JoinedText {
  readonly text: string;
  /** Offset in the file of `text[offset]`; `offset === text.length` gives the end of the last character. */
  readonly toFile: (offset: number) => number;
  /** File span of a joined range: from its first character to the end of its last one. */
  readonly span: (start: number, end: number) => Span;
  /** A part of it, with its own offsets from 0. */
  readonly slice: (start: number, end: number) => JoinedText;
  /** Index of the continuous pieces of the file that it consists of: more than one when lines were joined. */
  readonly pieces: readonly Span[];
}

export type Keyword =
  | 'FROM'
  | 'RUN'
  | 'CMD'
  | 'LABEL'
  | 'MAINTAINER'
  | 'EXPOSE'
  | 'ENV'
  | 'ADD'
  | 'COPY'
  | 'ENTRYPOINT'
  | 'VOLUME'
  | 'USER'
  | 'WORKDIR'
  | 'ARG'
  | 'ONBUILD'
  | 'STOPSIGNAL'
  | 'HEALTHCHECK'
  | 'SHELL';

/** `--name=value` or `--name` before the arguments. */
export interface Flag {
  readonly name: string;
  /** Unquoted value; `undefined` for a bare flag. */
  readonly value: string | undefined;
  readonly span: Span;
  readonly valueSpan: Span | undefined;
}

/**
 * One argument: by whitespace in FROM, COPY, ADD, EXPOSE and VOLUME (elements of the JSON form there), by quotes and whitespace in
 * ENV, LABEL and ARG, the type in HEALTHCHECK, and everything at once in USER, WORKDIR, STOPSIGNAL and MAINTAINER. RUN, CMD,
 * ENTRYPOINT, SHELL and ONBUILD have none: see `Instruction.form`.
 */
export interface Word {
  /** As written, continuations removed. */
  readonly raw: string;
  /** Quotes and escapes removed, variables left as `$NAME`: to compare and show. Give `raw` to `expand` for the real value. */
  readonly value: string;
  readonly span: Span;
}

/** `# syntax=`, `# escape=` or `# check=` in the leading lines. */
export interface Directive {
  readonly name: 'syntax' | 'escape' | 'check';
  readonly value: string;
  readonly valueSpan: Span;
  readonly span: Span;
  readonly lines: Span;
}

export interface Heredoc {
  /** Delimiter name, unquoted. */
  readonly name: string;
  /** Quoted delimiter: no expansion in the body. */
  readonly quoted: boolean;
  /** `<<-`: leading tabs are stripped. */
  readonly dash: boolean;
  /** The body's lines, terminator line excluded. */
  readonly bodySpan: Span;
  readonly body: string;
  /** The `<<NAME` word. */
  readonly span: Span;
  readonly terminatorSpan: Span;
}

/** The JSON form, only when BuildKit itself would accept it as such. */
export interface ExecForm {
  readonly kind: 'exec';
  readonly argv: readonly string[];
  /** File span of each element with its quotes. */
  readonly elements: readonly Span[];
  /** From `[` to `]`. */
  readonly span: Span;
}
export interface ShellForm {
  readonly kind: 'shell';
  /** What the shell receives, without heredoc bodies. */
  readonly text: JoinedText;
  readonly span: Span;
}
export type CommandForm = ExecForm | ShellForm;

/** One `NAME=value` of ENV, LABEL or ARG. */
export interface Pair {
  readonly name: string;
  /** As written, quotes and variables included; `undefined` for `ARG NAME`. */
  readonly raw: string | undefined;
  readonly span: Span;
  readonly valueSpan: Span | undefined;
  /** `ENV NAME value` without `=`: the whole rest is the value. */
  readonly legacy: boolean;
}

export interface Instruction {
  readonly keyword: Keyword;
  /** From the keyword to the end of the instruction's last line (heredoc terminators included), line ending excluded. */
  readonly span: Span;
  /** The whole physical lines: from the start of the first line to after the last line's ending. */
  readonly lines: Span;
  readonly at: Location;
  readonly keywordSpan: Span;
  readonly flags: readonly Flag[];
  /** Everything after keyword and flags. */
  readonly args: JoinedText;
  readonly argsSpan: Span;
  readonly words: readonly Word[];
  /** RUN, CMD, ENTRYPOINT and HEALTHCHECK CMD always; SHELL, COPY, ADD and VOLUME when they are in JSON form. */
  readonly form: CommandForm | undefined;
  /** ENV, LABEL and ARG; empty for others. */
  readonly pairs: readonly Pair[];
  readonly heredocs: readonly Heredoc[];
  /** Index in `Dockerfile.stages`; -1 before the first FROM. */
  readonly stage: number;
  /** Index in `Dockerfile.instructions`. */
  readonly index: number;
  /** For ONBUILD: the instruction it defers. */
  readonly onbuild?: Instruction;
}

/** A whole-line comment (parser directives are none), also one between the lines of a continued instruction. */
export interface Comment {
  /** From `#` to the end of the line. */
  readonly span: Span;
  readonly lines: Span;
  /** As written, `#` included. */
  readonly text: string;
  readonly line: number;
  /** Index of the instruction it stands inside of, if any. */
  readonly inside: number | undefined;
}

export interface Stage {
  readonly index: number;
  /** `AS name`, lower-cased as BuildKit does. */
  readonly name: string | undefined;
  readonly from: Instruction;
  /** Base as written, e.g. `golang:${V}-alpine`. */
  readonly baseText: string;
  /** Base with global ARG defaults substituted; `undefined` when a variable has no known value. */
  readonly base: string | undefined;
  /** Index of the earlier stage that is the base, when the base names one. */
  readonly parent: number | undefined;
  readonly platform: string | undefined;
  /** FROM included. */
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  readonly path: RepoPath;
  readonly text: string;
  readonly eol: '\n' | '\r\n';
  readonly escape: '\\' | '`';
  readonly directives: readonly Directive[];
  /** `# syntax=` value: the frontend image. */
  readonly syntax: string | undefined;
  readonly instructions: readonly Instruction[];
  readonly comments: readonly Comment[];
  readonly stages: readonly Stage[];
  readonly locate: (span: Span) => Location;
}

export type ParseResult =
  | { readonly kind: 'parsed'; readonly dockerfile: Dockerfile }
  | {
      readonly kind: 'unusable';
      readonly reason: 'unparsable' | 'template' | 'windows' | 'empty' | 'too-large' | 'disagreement';
      readonly at: Location;
      readonly detail: string;
    };

/** The line that a stage begins with; the top of the file for a stage that does not exist. */
export function fromLine({ path, stages }: Dockerfile, stage: number): Location {
  return stages[stage]?.from.at ?? { path, line: 1 };
}
