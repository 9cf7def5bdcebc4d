/** Node and Bun: npm, yarn, pnpm and bun install from package.json, the lock file and what these refer to. */

import { nodeProject, type NodeProject } from '../../project/node.ts';
import { dirname, repoPath, type RepoPath } from '../../repository/path.ts';
import { repositoryPath } from '../context-copy.ts';
import type { ExpandedCommand } from '../shell-argv.ts';
import { refused, type Finding, type Step } from './install-step.ts';

/** Install scripts that work without the sources, given the inputs that the project facts name. */
const HARMLESS_SCRIPT = /^(?:is-ci\s*\|\|\s*)?(?:npx\s+)?(?:husky(?:\s+install)?|patch-package|prisma generate|simple-git-hooks|lefthook install|ngcc|only-allow \w+|npx only-allow \w+)(?:\s*\|\|\s*(?:true|exit 0|echo .*))?$/;
/** More manifests than these make COPY lines that nobody would write. */
const MAX_MEMBERS = 12;

export function nodeStep(step: Step): Finding {
  const install = step.commands.find(isInstall);
  if (install === undefined) return undefined;
  const { environment, context, copies, subject } = step;
  if (step.commands.some(({ argv }) => argv[0]?.text === 'cd')) return refused('unknown-layout', 'the RUN changes its directory', 'Use WORKDIR.');
  if (install.argv.some(({ text }) => text === undefined)) return refused('unresolved-variable', 'the install command holds a variable without a known value');
  if (install.argv.some(({ text }) => /^(--prefix|-C|--dir|--cwd)(=|$)/.test(text ?? ''))) return refused('unknown-layout', 'the packages are installed in another directory');
  const dir = environment.workdir;
  const manifest = repositoryPath(copies, context, `${dir === '/' ? '' : dir}/package.json`);
  if (manifest === undefined) return undefined;
  const project = nodeProject(subject.files, dirname(manifest), context.dir);
  if (project === undefined || project.manifest !== manifest) return undefined;
  const obstacle = obstacleOf(step, project, install);
  if (obstacle !== undefined) return refused('unknown-layout', obstacle.reason, obstacle.unblock);
  const members = project.workspaces.flatMap((member) => repoPath('package.json', member) ?? []);
  const locks = project.locks.map(({ path }) => path);
  const inputs = [manifest, ...locks, ...project.installInputs, ...members].filter((path) => context.includes(path) && context.exists(path));
  return { kind: 'install', tool: install.argv[0]?.text ?? 'npm', inputs: withoutNested(inputs), dir, how: { kind: 'delay', isInstall }, outputs: ['node_modules'] };
}

/** `npm ci`, `npm install`, `yarn`, `pnpm i`, `bun install`: without package names, which would change the manifest. */
export function isInstall({ argv }: ExpandedCommand): boolean {
  const [program = '', ...args] = argv.map(({ text }) => text ?? '');
  const plain = args.filter((arg, at) => !arg.startsWith('-') && !VALUED.has(args[at - 1] ?? ''));
  if (args.includes('-g') || args.includes('--global')) return false;
  const [verb, ...names] = plain;
  switch (program) {
    case 'npm':
      return names.length === 0 && verb !== undefined && ['ci', 'install', 'i', 'clean-install'].includes(verb);
    case 'yarn':
      return names.length === 0 && (verb === undefined || verb === 'install') && !args.includes('--version') && !args.includes('-v');
    case 'pnpm':
    case 'bun':
      return names.length === 0 && verb !== undefined && ['install', 'i'].includes(verb);
    default:
      return false;
  }
}

const VALUED = new Set(['--registry', '--loglevel', '--omit', '--include', '--network-timeout', '--cache-folder', '--fetch-timeout', '--network-concurrency', '--mutex', '--filter', '--workspace', '-w']);

function obstacleOf({ subject, context }: Step, project: NodeProject, install: ExpandedCommand): { readonly reason: string; readonly unblock?: string } | undefined {
  const { scripts, installScripts, dependencies, devDependencies, dir } = project;
  const skipsScripts = install.argv.some(({ text }) => text === '--ignore-scripts');
  const script = skipsScripts ? undefined : installScripts.find((name) => !HARMLESS_SCRIPT.test((scripts[name] ?? '').trim()));
  if (script !== undefined) return { reason: `the \`${script}\` script of package.json may need the sources: \`${scripts[script] ?? ''}\``, unblock: 'Install with `--ignore-scripts`, and run the script after the sources are copied.' };
  const local = Object.entries({ ...devDependencies, ...dependencies }).find(([, version]) => /^(file|link|portal):/.test(version));
  if (local) return { reason: `\`${local[0]}\` is a directory of the repository (\`${local[1]}\`)`, unblock: 'Copy that directory before the install step.' };
  if (project.workspaces.length > MAX_MEMBERS) return { reason: `the workspace has ${project.workspaces.length} members, whose manifests would all have to be copied` };
  const member = project.workspaces.find((path) => !context.includes(path));
  if (member !== undefined) return { reason: `the workspace member \`${member}\` is not in the build context` };
  if (project.workspaceRoot !== undefined && project.workspaceRoot !== dir) return { reason: `the lock file belongs to the workspace in \`${project.workspaceRoot}\`` };
  const committed = ['.pnp.cjs', '.yarn/cache', 'node_modules'].find((name) => subject.files.under(dir).some((path) => path === repoPath(name, dir) || path.startsWith(`${repoPath(name, dir)}/`)));
  if (committed !== undefined) return { reason: `\`${committed}\` is committed: the packages come with the sources` };
  return undefined;
}

function withoutNested(paths: readonly RepoPath[]): readonly RepoPath[] {
  return paths.filter((path, at) => paths.indexOf(path) === at && !paths.some((other) => other !== path && path.startsWith(`${other}/`)));
}
