/** Single-stage Node services on the full image, or with compilers. */

import { nodeProject } from '../../project/node.ts';
import { buildContext } from '../build-context.ts';
import type { Subject } from '../transform.ts';
import { splitInterpreted } from './interpreted-program.ts';
import { shipsCompilers } from './ships-compilers.ts';
import { slimVariant } from './slim-variant.ts';
import { refuse, type SplitAnswer } from './split.ts';
import { startedProgram } from './started-program.ts';

const BUILD_ONLY = /^(?:npm_config_.*|NPM_CONFIG_.*|YARN_CACHE_FOLDER)$/;
/** Packages that look for system libraries or programs of their own accord. */
const SYSTEM = /^(?:@prisma\/client|prisma|canvas|sharp|puppeteer.*|playwright.*|simple-git|nodegit|fluent-ffmpeg|gm|imagemagick|oracledb|node-pty|execa|shelljs|cross-spawn|zx|isolated-vm)$/;

export function splitNode(subject: Subject, stage: number): SplitAnswer {
  const { images, files, dockerfile } = subject;
  const contract = subject.contract(stage);
  const facts = contract.base === undefined ? undefined : images.facts(contract.base);
  const at = dockerfile.stages[stage]?.from.at;
  if (contract.base === undefined || at === undefined || facts?.family !== 'node' || contract.cmd?.at.line === 0) return undefined;
  if (!shipsCompilers(contract)) return undefined;
  const started = startedProgram(subject, stage);
  if (started === undefined) return undefined;
  const context = buildContext(subject);
  if (context === undefined) return refuse('unknown-context', at, 'the build context is not known');
  const base = slimVariant(images, contract.base);
  if (base === undefined) return refuse('release-unknown', at, `which slim image has the same release as \`${contract.base}\` is not known`, 'Name version and release in the tag.');
  const project = nodeProject(files, context.dir, context.dir);
  if (project === undefined) return refuse('unknown-layout', at, 'there is no package.json to tell which packages are needed');
  if (!/^(?:node|npm|yarn)$/.test(started.program)) return refuse('executed-package', started.at, `whether \`${started.program}\` is in the slim image is not known`, 'Start the program with node.');
  const system = Object.keys(project.dependencies).find((name) => SYSTEM.test(name)) ?? project.native.find(({ kind, needs }) => kind === 'browser' || needs.length > 0)?.name;
  if (system !== undefined) return refuse('missing-file', { path: project.manifest, line: 1 }, `${system} needs system libraries or programs at run time`, 'Split the Dockerfile by hand and install them.');
  return splitInterpreted(subject, stage, context, {
    base, installed: [], libraries: [], sources: /\.(?:[cm]?[jt]s|tsx|jsx)$/,
    executes: /\bchild_process\b|\bBun\.spawn\b|\bexeca\b/, buildOnly: BUILD_ONLY,
  });
}
