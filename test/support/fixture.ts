/** Fixtures: miniature repositories with what must come of them. See CONTRIBUTING.md for the format. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planService } from '../../src/plan/plan-service.ts';
import type { Plan, TransformOutcome } from '../../src/plan/plan.ts';
import { discover } from '../../src/repository/discover.ts';
import { memoryFiles, type RepositoryFiles } from '../../src/repository/files.ts';
import { formatLocation } from '../../src/repository/location.ts';
import type { RepoPath } from '../../src/repository/path.ts';
import { TRANSFORMS } from '../../src/transforms/index.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/transforms/settings.ts';
import { frozenImages } from './images.ts';

export interface ExpectedOutcome {
  readonly transforms: readonly string[];
  readonly settings?: Partial<Settings>;
  readonly dockerfile?: string;
  readonly kind: 'applied' | 'already' | 'refused' | 'not-applicable' | 'unusable';
  readonly refusals?: readonly { readonly code: string; readonly at: string }[];
  readonly evidence?: readonly string[];
  readonly checks?: readonly string[];
}

export interface Fixture {
  readonly transform: string;
  readonly name: string;
  readonly before: ReadonlyMap<RepoPath, string>;
  /** What the tree must be afterwards; the same as `before` when the fixture has no `after`. */
  readonly after: ReadonlyMap<RepoPath, string>;
  readonly changes: boolean;
  readonly expected: ExpectedOutcome;
}

const ROOT = join(import.meta.dirname, '../../fixtures');

export function loadFixtures(): readonly Fixture[] {
  return directories(ROOT).flatMap((transform) =>
    directories(join(ROOT, transform)).map((name) => {
      const dir = join(ROOT, transform, name);
      const before = readTree(join(dir, 'before'));
      const changes = existsSync(join(dir, 'after'));
      return {
        transform,
        name,
        before,
        changes,
        after: changes ? readTree(join(dir, 'after')) : before,
        expected: JSON.parse(readFileSync(join(dir, 'outcome.json'), 'utf8')) as ExpectedOutcome,
      };
    }),
  );
}

/** Plans the fixture's Dockerfile with its transforms only; `texts` replaces the tree (for a second run). */
export function planFixture({ expected }: Fixture, texts: ReadonlyMap<RepoPath, string>): Plan {
  return planTree(memoryFiles(texts), expected.transforms, expected.settings, expected.dockerfile);
}

export function planTree(files: RepositoryFiles, only: readonly string[], settings: Partial<Settings> = {}, dockerfile?: string): Plan {
  const { services, skipped } = discover(files);
  const candidates = dockerfile === undefined ? services : services.filter((service) => service.dockerfile === dockerfile);
  const [service] = candidates;
  if (service === undefined || candidates.length > 1)
    throw new Error(
      `expected one Dockerfile, found ${services.map((found) => found.dockerfile).join(', ') || 'none'}; skipped ${JSON.stringify(skipped)}`,
    );
  const unknown = only.filter((id) => !TRANSFORMS.some((transform) => transform.id === id));
  if (unknown.length > 0) throw new Error(`no transform called ${unknown.join(', ')}`);
  return planService(files, service, {
    transforms: TRANSFORMS.map((transform) => ({ transform, state: only.includes(transform.id) ? 'on' : 'off' })),
    images: frozenImages,
    settings: { ...DEFAULT_SETTINGS, ...settings },
  });
}

/** The tree after the plan's changes. */
export function applyPlan(texts: ReadonlyMap<RepoPath, string>, plan: Plan): ReadonlyMap<RepoPath, string> {
  const result = new Map(texts);
  for (const { path, after } of plan.changes) result.set(path, after);
  return result;
}

export function outcomeOf(plan: Plan, transform: string): TransformOutcome {
  const outcome = plan.outcomes.find((candidate) => candidate.transform === transform);
  if (outcome === undefined)
    throw new Error(`${transform} gave no outcome${plan.unusable ? `: ${plan.unusable.reason}: ${plan.unusable.detail}` : ''}`);
  return outcome;
}

/** Refusals as `code at path:line`, for comparison and for messages that say enough. */
export function refusalsOf(outcome: TransformOutcome): readonly { code: string; at: string }[] {
  return 'refusals' in outcome ? outcome.refusals.map(({ code, at }) => ({ code, at: formatLocation(at) })) : [];
}

function directories(dir: string): readonly string[] {
  return existsSync(dir)
    ? readdirSync(dir, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort()
    : [];
}

function readTree(dir: string): ReadonlyMap<RepoPath, string> {
  const texts = new Map<RepoPath, string>();
  if (!existsSync(dir)) return texts;
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    texts.set(path.slice(dir.length + 1) as RepoPath, new TextDecoder('utf-8', { ignoreBOM: true }).decode(readFileSync(path)));
  }
  return texts;
}
