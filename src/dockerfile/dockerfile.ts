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
}

export type Keyword =
  | 'FROM' | 'RUN' | 'CMD' | 'LABEL' | 'MAINTAINER' | 'EXPOSE' | 'ENV' | 'ADD' | 'COPY' | 'ENTRYPOINT' | 'VOLUME'
  | 'USER' | 'WORKDIR' | 'ARG' | 'ONBUILD' | 'STOPSIGNAL' | 'HEALTHCHECK' | 'SHELL';

/** `--name=value` or `--name` before the arguments. */
export interface Flag {
  readonly name: string;
  /** Unquoted value; `undefined` for a bare flag. */
  readonly value: string | undefined;
  readonly span: Span;
  readonly valueSpan: Span | undefined;
}

/** One whitespace-separated word of an instruction's arguments (COPY sources, FROM image, EXPOSE port, ...). */
export interface Word {
  /** As written, continuations removed. */
  readonly raw: string;
  /** Quotes and escapes removed, variables left as `$NAME`. */
  readonly value: string;
  readonly span: Span;
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
  /** For COPY/ADD: which source word it is. */
  readonly span: Span;
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
  readonly heredocs: readonly Heredoc[];
  /** Index in `Dockerfile.stages`; -1 before the first FROM. */
  readonly stage: number;
  /** Index in `Dockerfile.instructions`. */
  readonly index: number;
  /** For ONBUILD: the instruction it defers. */
  readonly onbuild?: Instruction;
}

/** A whole-line comment, also one between the lines of a continued instruction. */
export interface Comment {
  /** From `#` to the end of the line. */
  readonly span: Span;
  readonly lines: Span;
  readonly text: string;
  readonly line: number;
  /** The instruction it stands inside of, if any. */
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
  /** `# syntax=` value. */
  readonly syntax: string | undefined;
  readonly instructions: readonly Instruction[];
  readonly comments: readonly Comment[];
  readonly stages: readonly Stage[];
  readonly locate: (span: Span) => Location;
}

export type ParseResult =
  | { readonly kind: 'parsed'; readonly dockerfile: Dockerfile }
  | { readonly kind: 'unusable'; readonly reason: 'unparsable' | 'template' | 'windows' | 'empty' | 'too-large' | 'disagreement'; readonly at: Location; readonly detail: string };
