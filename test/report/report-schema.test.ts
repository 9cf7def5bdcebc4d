/** The published schema of the JSON report: every report is as it says, and holds nothing that it does not name. */

import { Ajv, type ValidateFunction } from 'ajv';
import { describe, expect, it } from 'vitest';
import { reportJsonSchema } from '../../scripts/docs/report-schema.ts';
import { jsonReport } from '../../src/report/json.ts';
import { applyPlan, loadFixtures, planFixture } from '../support/fixture.ts';
import { EXAMPLE, plan, path } from './example-findings.ts';

const schema = reportJsonSchema();
const published = new Ajv().compile(schema);

/** Readers must bear added fields; we may not add one and forget the schema. */
const closed = new Ajv().compile(
  JSON.parse(JSON.stringify(schema), (_, value: unknown) =>
    typeof value === 'object' && value !== null && 'properties' in value && 'required' in value
      ? { ...value, additionalProperties: false }
      : value,
  ) as object,
);

function problems(validate: ValidateFunction, report: unknown): readonly unknown[] {
  return validate(report) ? [] : (validate.errors ?? []);
}

function parsed(findings: typeof EXAMPLE): Record<string, unknown> {
  return JSON.parse(jsonReport(findings)) as Record<string, unknown>;
}

describe('the schema of the JSON report', () => {
  it('describes a report with every kind of outcome, sizes and layers included', () => {
    const measured = { kind: 'measured', pull: 2, disk: 3, platform: 'linux/amd64', method: 'registry manifest' } as const;
    const sized = plan({
      service: 'sized',
      dockerfile: path('Dockerfile'),
      base: 'abc',
      twinOf: path('other/Dockerfile'),
      size: {
        before: { ...measured, kind: 'estimated', range: [1, 3] },
        after: { kind: 'unknown', reason: 'no network' },
        layers: [{ instruction: 'RUN true', before: 1, after: undefined }],
      },
    });
    const report = parsed({ ...EXAMPLE, plans: [...EXAMPLE.plans, sized] });
    expect(problems(closed, report)).toEqual([]);
    expect(problems(published, report)).toEqual([]);
  });

  it('describes the report of every fixture, before and after', () => {
    const plans = loadFixtures().flatMap((fixture) => {
      const before = planFixture(fixture, fixture.before);
      return [before, planFixture(fixture, applyPlan(fixture.before, before))];
    });
    const report = parsed({ ...EXAMPLE, plans });
    expect(problems(closed, report)).toEqual([]);
  });

  const report = parsed(EXAMPLE);
  const [first] = report['services'] as readonly Record<string, unknown>[];

  it('bears a field of a later version', () => {
    expect(published({ ...report, later: 1 })).toBe(true);
  });

  it.each([
    ['another schema', { ...report, schema: 'dockmod.report/2' }],
    ['no services', { ...report, services: undefined }],
    ['an outcome of no known kind', { ...report, services: [{ ...first, outcomes: [{ transform: 'uv', kind: 'maybe' }] }] }],
    [
      'a refusal without a place',
      {
        ...report,
        services: [{ ...first, outcomes: [{ transform: 'uv', kind: 'refused', refusals: [{ code: 'ignored', reason: 'x' }] }] }],
      },
    ],
    ['a refusal without refusals', { ...report, services: [{ ...first, outcomes: [{ transform: 'uv', kind: 'refused', refusals: [] }] }] }],
    ['a count that is a text', { ...report, summary: { ...(report['summary'] as object), files: '1' } }],
  ])('refuses %s', (_, wrong) => {
    expect(published(JSON.parse(JSON.stringify(wrong)))).toBe(false);
  });
});
