import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { sarifReport } from '../../src/report/sarif.ts';
import { EXAMPLE } from './example-findings.ts';

/**
 * The part of SARIF 2.1.0 (OASIS, 2020) that dockmod writes, stricter than the specification where it leaves freedom:
 * nothing besides these properties, every location below the root, every result with one location and a rule that exists.
 */
const text = {
  type: 'object',
  required: ['text'],
  properties: { text: { type: 'string', minLength: 1 } },
  additionalProperties: false,
} as const;
const location = {
  type: 'object',
  required: ['physicalLocation'],
  additionalProperties: false,
  properties: {
    physicalLocation: {
      type: 'object',
      required: ['artifactLocation', 'region'],
      additionalProperties: false,
      properties: {
        // RFC 3986: a relative reference whose first segment has no colon.
        artifactLocation: {
          type: 'object',
          required: ['uri', 'uriBaseId'],
          additionalProperties: false,
          properties: {
            uri: { type: 'string', pattern: "^(?:[A-Za-z0-9._~!$&'()*+;=/-]|%[0-9A-F]{2})+$" },
            uriBaseId: { const: 'SRCROOT' },
          },
        },
        region: {
          type: 'object',
          required: ['startLine'],
          additionalProperties: false,
          properties: { startLine: { type: 'integer', minimum: 1 }, endLine: { type: 'integer', minimum: 1 } },
        },
      },
    },
  },
} as const;
const SCHEMA = {
  type: 'object',
  required: ['$schema', 'version', 'runs'],
  additionalProperties: false,
  properties: {
    $schema: { type: 'string', pattern: '^https://' },
    version: { const: '2.1.0' },
    runs: {
      type: 'array',
      minItems: 1,
      maxItems: 1,
      items: {
        type: 'object',
        required: ['tool', 'results'],
        additionalProperties: false,
        properties: {
          tool: {
            type: 'object',
            required: ['driver'],
            additionalProperties: false,
            properties: {
              driver: {
                type: 'object',
                required: ['name', 'version', 'informationUri', 'rules'],
                additionalProperties: false,
                properties: {
                  name: { const: 'dockmod' },
                  version: { type: 'string' },
                  informationUri: { type: 'string', pattern: '^https://' },
                  rules: {
                    type: 'array',
                    uniqueItems: true,
                    items: {
                      type: 'object',
                      required: ['id', 'shortDescription', 'fullDescription', 'helpUri', 'defaultConfiguration'],
                      additionalProperties: false,
                      properties: {
                        id: { type: 'string', pattern: '^[a-z]+(?:-[a-z]+)*$' },
                        shortDescription: text,
                        fullDescription: text,
                        helpUri: { type: 'string', pattern: '^https://' },
                        defaultConfiguration: { type: 'object', additionalProperties: false, properties: { level: { const: 'note' } } },
                      },
                    },
                  },
                },
              },
            },
          },
          columnKind: { const: 'utf16CodeUnits' },
          originalUriBaseIds: {
            type: 'object',
            additionalProperties: { type: 'object', additionalProperties: false, properties: { description: text } },
          },
          invocations: {
            type: 'array',
            items: {
              type: 'object',
              required: ['executionSuccessful'],
              additionalProperties: false,
              properties: {
                executionSuccessful: { type: 'boolean' },
                toolExecutionNotifications: {
                  type: 'array',
                  items: {
                    type: 'object',
                    required: ['message'],
                    additionalProperties: false,
                    properties: { level: { const: 'warning' }, message: text, locations: { type: 'array', items: location } },
                  },
                },
              },
            },
          },
          results: {
            type: 'array',
            items: {
              type: 'object',
              required: ['ruleId', 'level', 'message', 'locations', 'partialFingerprints'],
              additionalProperties: false,
              properties: {
                ruleId: { type: 'string' },
                ruleIndex: { type: 'integer', minimum: 0 },
                level: { enum: ['error', 'warning', 'note'] },
                message: text,
                locations: { type: 'array', minItems: 1, maxItems: 1, items: location },
                partialFingerprints: { type: 'object', additionalProperties: { type: 'string', minLength: 1 } },
              },
            },
          },
        },
      },
    },
  },
} as const;

interface Log {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex?: number;
        readonly level: string;
        readonly message: { readonly text: string };
        readonly locations: readonly unknown[];
      }[];
    },
  ];
}

describe('the SARIF report', () => {
  const log = JSON.parse(sarifReport(EXAMPLE)) as Log;
  const validate = new Ajv({ allErrors: true }).compile(SCHEMA);

  it('is a valid log, also when nothing was found', () => {
    validate(log);
    expect(validate.errors ?? []).toEqual([]);
    validate(JSON.parse(sarifReport({ ...EXAMPLE, plans: [], problems: [] })));
    expect(validate.errors ?? []).toEqual([]);
  });

  it('has a result per change, refusal, skipped file and failure', () => {
    const [{ results, tool }] = log.runs;
    expect(results.map(({ ruleId, level }) => `${level} ${ruleId}`)).toEqual([
      'warning go-ldflags',
      'note nonroot',
      'warning distroless',
      'note distroless',
      'error nonroot',
      'note unusable-file',
    ]);
    for (const { ruleId, ruleIndex } of results) if (ruleIndex !== undefined) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(JSON.stringify(results)).not.toMatch(/abc123def|stack\.ts|\\u001b\[/);
  });

  it('locates results from the top of the work tree, as URIs', () => {
    expect(log.runs[0].results[2]?.locations).toEqual([
      {
        physicalLocation: {
          artifactLocation: { uri: 'shop/we%2Cird%3A%250A/%1B%5B31mDockerfile', uriBaseId: 'SRCROOT' },
          region: { startLine: 1 },
        },
      },
    ]);
  });
});
