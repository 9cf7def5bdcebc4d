/** dockmod-report.schema.json: what `--format json` prints, for whoever reads it by a program. The tests hold reports against it. */

import { NOTICED_FIELDS } from '../../src/plan/contract-changes.ts';
import { REPORT_SCHEMA } from '../../src/report/json.ts';
import { REFUSALS } from '../../src/transforms/refusal.ts';
import { TRANSFORMS } from '../../src/transforms/index.ts';

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const count: Schema = { type: 'integer', minimum: 0 };
const bytes: Schema = { type: 'integer', minimum: 0, description: 'Bytes.' };

/** Fields may be added under one schema name, so an object may hold more than is named here. `?` marks an optional one. */
function object(properties: Readonly<Record<string, Schema>>, description?: string): Schema {
  const names = Object.keys(properties);
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    required: names.filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(names.map((name) => [name.replace(/\?$/, ''), properties[name]])),
  };
}

const list = (items: Schema, description?: string): Schema => ({
  type: 'array',
  ...(description === undefined ? {} : { description }),
  items,
});
const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` });
const oneOf = (...values: readonly string[]): Schema => ({ enum: values });

const transform = oneOf(...TRANSFORMS.map(({ id }) => id));

/** One outcome of a transform, told apart by `kind`. */
function outcome(kinds: readonly string[], properties: Readonly<Record<string, Schema>>, description: string): Schema {
  return object({ transform, kind: oneOf(...kinds), ...properties }, description);
}

export function reportJsonSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: REPORT_SCHEMA,
    description: 'The JSON report of dockmod (`dockmod diff --json`). Fields are only ever added under this name.',
    ...object({
      schema: { const: REPORT_SCHEMA },
      tool: object({ name: { const: 'dockmod' }, version: text }),
      prefix: {
        ...text,
        description: 'From the top of the work tree to the root that was read: empty, or `dir/`. Paths start at that root.',
      },
      summary: object({
        services: count,
        changed: { ...count, description: 'Services with at least one changed file.' },
        refused: { ...count, description: 'Services where something wanted is refused.' },
        content: { ...count, description: 'Services without changes and without refusals.' },
        unusable: { ...count, description: 'Services whose Dockerfile could not be looked at.' },
        failed: { ...count, description: 'Services where a transform failed: a bug of dockmod.' },
        files: { ...count, description: 'Changed files, each once.' },
        transforms: list(object({ transform, applied: count, reported: count, already: count, refused: count, failed: count })),
        refusals: list(object({ code: ref('code'), count }), 'Most frequent first.'),
      }),
      services: list(ref('service')),
      changes: list(
        object({
          path: text,
          created: { type: 'boolean' },
          added: { ...count, description: 'Lines.' },
          removed: { ...count, description: 'Lines.' },
          patch: { ...text, description: 'For `git apply`, from the top of the work tree.' },
        }),
        'One for each file, over all services.',
      ),
      skipped: list(
        object({
          path: text,
          reason: oneOf('vendored', 'test-fixture', 'ignored', 'unreadable', 'inline', 'template', 'repository'),
          detail: text,
        }),
        'What discovery saw and left alone.',
      ),
      problems: list(object({ at: ref('location'), message: text }), 'Files that could not be understood.'),
    }),
    definitions: {
      code: { ...oneOf(...Object.keys(REFUSALS)), description: 'See docs/refusals.md.' },
      location: object(
        {
          path: text,
          line: { type: 'integer', minimum: 1 },
          'endLine?': { type: 'integer', minimum: 1, description: 'Inclusive; when it differs.' },
        },
        'A place in a file as it is, before any change. Lines count from 1.',
      ),
      refusal: object({
        code: ref('code'),
        at: ref('location'),
        reason: text,
        'unblock?': { ...text, description: 'What would make the transform apply.' },
      }),
      check: object({ text, 'at?': ref('location'), 'command?': text }, "A reviewer's tick box."),
      measure: {
        oneOf: [
          object({
            kind: oneOf('measured', 'built', 'estimated'),
            pull: { ...bytes, description: 'Compressed layers and configuration, in bytes.' },
            'disk?': { ...bytes, description: 'Unpacked, in bytes.' },
            'range?': { type: 'array', items: bytes, minItems: 2, maxItems: 2, description: 'Of an estimate of `pull`.' },
            'digest?': text,
            platform: text,
            method: { ...text, description: 'Where the number comes from, in words.' },
          }),
          object({ kind: { const: 'unknown' }, reason: text }),
        ],
      },
      outcome: {
        oneOf: [
          outcome(
            ['applied', 'reported'],
            {
              evidence: list(object({ text, 'at?': ref('location') })),
              refusals: list(ref('refusal'), 'Parts that were wanted and left out.'),
              lines: list(ref('location'), 'What the edits touch.'),
              'declares?': list(object({ field: text, 'key?': text, because: text })),
            },
            '`applied`: the edits are in `changes`. `reported`: they would be, but the configuration asks for a report only.',
          ),
          outcome(['already'], { at: ref('location'), 'because?': text }, 'Nothing to do.'),
          outcome(['refused'], { refusals: { ...list(ref('refusal')), minItems: 1 } }, 'Wanted, but it would break.'),
          outcome(['not-applicable'], { 'because?': text }, 'Not about this Dockerfile.'),
          outcome(['off'], {}, 'Switched off.'),
          outcome(['failed'], { detail: text }, 'A bug of dockmod.'),
        ],
      },
      service: object({
        service: { ...text, description: 'Unique in the repository.' },
        dockerfile: text,
        'twinOf?': { ...text, description: 'Nothing names this Dockerfile, while that one is in use.' },
        'base?': { ...text, description: 'The commit that was read.' },
        'unusable?': object({ reason: text, at: ref('location'), detail: text }, 'The Dockerfile could not be looked at.'),
        outcomes: list(ref('outcome')),
        changes: list(text, 'Paths; the patches stand in the report’s own `changes`.'),
        checks: list(ref('check')),
        'noticed?': list(
          object({ field: oneOf(...NOTICED_FIELDS), 'key?': text, 'before?': text, 'after?': text }),
          'What whoever starts the image will notice.',
        ),
        'size?': object({
          before: ref('measure'),
          after: ref('measure'),
          'layers?': list(object({ instruction: text, 'before?': bytes, 'after?': bytes })),
        }),
        hash: { type: 'string', pattern: '^sha256:' },
      }),
    },
  };
}
