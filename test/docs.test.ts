import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { generatedFiles } from '../scripts/docs/generated-files.ts';
import { TRANSFORMS } from '../src/transforms/index.ts';
import { readConfiguration } from '../src/plan/read-configuration.ts';

const generated = await generatedFiles('.');
const HANDWRITTEN = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];

describe('generated documentation', () => {
  it.each([...generated.keys()])('%s is what `npm run docs` writes', (path) => {
    expect(existsSync(path) ? readFileSync(path, 'utf8') : undefined).toBe(generated.get(path));
  });

  it.each(TRANSFORMS.map(({ id }) => id))('the page of %s says when it does not fire', (id) => {
    expect(generated.get(`docs/transforms/${id}.md`)).toMatch(/## When it does not fire\n\n- \S/);
  });
});

describe('the published schema', () => {
  const validate = new Ajv({ strict: false }).compile(JSON.parse(generated.get('dockmod.schema.json') ?? '{}') as object);

  it('accepts what dockmod accepts, the example of the reference page among it', () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(generated.get('docs/configuration.md') ?? '')?.[1] ?? '';
    const ids = TRANSFORMS.map(({ id }) => id);
    expect(example).toContain('overrides:');
    for (const text of [example, '{}', 'comments: off\n', 'bot: { limits: { perRun: 1 }, reviewers: [me] }\n']) {
      readConfiguration('dockmod.yaml', text, ids);
      expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  it.each([
    'transfroms: {}',
    'bot: { limits: { perRun: -1 } }',
    'comments: fr',
    'overrides: [{ paths: [] , transforms: {} }]',
    'transforms: { unknown-thing: on }',
  ])('refuses what dockmod refuses: %s', (text) => {
    expect(() =>
      readConfiguration(
        'dockmod.yaml',
        text,
        TRANSFORMS.map(({ id }) => id),
      ),
    ).toThrow();
    expect(validate(parse(text))).toBe(false);
  });
});

describe('links', () => {
  const pages = [
    ...HANDWRITTEN.map((path) => [path, readFileSync(path, 'utf8')] as const),
    ...[...generated].filter(([path]) => path.startsWith('docs/')),
  ];
  it.each(pages)('of %s lead to files that exist', (path, text) => {
    const broken = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target]) => target ?? '')
      .filter(
        (target) => !/^[a-z]+:/.test(target) && !existsSync(join(dirname(path), target)) && !generated.has(join(dirname(path), target)),
      );
    expect(broken).toEqual([]);
  });
});

it('CONTRIBUTING.md gives a reason for every dependency', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  const text = readFileSync('CONTRIBUTING.md', 'utf8');
  const missing = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)].filter(
    (name) =>
      !text.includes(`\`${name}\``) && !name.startsWith('@types/') && !(name.startsWith('@octokit/') && text.includes('`@octokit/*`')),
  );
  expect(missing).toEqual([]);
});
