/** GitHub workflows: build actions, `run` steps, reusable workflows and composite actions of the same repository. */

import { basename, dirname, repoPath, ROOT, type RepoPath } from '../path.ts';
import { present } from '../present.ts';
import type { Survey } from '../survey.ts';
import { hole, type Values } from '../syntax/holes.ts';
import { entries, get, items, placed, text, type YamlNode } from '../syntax/yaml.ts';
import { commandSites, type CommandSite } from './command-site.ts';
import { argumentsOf, references, type Reference } from './reference.ts';
import { scriptValues } from './script-values.ts';
import { evaluate, matrixScopes, withMap, type Scope } from './workflow-scope.ts';

const WORKFLOW = /^\.(?:github|gitea|forgejo)\/workflows\/[^/]+\.ya?ml$/;
const ACTION = /(?:^|\/)action\.ya?ml$/;
/** Linters and scanners take a `dockerfile` input, too, and build nothing. */
const NOT_A_BUILD = /lint|scan|trivy|snyk|checkov|dockle|grype|renovate|sonar|codeql|metadata/i;
const MAX_EVALUATIONS = 300;

export interface WorkflowFindings {
  readonly references: readonly Reference[];
  readonly sites: readonly CommandSite[];
}

/** One evaluation of a workflow or action, with the inputs of a caller. */
interface Call {
  readonly path: RepoPath;
  readonly inputs: Scope;
}

export function workflowFindings(survey: Survey): WorkflowFindings {
  const paths = survey.sources.filter((path) => WORKFLOW.test(path) || ACTION.test(path));
  const found: { references: Reference[]; sites: CommandSite[] } = { references: [], sites: [] };
  const called = new Set<RepoPath>();
  const done = new Set<string>();
  const pending: Call[] = [];
  const evaluateCall = (call: Call): void => {
    const key = `${call.path}\0${[...call.inputs].join('\0')}`;
    if (done.has(key) || done.size > MAX_EVALUATIONS) return;
    done.add(key);
    for (const document of survey.yaml(call.path, WORKFLOW.test(call.path))) {
      const calls = readDocument(survey, call, document, found);
      for (const next of calls) {
        called.add(next.path);
        pending.push(next);
      }
    }
  };
  // Callers first: what is called is looked at with its callers' inputs, and on its own only when nobody calls it.
  const reusable = new Set(paths.filter((path) => ACTION.test(path) || /\bworkflow_call\b/.test(survey.text(path) ?? '')));
  for (const path of paths) if (!reusable.has(path)) evaluateCall({ path, inputs: new Map() });
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) evaluateCall(next);
  for (const path of reusable) if (!called.has(path)) evaluateCall({ path, inputs: new Map() });
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) evaluateCall(next);
  return found;
}

function readDocument(
  survey: Survey,
  { path, inputs }: Call,
  document: YamlNode,
  found: { references: Reference[]; sites: CommandSite[] },
): readonly Call[] {
  const calls: Call[] = [];
  const declared = get(document, 'on', 'workflow_call', 'inputs') ?? get(document, 'inputs');
  const defaults = new Map(
    entries(declared).flatMap(({ key, value }) =>
      text(get(value, 'default')) === undefined ? [] : [[`inputs.${key}`, text(get(value, 'default')) ?? ''] as const],
    ),
  );
  const scope = withMap(new Map([...defaults, ...inputs]), 'env', get(document, 'env'));
  const step = (node: YamlNode, steps: readonly YamlNode[], at: Scope, directory: string, by: string): void => {
    const uses = text(get(node, 'uses'));
    if (uses?.startsWith('./')) {
      const target = localTarget(survey, uses);
      if (target) calls.push({ path: target, inputs: inputsOf(get(node, 'with'), at) });
    } else if (uses !== undefined) found.references.push(...buildStep(survey, node, uses, steps, withMap(at, 'env', get(node, 'env')), by));
    const run = get(node, 'run');
    if (run?.kind === 'scalar' && /docker|podman|buildah|kubectl|kaniko|container/i.test(run.text))
      found.sites.push(...runStep(path, node, run, withMap(at, 'env', get(node, 'env')), directory, by));
  };
  for (const { key, value: job } of entries(get(document, 'jobs'))) {
    for (const combination of matrixScopes(scope, get(job, 'strategy', 'matrix'))) {
      const inside = withMap(combination, 'env', get(job, 'env'));
      const uses = text(get(job, 'uses'));
      const target = uses?.startsWith('./') ? localTarget(survey, uses) : undefined;
      if (target) calls.push({ path: target, inputs: inputsOf(get(job, 'with'), inside) });
      const directory =
        text(get(job, 'defaults', 'run', 'working-directory')) ?? text(get(document, 'defaults', 'run', 'working-directory')) ?? '';
      const steps = items(get(job, 'steps'));
      for (const node of steps) step(node, steps, inside, evaluate(directory, inside), key);
    }
  }
  const steps = items(get(document, 'runs', 'steps'));
  for (const node of steps) step(node, steps, scope, '', basename(dirname(path)));
  return calls;
}

