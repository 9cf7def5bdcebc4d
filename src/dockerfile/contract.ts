/** The runtime contract: what whoever starts the image can observe or rely on. Compared before and after every rewrite. */

import type { Platform } from '../images/facts.ts';
import type { Location } from '../repository/location.ts';

/** CMD, ENTRYPOINT or a health command after inheritance. */
export type Command =
  | { readonly form: 'exec'; readonly argv: readonly string[]; readonly at: Location }
  | { readonly form: 'shell'; readonly text: string; readonly at: Location };

export interface Healthcheck {
  readonly command: Command | 'none';
  /** `--interval` and the others as written. */
  readonly options: Readonly<Record<string, string>>;
  readonly at: Location;
}

/** A file or directory that a COPY or ADD puts into the image. */
export interface CopiedFile {
  readonly source: string;
  /** Absolute path in the image, WORKDIR applied; ends in `/` when the source's name is kept inside it. */
  readonly target: string;
  /** Stage index, image reference, or the build context. */
  readonly origin:
    | { readonly kind: 'context' }
    | { readonly kind: 'stage'; readonly stage: number }
    | { readonly kind: 'image'; readonly image: string }
    | { readonly kind: 'remote' | 'heredoc' };
  readonly owner: string | undefined;
  readonly mode: string | undefined;
  readonly at: Location;
}

export interface InstalledPackage {
  readonly name: string;
  readonly manager: 'apk' | 'apt' | 'dnf' | 'pip' | 'npm' | 'other';
  readonly at: Location;
}

export interface RuntimeContract {
  /** Base image after inheritance through stages, as resolved. */
  readonly base: string | undefined;
  readonly entrypoint: Command | undefined;
  readonly cmd: Command | undefined;
  /** `undefined` = whatever the unknown base has; '' is root by default. */
  readonly user: string | undefined;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly healthcheck: Healthcheck | undefined;
  readonly stopSignal: string | undefined;
  /** SHELL in force. */
  readonly shell: readonly string[];
  readonly files: readonly CopiedFile[];
  readonly packages: readonly InstalledPackage[];
  readonly onbuild: readonly string[];
  readonly platform: Platform;
}
