/** What a program's sources say about its run time: the shape that every language's scan answers in. */

import type { Location } from '../repository/location.ts';

/** A file, directory or glob that the program opens by a constant path. */
export interface RuntimeFile {
  /** As written in the source: `./templates/*.html`, `/etc/app.yaml`; `uploads/` when only the directory is constant, `~/` for the home. */
  readonly path: string;
  readonly access: 'read' | 'write' | 'serve';
  /** The call that says so: `os.Open`, `template.ParseGlob`. */
  readonly via: string;
  readonly at: Location;
}

/** A path that only the running program knows. */
export interface ComputedFile {
  readonly via: string;
  /** Absent where the scan does not tell. */
  readonly access?: RuntimeFile['access'];
  readonly at: Location;
}

export interface Privilege {
  /** `syscall.Mount`. */
  readonly call: string;
  readonly at: Location;
}

export interface ListenPort {
  readonly port: number;
  /** Environment variable that overrides it, where the source says so. */
  readonly env?: string;
  readonly at: Location;
}

/** A way in which the program can probe itself: arguments after the binary. */
export interface SelfProbe {
  readonly argv: readonly string[];
  readonly at: Location;
  /** True only when the code behind it visibly asks its own server (an HTTP or TCP client call). */
  readonly confirmed: boolean;
}

/** Another program that this one starts. `undefined` = computed. */
export interface Execution {
  readonly program: string | undefined;
  readonly at: Location;
}

/** Everything is "as far as seen": when `complete` is false, an empty list means unknown and never none. */
export interface ProgramFacts {
  readonly complete: boolean;
  readonly files: readonly RuntimeFile[];
  /** Opens whose path is computed. */
  readonly computedFiles: readonly ComputedFile[];
  readonly executes: readonly Execution[];
  readonly ports: readonly ListenPort[];
  readonly probes: readonly SelfProbe[];
  /** Compile-time inputs (`go:embed`, `include_str!`, rust-embed), relative to the repository where resolvable. */
  readonly embeds: readonly { readonly pattern: string; readonly at: Location }[];
  /** Uses of time zones by name. */
  readonly timezones: readonly Location[];
  /** Look-ups of system users. */
  readonly users: readonly Location[];
  /** HTTP path and port that look like a health endpoint: `/health`, `/healthz`. */
  readonly healthPaths: readonly { readonly path: string; readonly at: Location }[];
  /** Calls that only root may make. Absent where the language's scan does not look for them. */
  readonly privileges?: readonly Privilege[];
  /** Worker processes that end when their parent is process 1: a shell in front of the program keeps them alive. */
  readonly orphans?: readonly Location[];
  /** Uses of the home directory, which a user without an entry in /etc/passwd does not have. */
  readonly homes?: readonly Location[];
}
