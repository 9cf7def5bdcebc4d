/** Options that commands share, declared once. */

import { Option, type Command } from 'commander';

export const FORMATS = ['text', 'json', 'sarif', 'github', 'markdown'] as const;
export type Format = (typeof FORMATS)[number];

/** Which files are looked at, and by which transforms. */
export interface SelectionOptions {
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly config?: string;
  readonly root?: string;
  readonly denoAudit?: string;
}

/** How results are shown. */
export interface OutputOptions {
  readonly format: Format;
  readonly json?: true;
  readonly quiet?: true;
  /** False after `--no-color`. */
  readonly color: boolean;
}

export function withSelection(command: Command): Command {
  return command
    .option('--only <transforms>', 'run only these, comma-separated (see dockmod list)', listed)
    .option('--skip <transforms>', 'run all but these', listed)
    .option('--config <file>', 'configuration file (default: dockmod.yaml at the root)')
    .option('--root <dir>', 'root of the repository (default: the nearest directory above PATH with .git or dockmod.yaml)')
    .option('--deno-audit <file>', 'permissions recorded by DENO_AUDIT_PERMISSIONS=FILE deno run ...');
}

export function withOutput(command: Command): Command {
  return command
    .addOption(new Option('--format <format>', 'how to print the results').choices(FORMATS).default('text'))
    .option('--json', 'short for --format json')
    .option('--quiet', 'results only: no summary, no progress')
    .option('--no-color', 'no colours (NO_COLOR and FORCE_COLOR are respected, too)');
}

/** `--only a,b --only c`. */
function listed(text: string, previous: readonly string[] | undefined): readonly string[] {
  return [
    ...(previous ?? []),
    ...text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ];
}
