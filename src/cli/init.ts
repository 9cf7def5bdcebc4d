/** `dockmod init`: configuration, the scheduled workflow, fresh images, image scanning. Asks before it writes; overwrites nothing. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { Option } from 'commander';

import { discover } from '../repository/discover.ts';
import { openRepository } from '../repository/disk-files.ts';
import { repoPath, type RepoPath } from '../repository/path.ts';
import { writeFiles } from '../repository/write.ts';
import { fileName, sentence } from '../report/untrusted.ts';
import type { Register } from './register.ts';
import { EXIT, UsageError } from './exit.ts';
import type { Host } from './host.ts';
import { configurationFile, scanFile, scheduleFile, updatesFile, type InitChoices, type ProposedFile } from './init/files.ts';
import { locateRepository } from './root.ts';

interface InitOptions {
  readonly yes?: true;
  readonly updates?: InitChoices['updates'];
  readonly scan: InitChoices['scan'];
  readonly root?: string;
}

/** Where each bot looks for its configuration. */
const RENOVATE_FILES = [
  'renovate.json',
  'renovate.json5',
  '.github/renovate.json',
  '.github/renovate.json5',
  '.gitlab/renovate.json',
  '.gitlab/renovate.json5',
  '.renovaterc',
  '.renovaterc.json',
  '.renovaterc.json5',
];
const DEPENDABOT_FILES = ['.github/dependabot.yml', '.github/dependabot.yaml'];

export const register: Register = (command, host, run) => {
  command
    .option('--yes', 'write without asking: for scripts')
    .addOption(
      new Option('--updates <tool>', 'what keeps base images fresh (default: the one that is there, else renovate)').choices([
        'renovate',
        'dependabot',
        'none',
      ]),
    )
    .addOption(new Option('--scan <tool>', 'what scans images in CI').choices(['trivy', 'scout', 'none']).default('trivy'))
    .option('--root <dir>', 'root of the repository')
    .addHelpText('after', EXAMPLES)
    .action(run((options: InitOptions) => init(host, options)));
};

async function init(host: Host, options: InitOptions): Promise<number> {
  const { root } = locateRepository(host.cwd, [], options.root);
  const files = openRepository(root);
  const textAt = (path: string): string | undefined => {
    const known = repoPath(path);
    const read = known === undefined ? undefined : files.read(known);
    return read === undefined || (read.kind === 'unreadable' && read.reason === 'absent')
      ? undefined
      : read.kind === 'text'
        ? read.text
        : '';
  };
  const exists = (path: string): boolean => textAt(path) !== undefined;
  const [named, dependabot] = [RENOVATE_FILES, DEPENDABOT_FILES].map((names) => names.find(exists));
  const renovate = named ?? (/^\s*"renovate"\s*:/m.test(textAt('package.json') ?? '') ? 'package.json' : undefined);
  const choices: InitChoices = {
    scan: options.scan,
    action: 'dockmod/dockmod@v0',
    updates: options.updates ?? (renovate === undefined && dependabot !== undefined ? 'dependabot' : 'renovate'),
  };
  const found = choices.updates === 'renovate' ? renovate : choices.updates === 'dependabot' ? dependabot : undefined;
  const discovery = discover(files, { ignore: [] });
  const all = [
    configurationFile(),
    scheduleFile(choices),
    found === undefined ? updatesFile(discovery, choices) : undefined,
    scanFile(discovery, choices),
  ].filter((file) => file !== undefined);
  const missing = all.filter(({ path }) => !exists(path));
  for (const { path } of all.filter((file) => !missing.includes(file))) host.stdout.write(`there    ${path}\n`);
  if (found !== undefined)
    host.stdout.write(
      `there    ${found}: ${choices.updates === 'renovate' ? 'Renovate updates Dockerfiles unless it is told otherwise' : dependabotNote(textAt(found) ?? '')}\n`,
    );
  const wanted = options.yes ? missing : await chosen(host, missing);
  for (const { path } of wanted) mkdirSync(join(root, path, '..'), { recursive: true });
  const { written, failed } = writeFiles(
    root,
    wanted.map(({ path, text }) => ({ path: path as RepoPath, before: undefined, after: text })),
  );
  for (const { path } of written) host.stdout.write(`written  ${path}\n`);
  for (const { path, reason } of failed) host.stderr.write(`dockmod: ${fileName(path)}: ${sentence(reason)}\n`);
  if (written.length > 0) host.stderr.write('Look at the files, commit them, and see `dockmod doctor` for what the token needs.\n');
  return failed.length > 0 ? EXIT.failed : EXIT.done;
}

function dependabotNote(text: string): string {
  return /package-ecosystem:\s*["']?docker\b/.test(text)
    ? 'it updates Docker images'
    : 'add an entry `package-ecosystem: docker` with `directories: ["**/*"]` and a schedule, or the images that dockmod writes grow old';
}

/** Shows each file and asks; where nobody can be asked, nothing is written. */
async function chosen(host: Host, files: readonly ProposedFile[]): Promise<readonly ProposedFile[]> {
  const wanted: ProposedFile[] = [];
  for (const file of files) {
    host.stdout.write(`\n${file.path}: ${file.purpose}\n${file.text.replace(/^/gm, '    ').trimEnd()}\n`);
    const answer = await host.ask(`Write ${file.path}? [y/N] `);
    if (answer === undefined)
      throw new UsageError(
        'nobody can be asked here, and nothing was written',
        'Run `dockmod init --yes` to write the files that are shown above.',
      );
    if (/^y(?:es)?$/i.test(answer.trim())) wanted.push(file);
  }
  return wanted;
}

const EXAMPLES = `
Examples:
  dockmod init                                   shows each file and asks
  dockmod init --yes --updates dependabot --scan none

Written: dockmod.yaml, .github/workflows/dockmod.yml, renovate.json or .github/dependabot.yml, .github/workflows/image-scan.yml.
Files that exist are left as they are.`;
