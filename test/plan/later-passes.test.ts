/** A refusal of the first pass may be answered by another transform's edit only where that edit removes its reason. */

import { expect, test } from 'vitest';
import { planService } from '../../src/plan/plan-service.ts';
import { discover } from '../../src/repository/discover.ts';
import { memoryFiles } from '../../src/repository/files.ts';
import { TRANSFORMS } from '../../src/transforms/index.ts';
import { DEFAULT_SETTINGS } from '../../src/transforms/settings.ts';
import type { Verdict } from '../../src/transforms/transform.ts';
import { loadFixtures } from '../support/fixture.ts';
import { frozenImages } from '../support/images.ts';

/** `transform: code`, and why what comes later may answer it. A new entry needs a reason as good as these. */
const ANSWERED: Readonly<Record<string, string>> = {
  'distroless: volume-ownership': 'nonroot gave the service its directories, and what it owns comes along',
  'distroless: no-lockfile': 'nonroot gave the service its working directory: deno may write its lock',
  'layer-order: unknown-layout': 'pin-base named the version of Deno',
};

test('no transform is let through by an edit that hides what it refused', { timeout: 60_000 }, () => {
  const answered = loadFixtures().flatMap(({ before, expected, name }) => {
    const files = memoryFiles(before);
    return discover(files).services.flatMap((service) => {
      const said = new Map<string, Verdict[]>();
      const plan = planService(files, service, {
        transforms: TRANSFORMS.map((transform) => ({
          state: 'on',
          transform: {
            ...transform,
            apply: (subject) => {
              const verdict = transform.apply(subject);
              said.set(transform.id, [...(said.get(transform.id) ?? []), verdict]);
              return verdict;
            },
          },
        })),
        images: frozenImages,
        settings: { ...DEFAULT_SETTINGS, ...expected.settings },
      });
      return plan.outcomes.flatMap(({ transform, kind }) => {
        const first = said.get(transform)?.[0];
        return kind === 'applied' && first?.kind === 'refused'
          ? first.refusals.map(({ code }) => ({ what: `${transform}: ${code}`, fixture: name }))
          : [];
      });
    });
  });
  expect(answered.filter(({ what }) => !(what in ANSWERED))).toEqual([]);
});
