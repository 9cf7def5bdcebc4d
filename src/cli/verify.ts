/** `dockmod verify`: builds and runs every changed image before and after, and says same, better or worse. */

import { Option } from 'commander';
import { canEnterNamespaces, DEFAULT_LIMITS, detectEngine, sweepDirectories, verificationText, verify as verifyPlan, type EngineName, type Verification, type VerifyOptions } from '../engine/index.ts';
import { redactSecrets } from '../report/redact.ts';
import { forTerminal } from '../report/untrusted.ts';
import type { Register } from './register.ts';
import { EXIT, UsageError } from './exit.ts';
import type { Host } from './host.ts';
import { withSelection, type SelectionOptions } from './options.ts';
import { planPaths } from './planning.ts';
import { styleFor } from './style.ts';

interface VerifyCommandOptions extends SelectionOptions {
  readonly engine?: EngineName;
  readonly platform?: string;
  readonly buildNetwork?: string;
  readonly offline?: true;
  readonly rebuild: boolean;
  readonly scan: boolean;
  readonly timeout: string;
  readonly json?: true;
  readonly quiet?: true;
  readonly color: boolean;
}

export const VERIFICATION_SCHEMA = 'dockmod.verification/1';

export const register: Register = (command, host, run) => {
  command
    .argument('[paths...]', 'Dockerfiles, service directories or a repository (default: the working directory)')
    .addOption(new Option('--engine <name>', 'engine to build and run with (default: the first that answers)').choices(['docker', 'podman', 'buildah']))
    .option('--platform <platform>', 'build for this platform, e.g. linux/arm64')
    .option('--build-network <mode>', 'network of RUN instructions, e.g. host, where the engine has no bridge')
    .option('--offline', 'leave `# syntax=` lines out: no frontend image can be fetched')
    .option('--no-rebuild', 'do not time a second build after touching a source file')
    .option('--no-scan', 'do not ask trivy or docker scout, even where they are installed')
    .option('--timeout <seconds>', 'longest time for one build', String(DEFAULT_LIMITS.build / 1000))
    .option('--json', 'print the results as JSON')
    .option('--quiet', 'results only: no progress')
    .option('--no-color', 'no colours (NO_COLOR and FORCE_COLOR are respected, too)');
  withSelection(command)
    .addHelpText('after', EXAMPLES)
    .action(run((paths: readonly string[], options: VerifyCommandOptions) => verify(host, paths, options)));
};

async function verify(host: Host, paths: readonly string[], options: VerifyCommandOptions): Promise<number> {
  const seconds = Number(options.timeout);
  if (!Number.isInteger(seconds) || seconds <= 0) throw new UsageError(`--timeout: "${options.timeout}" is not a number of seconds`);
  const { workspace, findings, discovery } = await planPaths(host, paths, options);
  return host.interruptible(async (signal) => {
    const detection = await detectEngine(options.engine, { env: host.env, signal, pid: host.pid, now: host.now, ...(options.buildNetwork === undefined ? {} : { buildNetwork: options.buildNetwork }) });
    if (detection.kind === 'none') {
      host.stderr.write(`dockmod: no container engine answers, so nothing was built\n${detection.reasons.map((reason) => `  ${forTerminal(redactSecrets(reason))}\n`).join('')}`);
      return EXIT.failed;
    }
    const { engine } = detection;
    await engine.sweep(host.isAlive);
    await sweepDirectories(host.isAlive);
    const style = styleFor(host, host.stdout, options.color, workspace);
    const common: Omit<VerifyOptions, 'id'> = {
      root: workspace.root, files: workspace.files, engine, offline: options.offline === true,
      reach: { kind: (await canEnterNamespaces(host.isRoot)) ? 'namespace' : 'published', node: host.node },
      limits: { ...DEFAULT_LIMITS, build: seconds * 1000 }, env: host.env, now: host.now, sleep: host.sleep, signal, compressed: new Map(), scan: options.scan, rebuild: options.rebuild,
      onStep: (text) => {
        if (options.quiet !== true && options.json !== true) host.stderr.write(`${forTerminal(text)} ...\n`);
      },
      ...(options.platform === undefined ? {} : { platform: options.platform }),
    };
    const results: (Verification & { readonly plan: string })[] = [];
    for (const [index, plan] of findings.plans.entries()) {
      const service = discovery.services.find(({ name, dockerfile }) => name === plan.service && dockerfile === plan.dockerfile);
      if (service === undefined || signal.aborted) continue;
      const result = await verifyPlan(plan, service, { ...common, id: `${host.pid}-${index}` });
      results.push({ ...result, plan: plan.hash });
      if (options.json !== true && (result.judgement !== 'unchanged' || findings.plans.length === 1)) host.stdout.write(paint(result, style.paint));
    }
    if (options.json === true) host.stdout.write(`${redactSecrets(JSON.stringify({ schema: VERIFICATION_SCHEMA, engine: engine.version, services: results }, undefined, 2))}\n`);
    else if (results.length > 1) host.stdout.write(`${totals(results)}\n`);
    return results.some(({ judgement }) => judgement === 'worse') ? EXIT.failed : EXIT.done;
  });
}

function paint(result: Verification, paint: ReturnType<typeof styleFor>['paint']): string {
  const [first = '', ...rest] = verificationText(result).split('\n').map((line) => forTerminal(redactSecrets(line)));
  const color = result.judgement === 'worse' ? paint.red : result.judgement === 'better' || result.judgement === 'same' ? paint.green : paint.yellow;
  return `${[color(first), ...rest].join('\n')}\n`;
}

function totals(results: readonly Verification[]): string {
  const counts = new Map<string, number>();
  for (const { judgement } of results) counts.set(judgement, (counts.get(judgement) ?? 0) + 1);
  return `${results.length} services: ${[...counts].map(([judgement, count]) => `${count} ${judgement}`).join(', ')}`;
}

const EXAMPLES = `
Examples:
  dockmod verify services/api                     one service: built and run before and after
  dockmod verify --only distroless                one decision
  dockmod verify --engine podman --no-rebuild
  dockmod verify --json > verification.json

Containers run with a read-only root, without capabilities and without a network other than their own loopback.
Exit codes: 0 nothing got worse; 1 something did, or no engine answers; 2 wrong usage.`;
