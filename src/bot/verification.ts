/** What `dockmod verify --json` found, folded into plans: built sizes, and no offer of what got worse. */

import * as v from 'valibot';

import type { Plan } from '../plan/plan.ts';

export const VERIFICATION_SCHEMA = 'dockmod.verification/1';

/** Characters and layers of an image that a pull request shows. */
const LONGEST_INSTRUCTION = 500;
const MOST_LAYERS = 60;

const bytes = v.pipe(v.number(), v.minValue(0));
const built = v.object({
  kind: v.picklist(['built', 'measured', 'estimated']),
  pull: bytes,
  disk: v.optional(bytes),
  digest: v.optional(v.string()),
  platform: v.string(),
  method: v.string(),
});
const measure = v.union([built, v.object({ kind: v.literal('unknown'), reason: v.string() })]);
const side = v.object({ measure: v.optional(measure) });

const layer = v.object({
  instruction: v.pipe(
    v.string(),
    v.transform((text) => text.slice(0, LONGEST_INSTRUCTION)),
  ),
  before: v.optional(bytes),
  after: v.optional(bytes),
});

const verification = v.object({
  schema: v.literal(VERIFICATION_SCHEMA),
  services: v.array(
    v.object({
      service: v.string(),
      /** Hash of the plan that was built. */
      plan: v.string(),
      judgement: v.string(),
      findings: v.array(v.object({ kind: v.string(), text: v.string() })),
      before: v.optional(side),
      after: v.optional(side),
      layers: v.optional(v.array(layer)),
    }),
  ),
});

export type Verified = (plan: Plan) => Plan;

/** Reads the file; a string says what is wrong with it. A result counts only for the very plan that was built. */
export function readVerification(text: string): Verified | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  const parsed = v.safeParse(verification, value);
  if (!parsed.success) return `not the output of dockmod verify --json: ${parsed.issues[0].message}`;
  const results = new Map(parsed.output.services.map((result) => [result.plan, result]));
  return (plan) => {
    const result = plan.changes.length === 0 ? undefined : results.get(plan.hash);
    if (result === undefined) return plan;
    if (result.judgement === 'worse') {
      const detail = result.findings.find(({ kind }) => kind === 'worse')?.text ?? 'something that worked does not work any more';
      return {
        ...plan,
        changes: [],
        unusable: {
          reason: 'verification',
          at: { path: plan.dockerfile, line: 1 },
          detail: `the changed image got worse when it was built and started: ${detail}`,
        },
      };
    }
    const [before, after] = [result.before?.measure, result.after?.measure];
    const proven = result.judgement === 'same' || result.judgement === 'better';
    const layers = result.layers
      ?.slice(0, MOST_LAYERS)
      .map(({ instruction, before: left, after: right }) => ({ instruction, before: left, after: right }));
    return proven && before !== undefined && after !== undefined
      ? { ...plan, size: plain({ before, after, ...(layers === undefined ? {} : { layers }) }) }
      : plan;
  };
}

/** Without the fields that were not there. */
function plain<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
