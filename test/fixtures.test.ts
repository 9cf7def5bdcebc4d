/** Every fixture: the verdict, the exact bytes afterwards, and a second run that changes nothing. */

import { describe, expect, test } from 'vitest';
import { formatLocation } from '../src/repository/location.ts';
import { applyPlan, loadFixtures, outcomeOf, planFixture, refusalsOf, type Fixture } from './support/fixture.ts';

const fixtures = loadFixtures();

test('there are fixtures', () => {
  expect(fixtures.length).toBeGreaterThan(0);
});

for (const [transform, cases] of groups(fixtures)) {
  describe(transform, () => {
    for (const fixture of cases) test(fixture.name.replaceAll('-', ' '), () => check(fixture));
  });
}

function check(fixture: Fixture): void {
  const { expected, before, after } = fixture;
  const plan = planFixture(fixture, before);
  if (expected.kind === 'unusable') {
    expect(plan.unusable).toBeDefined();
    expect(plan.changes).toEqual([]);
    return;
  }
  const [first = ''] = expected.transforms;
  const outcome = outcomeOf(plan, first);
  // Comparing the refusals with the kind makes a surprise explain itself.
  expect({
    kind: outcome.kind,
    refusals: refusalsOf(outcome),
    detail: 'detail' in outcome ? outcome.detail : '',
    reasons: expected.kind === 'refused' || !('refusals' in outcome) ? [] : outcome.refusals.map(({ reason }) => reason),
  }).toEqual({
    kind: expected.kind,
    refusals: expected.refusals ?? [],
    detail: '',
    reasons: expected.kind === 'refused' ? [] : expect.any(Array),
  });
  expect(Object.fromEntries(applyPlan(before, plan))).toEqual(Object.fromEntries(after));
  expect(fixture.changes, '`after` is there exactly when something changes').toBe(plan.changes.length > 0);

  if ('evidence' in outcome) {
    const places = outcome.evidence.flatMap(({ at }) => (at ? [formatLocation(at)] : []));
    for (const place of expected.evidence ?? []) expect(places).toContain(place);
  }
  for (const { reason } of plan.outcomes.flatMap((each) => ('refusals' in each ? each.refusals : [])))
    expect(reason, 'a reason is one line').toMatch(/^.{1,600}$/);
  for (const text of expected.checks ?? [])
    expect(plan.checks.map((item) => `${item.text} ${item.command ?? ''}`).join('\n')).toContain(text);

  const again = planFixture(fixture, after);
  expect(again.changes, 'a second run changes nothing').toEqual([]);
}

/** By transform; Node 20 lacks Map.groupBy. */
function groups(all: readonly Fixture[]): ReadonlyMap<string, readonly Fixture[]> {
  const map = new Map<string, Fixture[]>();
  for (const fixture of all) map.set(fixture.transform, [...(map.get(fixture.transform) ?? []), fixture]);
  return map;
}
