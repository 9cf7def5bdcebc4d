/** `dockmod verify`: builds and runs every changed image before and after, and says same, better or worse. */

import { Option } from 'commander';
import {
  canEnterNamespaces,
  DEFAULT_LIMITS,
  detectEngine,
  sweepDirectories,
  verificationText,
  verify as verifyPlan,
  type EngineName,
  type Verification,
  type VerifyOptions,
} from '../engine/index.ts';
import { redactSecrets } from '../report/redact.ts';
import { forTerminal } from '../report/untrusted.ts';
import { verificationHtml, verificationMarkdown } from '../report/verification.ts';
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
  readonly uptime: string;
  readonly patience: string;
  readonly layers?: true;
  readonly format: 'text' | 'markdown' | 'html' | 'json';
  readonly json?: true;
  readonly quiet?: true;
  readonly color: boolean;
}

export const VERIFICATION_SCHEMA = 'dockmod.verification/1';

export const register: Register = (command, host, run) => {
  command
    .argument('[paths...]', 'Dockerfiles, service directories or a repository (default: the working directory)')
    .addOption(
      new Option('--engine <name>', 'engine to build and run with (default: the first that answers)').choices([
        'docker',
        'podman',
        'buildah',
      ]),
    )
    .option('--platform <platform>', 'build for this platform, e.g. linux/arm64')
    .option('--build-network <mode>', 'network of RUN instructions, e.g. host, where the engine has no bridge')
    .option('--offline', 'leave `# syntax=` lines out: no frontend image can be fetched')
    .option('--no-rebuild', 'do not time a second build after touching a source file')
    .option('--no-scan', 'do not ask trivy or docker scout, even where they are installed')
    .option('--timeout <seconds>', 'longest time for one build', String(DEFAULT_LIMITS.build / 1000))
    .option('--uptime <seconds>', 'how long a container must stay up', String(DEFAULT_LIMITS.uptime / 1000))
    .option('--patience <seconds>', 'longest wait for ports, probes and health', String(DEFAULT_LIMITS.patience / 1000))
    .option('--layers', 'also list the layers of both images, with compressed bytes')
    .addOption(
      new Option('--format <format>', 'how to print the results; all but text hold the layers')
        .choices(['text', 'markdown', 'html', 'json'])
        .default('text'),
    )
    .option('--json', 'short for --format json')
    .option('--quiet', 'results only: no progress')
    .option('--no-color', 'no colours (NO_COLOR and FORCE_COLOR are respected, too)');
  withSelection(command)
    .addHelpText('after', EXAMPLES)
    .action(run((paths: readonly string[], options: VerifyCommandOptions) => verify(host, paths, options)));
};

async function verify(host: Host, paths: readonly string[], options: VerifyCommandOptions): Promise<number> {
  const limits = {
    ...DEFAULT_LIMITS,
    build: milliseconds('timeout', options),
    uptime: milliseconds('uptime', options),
    patience: milliseconds('patience', options),
  };
  const { workspace, findings, discovery } = await planPaths(host, paths, options);
  return host.interruptible(async (signal) => {
    const detection = await detectEngine(options.engine, {
      env: host.env,
      signal,
      pid: host.pid,
      now: host.now,
      ...(options.buildNetwork === undefined ? {} : { buildNetwork: options.buildNetwork }),
    });
    if (detection.kind === 'none') {
      host.stderr.write(
        `dockmod: no container engine answers, so nothing was built\n${detection.reasons.map((reason) => `  ${forTerminal(redactSecrets(reason))}\n`).join('')}`,
      );
      return EXIT.failed;
    }
    const { engine } = detection;
    await engine.sweep(host.isAlive);
    await sweepDirectories(host.isAlive);
    const format = options.json === true ? 'json' : options.format;
    const style = styleFor(host, host.stdout, options.color, workspace);
    const common: Omit<VerifyOptions, 'id'> = {
      root: workspace.root,
      files: workspace.files,
      engine,
      offline: options.offline === true,
      reach: { kind: (await canEnterNamespaces(host.isRoot)) ? 'namespace' : 'published', node: host.node },
      limits,
      env: host.env,
      now: host.now,
      sleep: host.sleep,
      signal,
      compressed: new Map(),
      scan: options.scan,
      rebuild: options.rebuild,
      onStep: (text) => {
        if (options.quiet !== true && format === 'text') host.stderr.write(`${forTerminal(text)} ...\n`);
      },
      ...(options.platform === undefined ? {} : { platform: options.platform }),
    };
    const results: (Verification & { readonly plan: string })[] = [];
    for (const [index, plan] of findings.plans.entries()) {
      const service = discovery.services.find(({ name, dockerfile }) => name === plan.service && dockerfile === plan.dockerfile);
      if (service === undefined || signal.aborted) continue;
      const result = await verifyPlan(plan, service, { ...common, id: `${host.pid}-${index}` });
      results.push({ ...result, plan: plan.hash });
      if (format === 'text' && (result.judgement !== 'unchanged' || findings.plans.length === 1))
        host.stdout.write(paint(result, style.paint, options.layers === true));
    }
    if (format === 'json')
      host.stdout.write(
        `${redactSecrets(JSON.stringify({ schema: VERIFICATION_SCHEMA, engine: engine.version, services: results }, undefined, 2))}\n`,
      );
    else if (format !== 'text')
      host.stdout.write(
        { markdown: verificationMarkdown, html: verificationHtml }[format](
          results.filter(({ judgement }) => judgement !== 'unchanged' || results.length === 1),
        ),
      );
    else if (results.length > 1) host.stdout.write(`${totals(results)}\n`);
    return results.some(({ judgement }) => judgement === 'worse') ? EXIT.failed : EXIT.done;
  });
}

/** Checked before anything is planned or built. */
function milliseconds(name: 'timeout' | 'uptime' | 'patience', options: VerifyCommandOptions): number {
  const seconds = Number(options[name]);
  // A day: beyond it, timers overflow.
  if (!(seconds > 0 && seconds <= 86_400)) throw new UsageError(`--${name}: "${options[name]}" is not a number of seconds`);
  return seconds * 1000;
}

function paint(result: Verification, paint: ReturnType<typeof styleFor>['paint'], layers: boolean): string {
  const [first = '', ...rest] = verificationText(result, { layers })
    .split('\n')
    .map((line) => forTerminal(redactSecrets(line)));
  const color =
    result.judgement === 'worse' ? paint.red : result.judgement === 'better' || result.judgement === 'same' ? paint.green : paint.yellow;
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
  dockmod verify --format html > verification.html with what every layer weighs
  dockmod verify --json > verification.json         for dockmod plan --verification

Containers run with a read-only root, without capabilities and, where dockmod is root on the engine's machine, without a
network other than their own loopback; elsewhere in a network of their own, with ports published on the loopback address.
Exit codes: 0 nothing got worse; 1 something did, or no engine answers; 2 wrong usage.`;
