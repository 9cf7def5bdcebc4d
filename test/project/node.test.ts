import { expect, test } from 'vitest';
import { parseJson } from '../../src/project/json.ts';
import { nodeProject } from '../../src/project/node.ts';
import { at, tree } from './tree.ts';

const json = (value: unknown): string => JSON.stringify(value, undefined, 2);

test('package.json, its lock and what an install reads', () => {
  const files = tree({
    'package.json': json({
      name: 'web',
      type: 'module',
      scripts: { build: 'tsc -p .', postinstall: 'node scripts/setup.js && prisma generate' },
      dependencies: { sharp: '1', '@prisma/client': '5', express: '4' },
      devDependencies: { typescript: '5' },
      bin: 'cli.js',
      engines: { node: '>=20' },
    }),
    'package-lock.json': '{}',
    '.npmrc': '',
    'patches/x.patch': '',
    'prisma/schema.prisma': '',
    'scripts/setup.js': '',
    'tsconfig.json': '{ // build\n "compilerOptions": { "outDir": "./out", },\n}',
  });
  expect(nodeProject(files, at('.'), at('.'))).toMatchObject({
    name: 'web',
    type: 'module',
    bin: { web: 'cli.js' },
    locks: [{ path: 'package-lock.json', manager: 'npm' }],
    workspaceRoot: undefined,
    native: [
      { name: 'sharp', kind: 'prebuilt', at: { line: 9 } },
      { name: '@prisma/client', needs: ['openssl'] },
    ],
    outputs: [{ tool: 'tsc', paths: ['out'], at: { path: 'tsconfig.json', line: 2 } }],
    installInputs: ['.npmrc', 'patches', 'prisma', 'scripts/setup.js'],
    installScripts: ['postinstall'],
  });
});

test('a workspace member finds its root, the lock there and its siblings', () => {
  const npm = tree({
    'package.json': json({ workspaces: ['apps/*', '!apps/old', 'libs/**'] }),
    'yarn.lock': '# yarn lockfile v1\n',
    'apps/web/package.json': '{}',
    'apps/old/package.json': '{}',
    'libs/a/b/package.json': '{}',
    'other/package.json': '{}',
  });
  expect(nodeProject(npm, at('apps/web'), at('.'))).toMatchObject({
    dir: 'apps/web',
    workspaceRoot: '.',
    workspaces: ['apps/web', 'libs/a/b'],
    locks: [{ manager: 'yarn-classic' }],
  });
  expect(nodeProject(npm, at('other'), at('.'))).toMatchObject({ workspaceRoot: undefined, locks: [] });
  expect(nodeProject(npm, at('apps/web'), at('apps/web'))).toMatchObject({ workspaceRoot: undefined, locks: [] });
  const pnpm = tree({
    'pnpm-workspace.yaml': '# all\npackages:\n  - "packages/*" # libraries\n  - tools\ncatalog:\n  - no\n',
    'package.json': '{}',
    'pnpm-lock.yaml': '',
    'packages/a/package.json': '{}',
    'tools/package.json': '{}',
  });
  expect(nodeProject(pnpm, at('packages/a'), at('.'))).toMatchObject({ workspaces: ['packages/a', 'tools'], locks: [{ manager: 'pnpm' }] });
});

test('framework builds say where their output lands', () => {
  const outputs = (texts: Record<string, string>): unknown =>
    nodeProject(tree(texts), at('.'), at('.'))?.outputs.map(({ tool, paths }) => [tool, ...paths]);
  expect(
    outputs({ 'package.json': json({ dependencies: { next: '15' } }), 'next.config.mjs': 'export default { output: "standalone" }' }),
  ).toEqual([['next-standalone', '.next/standalone', '.next/static', 'public']]);
  expect(outputs({ 'package.json': json({ dependencies: { next: '15' } }) })).toEqual([['next', '.next', 'public']]);
  expect(outputs({ 'package.json': json({ devDependencies: { vite: '6' } }), 'vite.config.ts': "build: { outDir: 'build/web' }" })).toEqual(
    [['vite', 'build/web']],
  );
});

test('a browser is seen, and broken manifests are none', () => {
  expect(nodeProject(tree({ 'package.json': json({ dependencies: { puppeteer: '23' } }) }), at('.'), at('.'))?.native).toMatchObject([
    { kind: 'browser' },
  ]);
  expect(nodeProject(tree({ 'package.json': '{ "name": ' }), at('.'), at('.'))).toBeUndefined();
});

test('JSONC keeps offsets and refuses what is not JSON', () => {
  const text = '\uFEFF// head\n{ "a": [1, "x\\n", true, null,], /* c */ "b": { "c": "d" } }\n';
  const root = parseJson(text);
  const b = root?.kind === 'object' ? root.members[1] : undefined;
  expect(b && text.slice(b.keySpan.start, b.value.span.end)).toBe('"b": { "c": "d" }');
  for (const broken of ['', '{', '{"a" 1}', '[1 2]', '{"a": 1} x', '{a: 1}', `${'['.repeat(5000)}`])
    expect(parseJson(broken)).toBeUndefined();
});
