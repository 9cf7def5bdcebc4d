/** `dockmod explain`: every transform's verdict for one Dockerfile, with the lines it rests on and what would change it. */

import type { Plan } from '../plan/plan.ts';
import { explanation } from '../report/explanation.ts';
import { dirname, type RepoPath } from '../repository/path.ts';
import { UsageError } from './exit.ts';
import type { Host } from './host.ts';
import { withOutput, withSelection, type OutputOptions, type SelectionOptions } from './options.ts';
import { machineReport } from './output.ts';
import { exitCodeOf, planPaths } from './planning.ts';
import type { Register } from './register.ts';
import { styleFor } from './style.ts';

interface ExplainOptions extends SelectionOptions, OutputOptions {}

export const register: Register = (command, host, run) => {
  withOutput(withSelection(command.argument('<path>', 'a Dockerfile, or the directory of one service')))
    .addHelpText('after', EXAMPLES)
    .action(run((path: string, options: ExplainOptions) => explain(host, path, options)));
};

async function explain(host: Host, path: string, options: ExplainOptions): Promise<number> {
  const { workspace, findings, discovery } = await planPaths(host, [path], options);
  const [plan, ...others] = chosen(findings.plans, workspace.paths);
  if (plan === undefined || others.length > 0) {
    const names = findings.plans.map(({ dockerfile }) => workspace.show(dockerfile));
    throw new UsageError(
      `${path} holds ${names.length} Dockerfiles; explain takes one`,
      `Choose one of: ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', ...' : ''}`,
    );
  }
  const report = await machineReport(options, { ...findings, plans: [plan] });
  const service = discovery.services.find(({ dockerfile, name }) => dockerfile === plan.dockerfile && name === plan.service);
  host.stdout.write(report ?? explanation(plan, service, styleFor(host, host.stdout, options.color, workspace)));
  return exitCodeOf({ ...findings, plans: [plan] });
}

/**
 * Of several, the one that is most likely meant: the file that the path names, even where it is another service's build context as
 * well; else the file right in that directory; else the one that is in use, when the others are its twins.
 */
function chosen(plans: readonly Plan[], paths: readonly RepoPath[]): readonly Plan[] {
  const narrower = (left: readonly Plan[], isMeant: (plan: Plan) => boolean): readonly Plan[] => {
    const kept = left.filter(isMeant);
    return kept.length > 0 ? kept : left;
  };
  const named = narrower(plans, ({ dockerfile }) => paths.includes(dockerfile));
  const inside = narrower(named, ({ dockerfile }) => paths.includes(dirname(dockerfile)));
  return narrower(inside, ({ twinOf }) => twinOf === undefined);
}

const EXAMPLES = `
Examples:
  dockmod explain services/api
  dockmod explain services/api/Dockerfile --only distroless
  dockmod explain deploy/web.Dockerfile --json`;