function localTarget(survey: Survey, uses: string): RepoPath | undefined {
  const path = repoPath(uses);
  if (path === undefined) return undefined;
  return [path, repoPath('action.yml', path), repoPath('action.yaml', path)].find(
    (candidate) => candidate !== undefined && survey.exists(candidate),
  );
}

function inputsOf(map: YamlNode | undefined, scope: Scope): Scope {
  return new Map(
    entries(map).flatMap(({ key, value }) =>
      text(value) === undefined ? [] : [[`inputs.${key}`, evaluate(text(value) ?? '', scope)] as const],
    ),
  );
}

/** `docker/build-push-action` and others that take a Dockerfile. @see https://github.com/docker/build-push-action#inputs */
function buildStep(
  survey: Survey,
  node: YamlNode,
  uses: string,
  steps: readonly YamlNode[],
  scope: Scope,
  by: string,
): readonly Reference[] {
  const inputs = get(node, 'with');
  const input = (...names: readonly string[]): string | undefined => {
    const key = names.find((name) => text(get(inputs, name)) !== undefined);
    return key === undefined ? undefined : evaluate(text(get(inputs, key)) ?? '', scope);
  };
  const official = /^docker\/build-push-action(?:@|$)/.test(uses);
  const file = input('file', 'dockerfile', 'Dockerfile', 'containerfiles', 'dockerfile-path', 'docker-file');
  if (!official && (file === undefined || NOT_A_BUILD.test(uses))) return [];
  const written = input('context', 'build_context', 'build-context', 'directory', 'path') ?? '.';
  const context = written.replace(/^\{\{\s*defaultContext\s*\}\}:?/, '') || '.';
  const lines = (value: string | undefined): readonly string[] =>
    (value ?? '')
      .split(/[\n,]/)
      .map((line) => line.trim())
      .filter((line) => line !== '');
  const target = input('target');
  const name = text(get(node, 'name')) ?? by;
  return references(survey, {
    by: 'workflow',
    at: placed(node),
    name: evaluate(name, scope),
    bases: [ROOT],
    ...(file === undefined || file === '' ? {} : { file: file.split('\n')[0]?.trim() ?? '' }),
    context,
    fileFrom: 'cwd',
    ...present({ target }),
    args: argumentsOf(
      (input('build-args', 'build_args') ?? '')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    ),
    platforms: lines(input('platforms', 'platform')),
    images: [
      ...lines(input('tags')).flatMap((tag) => metadataImages(tag, steps, scope) ?? [tag]),
      ...lines(input('image', 'images', 'repository', 'image_name')),
    ],
  });
}

/** `${{ steps.meta.outputs.tags }}`: the images of the docker/metadata-action step of that id. */
function metadataImages(tag: string, steps: readonly YamlNode[], scope: Scope): readonly string[] | undefined {
  const id = /steps\.([\w-]+)\.outputs\.(?:tags|images)/.exec(tag)?.[1];
  const step = id === undefined ? undefined : steps.find((node) => text(get(node, 'id')) === id);
  const images = text(get(step, 'with', 'images'));
  return images
    ?.split('\n')
    .map((line) => evaluate(line.trim().replace(/^name=([^,]*).*/, '$1'), scope))
    .filter((line) => line !== '');
}

function runStep(
  path: RepoPath,
  node: YamlNode,
  run: YamlNode & { readonly kind: 'scalar' },
  scope: Scope,
  directory: string,
  by: string,
): readonly CommandSite[] {
  const environment: Values = (name) => {
    const value = scope.get(`env.${name}`) ?? scope.get(name);
    return value === undefined ? undefined : [value];
  };
  const text_ = evaluate(run.text, scope);
  const own = text(get(node, 'working-directory'));
  const cwd = own === undefined ? directory : evaluate(own, scope);
  return commandSites({
    source: 'workflow',
    path,
    by: text(get(node, 'name')) ?? by,
    text: text_,
    // The text of a block starts on the line after `|`.
    firstLine: run.style === 'literal' ? run.line + 1 : run.line,
    oneLine: run.style !== 'literal',
    bases: [ROOT],
    ...(cwd === '' ? {} : { cwd: cwd.replaceAll(hole('%top'), '.') }),
    values: scriptValues(text_, environment),
  });
}
