import { expect, test } from 'vitest';
import {
  pythonFacts,
  pythonFindings,
  pythonPackages,
  pythonProject,
  requirementsFile,
  splitRequirement,
  type PythonProject,
} from '../../src/project/python.ts';
import type { RepositoryFiles } from '../../src/repository/files.ts';
import { at, tree } from './tree.ts';

function projectOf(files: RepositoryFiles, dir = '.'): PythonProject {
  const project = pythonProject(files, at(dir));
  if (!project) throw new Error('no project');
  return project;
}

const PYPROJECT = `[project]
name = "Shop_API"
requires-python = ">=3.12"
dependencies = [
  "fastapi[standard]>=0.115",
  "torch==2.5.0; sys_platform == 'linux'",
  "shared-lib",
]
readme = "README.md"
dynamic = ["version"]
[project.scripts]
shop = "shop.main:run"
[project.optional-dependencies]
gpu = ["cupy"]
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[dependency-groups]
dev = ["pytest"]
[tool.uv]
required-version = ">=0.5"
[tool.uv.sources]
shared-lib = { path = "../shared", editable = true }
`;

test('pyproject.toml answers what an image needs to know', () => {
  const files = tree({
    'api/pyproject.toml': PYPROJECT,
    'api/uv.lock': '',
    'api/src/shop/__init__.py': '',
    'api/src/shop/db/__init__.py': '',
    'api/tests/__init__.py': '',
    'api/.python-version': '3.12\n',
  });
  const project = projectOf(files, 'api');
  expect(project).toMatchObject({
    uvLock: 'api/uv.lock',
    installsItself: true,
    layout: 'src',
    packages: ['api/src/shop'],
    pythonVersion: { version: '3.12' },
  });
  expect(project.pyproject).toMatchObject({
    name: 'Shop_API',
    requiresPython: '>=3.12',
    scripts: { shop: 'shop.main:run' },
    dynamic: ['version'],
    buildBackend: 'hatchling.build',
    buildInputs: ['api/README.md'],
    groups: ['dev'],
    extras: ['gpu'],
    poetry: false,
    uv: {
      present: true,
      package: undefined,
      requiredVersion: '>=0.5',
      localSources: [{ name: 'shared-lib', path: 'shared', workspace: false }],
    },
  });
  expect(project.pyproject?.dependencies.map(({ name, at: { line } }) => [name, line])).toEqual([
    ['fastapi', 5],
    ['torch', 6],
    ['shared-lib', 7],
  ]);
});

test('without a build system the project itself is not installed, and tool.uv.package overrides', () => {
  const project = (text: string): boolean => projectOf(tree({ 'pyproject.toml': text })).installsItself;
  expect(project('[project]\nname = "a"\n')).toBe(false);
  expect(project('[project]\nname = "a"\n[tool.uv]\npackage = true\n')).toBe(true);
  expect(project('[project]\nname = "a"\n[build-system]\nrequires = []\n[tool.uv]\npackage = false\n')).toBe(false);
});

test('a directory without manifests is no project, and parents do not count', () => {
  const files = tree({ 'pyproject.toml': '[project]\nname = "a"\n', 'sub/main.py': '' });
  expect(pythonProject(files, at('sub'))).toBeUndefined();
});

