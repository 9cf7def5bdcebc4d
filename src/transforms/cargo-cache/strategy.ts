/** Which way of caching fits a project: stubs, cargo-chef, or cache mounts. */

import type { Settings } from '../settings.ts';
import type { Subject } from '../transform.ts';
import type { BuildStep } from './build-step.ts';
import type { ImageProject } from '../image-project.ts';
import type { StubAnswer } from './stub-plan.ts';

export interface Choice {
  readonly strategy: Exclude<Settings['cargoCache']['strategy'], 'auto'>;
  readonly because: string;
}

/** Up to this many members a list of manifests is still read at a glance. */
const FEW_MEMBERS = 6;

export function chooseStrategy(
  { settings, images, dockerfile }: Subject,
  { members, project, workdir, imageOf }: ImageProject,
  stubs: StubAnswer,
  step: BuildStep,
): Choice {
  const { strategy } = settings.cargoCache;
  if (strategy !== 'auto') return { strategy, because: 'the configuration asks for it' };
  const many = members.length > FEW_MEMBERS;
  if (!many) return { strategy: 'stub', because: members.length === 1 ? 'a single package' : `a workspace of ${members.length} members` };
  const unsettled = step.builds.find((build) => build.unsettled !== undefined)?.unsettled;
  if (unsettled !== undefined)
    return {
      strategy: 'stub',
      because: `a workspace of ${members.length} members; what \`${unsettled}\` asks of cargo-chef is only known to the build`,
    };
  const base = dockerfile.stages[step.instruction.stage]?.base;
  const version = base === undefined ? undefined : images.facts(base)?.version;
  const pinned = images.pinned('lukemathwalker/cargo-chef');
  const tested = /rust-(\d+\.\d+)/.exec(pinned?.tag ?? '')?.[1];
  if (stubs.kind === 'plan' && stubs.plan.directories.length > 0)
    return { strategy: 'stub', because: `a workspace of ${members.length} members, with directories that cargo-chef does not see` };
  if (imageOf(project.root) !== workdir)
    return { strategy: 'stub', because: `a workspace of ${members.length} members that is not built from its root` };
  if (tested === undefined || version === undefined || older(version, tested)) {
    return {
      strategy: 'stub',
      because: `a workspace of ${members.length} members; cargo-chef is only known to build with Rust ${tested ?? '?'} and later, the builder has ${version ?? 'an unknown release'}`,
    };
  }
  return { strategy: 'chef', because: `a workspace of ${members.length} members: cargo-chef finds them by itself` };
}

function older(version: string, than: string): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number);
  const [c = 0, d = 0] = than.split('.').map(Number);
  return a < c || (a === c && b < d);
}
