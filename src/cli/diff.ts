/** `dockmod diff`: what would change, as a patch on stdout; what is refused and why, on stderr. Writes nothing. */

import { lineCounts, patchOf } from '../report/patch.ts';
import { mergeChanges } from '../report/summary.ts';
import type { TerminalStyle } from '../report/layout.ts';
import { fileName, forTerminal } from '../report/untrusted.ts';
import type { FileChange } from '../plan/plan.ts';
import type { Register } from './register.ts';
import { EXIT } from './exit.ts';
import type { Host } from './host.ts';
import { withOutput, withSelection, type OutputOptions, type SelectionOptions } from './options.ts';
import { machineReport, summaryText } from './output.ts';
import { exitCodeOf, planPaths } from './planning.ts';
import { styleFor } from './style.ts';

interface DiffOptions extends SelectionOptions, OutputOptions {
  readonly exitCode?: true;
  readonly stat?: true;
}

export const register: Register = (command, host, run) => {
  command
    .argument('[paths...]', 'Dockerfiles, service directories or a repository (default: the working directory)')
    .option('--exit-code', 'exit with 3 when changes are pending')
    .option('--stat', 'counts of lines instead of the patch');
  withOutput(withSelection(command))
    .addHelpText('after', EXAMPLES)
    .action(run((paths: readonly string[], options: DiffOptions) => diff(host, paths, options)));
};

async function diff(host: Host, paths: readonly string[], options: DiffOptions): Promise<number> {
  const { workspace, findings } = await planPaths(host, paths, options);
  const changes = mergeChanges(findings.plans);
  const report = await machineReport(options, findings);
  if (report !== undefined) host.stdout.write(report);
  else {
    const style = styleFor(host, host.stdout, options.color, workspace);
    for (const change of changes)
      host.stdout.write(options.stat ? statLine(change, style) : forSink(patchOf(change, workspace.prefix), host, style));
    if (changes.length > 0 && host.stdout.isTerminal) host.stdout.write('\n');
    if (!options.quiet) {
      const aside = styleFor(host, host.stderr, options.color, workspace);
      host.stderr.write(summaryText(findings, aside));
      if (changes.length > 0 && host.stderr.isTerminal) host.stderr.write(aside.paint.dim(NEXT));
    }
  }
  const code = exitCodeOf(findings);
  return code === EXIT.done && options.exitCode && changes.length > 0 ? EXIT.pending : code;
}

/** In a pipe a patch is exact to the byte; on a terminal it is coloured, and control characters in it are shown, not obeyed. */
function forSink(patch: string, { stdout }: Host, { paint }: TerminalStyle): string {
  if (!stdout.isTerminal && !paint.isColorSupported) return patch;
  const color = (line: string): string => {
    if (line.startsWith('+++') || line.startsWith('---') || line.startsWith('diff ')) return paint.bold(line);
    if (line.startsWith('@@')) return paint.cyan(line);
    return line.startsWith('+') ? paint.green(line) : line.startsWith('-') ? paint.red(line) : line;
  };
  return patch
    .split('\n')
    .map((line) => color(forTerminal(line.replace(/\r$/, ''))))
    .join('\n');
}

function statLine(change: FileChange, { paint, show }: TerminalStyle): string {
  const { added, removed } = lineCounts(change);
  const bar = (sign: string, count: number): string => sign.repeat(Math.min(count, 30));
  return `${fileName(show(change.path))} | ${added + removed} ${paint.green(bar('+', added))}${paint.red(bar('-', removed))}\n`;
}

const NEXT = '\ndockmod explain PATH says more about one service; dockmod apply makes the changes.\n';

const EXAMPLES = `
Examples:
  dockmod diff                                 everything below the working directory
  dockmod diff services/api services/web/Dockerfile
  dockmod diff | git apply                     the patch is exact: line endings, missing final newlines
  dockmod diff --only distroless,nonroot       two decisions
  dockmod diff --format sarif > dockmod.sarif  for code scanning
  dockmod diff --quiet --exit-code             in CI: fails (3) while changes are pending

The patch goes to stdout; services, refusals and totals go to stderr.`;