test('requirements follow includes, join continuations, and tell of hashes, local sources, git and options', () => {
  const files = tree({
    'requirements.txt':
      '# base\n-r req/base.txt\n-c constraints.txt\n--index-url https://pypi.example/simple\n\nflask == 3.0.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb  # pinned\n-e .\n./local/pkg\ngit+https://github.com/x/y.git\nfoo @ git+https://github.com/x/foo\n',
    'req/base.txt': 'Requests[socks]>=2\n-r ../requirements.txt\n-r gone.txt\n',
  });
  const found = requirementsFile(files, at('requirements.txt'));
  expect(found).toMatchObject({ hashed: true, options: ['--index-url https://pypi.example/simple'] });
  expect(found?.requirements.map(({ name, specifier, at: where }) => [name, specifier, `${where.path}:${where.line}`])).toEqual([
    ['requests', '>=2', 'req/base.txt:1'],
    ['flask', '== 3.0.0', 'requirements.txt:6'],
    ['foo', '@ git+https://github.com/x/foo', 'requirements.txt:12'],
  ]);
  expect(found?.includes.map(({ path, kind }) => [path, kind])).toEqual([
    ['req/base.txt', 'requirements'],
    ['requirements.txt', 'requirements'],
    [undefined, 'requirements'],
    [undefined, 'constraints'],
  ]);
  expect(found?.local.map(({ text }) => text)).toEqual(['.', './local/pkg']);
  expect(found?.git.length).toBe(2);
});

test('names are split off their specifiers and normalised', () => {
  expect(splitRequirement('Foo.Bar_baz[x,y] >=1,<2 ; python_version > "3"')).toEqual({
    name: 'foo-bar-baz',
    specifier: '>=1,<2 ; python_version > "3"',
  });
  expect(splitRequirement('https://example.com/x.whl')).toBeUndefined();
});

test('heavy, model, browser and library packages are found in every kind of lock', () => {
  const traits = (texts: Record<string, string>): readonly string[] => {
    const files = tree(texts);
    return pythonFindings(files, projectOf(files)).map(({ trait, package: one }) => `${trait} ${one.name} ${one.at.path}:${one.at.line}`);
  };
  expect(
    traits({
      'pyproject.toml': '',
      'uv.lock':
        'version = 1\n\n[[package]]\nname = "torch"\nversion = "2.5.0"\n\n[[package]]\nname = "nvidia-cudnn-cu12"\nversion = "9"\n',
    }),
  ).toEqual(['machine-learning torch uv.lock:4', 'machine-learning nvidia-cudnn-cu12 uv.lock:8']);
  expect(traits({ Pipfile: '', 'Pipfile.lock': '{\n"default": {\n"Playwright": {"version": "==1.2"}\n}}' })).toEqual([
    'browser playwright Pipfile.lock:3',
  ]);
  expect(traits({ 'requirements.txt': 'psycopg2==2.9\npsycopg2-binary\nnltk\n' })).toEqual([
    'system-library psycopg2 requirements.txt:1',
    'model-cache nltk requirements.txt:3',
  ]);
  expect(traits({ 'requirements.txt': 'psycopg[binary]\npsycopg-binary\n' })).toEqual([]);
});

test('a lock says that transitive packages are known', () => {
  const files = tree({ 'requirements.txt': 'flask\n' });
  expect(pythonPackages(files, projectOf(files)).locked).toBe(false);
});

test('sources tell of files, programs, ports and health paths', () => {
  const files = tree({
    'requirements.txt': 'flask\n',
    'app/main.py':
      'import subprocess, os\n# open("commented")\nwith open("config.yaml") as f: pass\nopen("out.log", "a")\nopen(path)\nos.makedirs("data")\nsubprocess.run(["ffmpeg", "-i"])\napp.mount("/static", StaticFiles(directory="static"))\n@app.get("/health")\ndef h(): pass\nuvicorn.run(app, port=int(os.getenv("PORT", "8000")))\n',
    'tests/test_x.py': 'open("fixture")',
  });
  const facts = pythonFacts(files, projectOf(files));
  expect(facts.files.map(({ path, access }) => [path, access])).toEqual([
    ['config.yaml', 'read'],
    ['out.log', 'write'],
    ['data', 'write'],
    ['static', 'serve'],
  ]);
  expect(facts.computedFiles.map(({ at: { line } }) => line)).toEqual([5]);
  expect(facts.executes.map(({ program }) => program)).toEqual(['ffmpeg']);
  expect(facts.ports).toMatchObject([{ port: 8000, env: 'PORT' }]);
  expect(facts.healthPaths.map(({ path }) => path)).toEqual(['/health']);
});
