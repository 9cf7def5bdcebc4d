/** The stub recipe: manifests, a stub for each target, and what makes the real sources win over them. */

import type { Subject } from '../transform.ts';
import type { StrategyEdits } from './chef-stages.ts';
import type { ImageProject } from '../image-project.ts';
import type { Placement } from './source-position.ts';
import { invalidation, stubCommands, touchCommand } from './stub-commands.ts';
import { insertLayer, type Layer } from './stub-layer.ts';
import type { StubAnswer } from './stub-plan.ts';

export function stubStages({ images }: Subject, layer: Layer, image: ImageProject, stubs: StubAnswer, where: Exclude<Placement, { kind: 'blocked' }>): StrategyEdits {
  const { dockerfile, step } = layer;
  const manifest = { path: image.project.manifest, line: 1 };
  if (stubs.kind === 'impossible') return { kind: 'blocked', at: { path: stubs.at, line: 1 }, reason: stubs.reason };
  const { plan } = stubs;
  const base = dockerfile.stages[step.instruction.stage]?.base;
  const how = invalidation(plan, step.builds, base === undefined ? undefined : images.facts(base)?.version);
  const commands = stubCommands(image, step.workdir, plan, step.builds, how);
  const touch = how === 'touch' ? touchCommand(image, step.workdir, plan) : undefined;
  if (commands === undefined || (how === 'touch' && touch === undefined)) return { kind: 'blocked', at: manifest, reason: 'a target\'s path cannot be written without quotes' };
  if (touch !== undefined && step.builds[0]?.expanded.script.within !== 'instruction') return { kind: 'blocked', at: step.instruction.at, reason: 'the build cannot be extended where it stands' };
  const result = insertLayer({ ...layer, ...(touch === undefined ? {} : { touch }) }, [...plan.files, ...plan.directories], commands, where);
  if (result.kind === 'blocked') return { kind: 'blocked', at: result.at.at, reason: result.reason };
  const because = { text: 'the build touches the sources: `cargo clean -p` could not be relied on to find every trace of the stubs', at: step.instruction.at };
  return { kind: 'edits', edits: result.edits, checks: [], because: touch === undefined ? [] : [because] };
}
