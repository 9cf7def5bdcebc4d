/** `dockmod apply`: makes the changes in place. Each file is replaced as a whole or not at all; modes are kept. */

import { gitStatus } from './git-status.ts';
import { writeFiles } from '../repository/write.ts';
import { mergeChanges } from '../report/summary.ts';
import { fileName, forTerminal } from '../report/untrusted.ts';
import type { FileChange } from '../plan/plan.ts';
import type { Register } from './register.ts';
import { EXIT, UsageError } from './exit.ts';
import type { Host } from './host.ts';
import { withOutput, withSelection, type OutputOptions, type SelectionOptions } from './options.ts';
import { machineReport, summaryText } from './output.ts';
import { exitCodeOf, planPaths } from './planning.ts';
import { styleFor } from './style.ts';
import type { Workspace } from './workspace.ts';

interface ApplyOptions extends SelectionOptions, OutputOptions {
  readonly allowDirty?: true;
}

export const register: Register = (command, host, run) => {
  command
    .argument('[paths...]', 'Dockerfiles, service directories or a repository (default: the working directory)')
    .option('--allow-dirty', 'change files although the work tree has uncommitted changes');
  withOutput(withSelection(command))
    .addHelpText('after', EXAMPLES)
    .action(run((paths: readonly string[], options: ApplyOptions) => apply(host, paths, options)));
};

async function apply(host: Host, paths: readonly string[], options: ApplyOptions): Promise<number> {
  const { workspace, findings } = await planPaths(host, paths, options);
  const changes = mergeChanges(findings.plans);
  if (!options.allowDirty && changes.length > 0) await refuseDirty(host, workspace, changes);
  const written = await host.uninterrupted(() => writeFiles(workspace.root, changes));
  const report = await machineReport(options, findings);
  const style = styleFor(host, host.stderr, options.color, workspace);
  if (report !== undefined) host.stdout.write(report);
  else {
    for (const { path } of written.written) host.stdout.write(`${fileName(workspace.show(path))}\n`);
    if (!options.quiet) host.stderr.write(summaryText(findings, style, 'changed'));
  }
  for (const { path, reason } of written.failed)
    host.stderr.write(`${style.paint.red('not written')}  ${fileName(workspace.show(path))}: ${forTerminal(reason)}\n`);
  return written.failed.length > 0 ? EXIT.failed : exitCodeOf(findings);
}

/** What is not committed could not be told from what dockmod writes, and could not be taken back alone. */
async function refuseDirty({ env }: Host, { root, prefix, show }: Workspace, changes: readonly FileChange[]): Promise<void> {
  const status = await gitStatus(root, env);
  if (status.kind === 'none') return;
  if (status.kind === 'unknown')
    throw new UsageError(
      `git cannot tell whether the work tree is clean: ${status.detail}`,
      'Pass --allow-dirty to change the files all the same.',
    );
  const ours = new Set(changes.map(({ path }) => `${prefix}${path}`));
  const dirty = [...status.modified, ...status.untracked.filter((path) => ours.has(path))];
  const [first] = dirty;
  if (first === undefined) return;
  const others = dirty.length === 1 ? '' : ` and ${dirty.length - 1} more`;
  const shown = first.startsWith(prefix) ? show(first.slice(prefix.length) as FileChange['path']) : first;
  throw new UsageError(
    `the work tree has uncommitted changes: ${shown}${others}`,
    'Commit or stash them first, or pass --allow-dirty. (dockmod diff only shows what would change.)',
  );
}

const EXAMPLES = `
Examples:
  dockmod apply                       everything below the working directory
  dockmod apply services/api          one service
  dockmod apply --only go-ldflags     one decision
  dockmod apply --quiet && git diff   what was done

The files that were written are listed on stdout. Run it twice: the second run changes nothing.`;
