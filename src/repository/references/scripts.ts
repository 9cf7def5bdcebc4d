/** Makefiles, justfiles, shell scripts, package.json scripts and CI files other than GitHub's: where docker is called. */

import { basename, ROOT, type RepoPath } from '../path.ts';
import { present } from '../present.ts';
import type { Source } from '../service.ts';
import type { Survey } from '../survey.ts';
import { entries, get, items, text, type YamlNode } from '../syntax/yaml.ts';
import { commandSites, scriptBases, type CommandSite } from './command-site.ts';
import { argumentsOf, references, type Reference } from './reference.ts';
import { scriptValues } from './script-values.ts';

const MAKE = /^(?:GNU)?makefile(?:\..+)?$|\.mk$|\.mak$/i;
const JUST = /^\.?justfile$|\.just$/i;
const SHELL = /\.(?:sh|bash|zsh|ps1|bat|cmd)$/i;
/** Files without extension are scripts in these directories, when they start with `#!`. */
const SCRIPT_FOLDER = /(?:^|\/)(?:bin|scripts?|hack|ci|tools|build|dev|tasks|\.husky|\.githooks)\//;
const CI_YAML =
  /^(?:\.gitlab-ci.*|\.travis|azure-pipelines.*|bitbucket-pipelines|cloudbuild.*|buildspec.*|appveyor|\.drone|\.woodpecker.*|codefresh|taskfile.*|lefthook|\.pre-commit-config|\.?tekton.*)\.ya?ml$/i;
const CI_FOLDER =
  /(?:^|\/)(?:\.circleci|\.gitlab|\.gitlab-ci|\.azure-pipelines|\.azuredevops|\.buildkite|\.woodpecker|cloudbuild|pipelines)\/[^/]*\.ya?ml$/i;
const CALLS = /docker|podman|buildah|nerdctl|kubectl|kaniko|container/i;

/** All docker commands of scripts. */
export function scriptSites(survey: Survey): readonly CommandSite[] {
  return survey.sources.flatMap((path) => {
    const kind = kindOf(survey, path);
    if (kind === undefined) return [];
    const content = survey.text(path);
    if (content === undefined || !CALLS.test(content)) return [];
    if (kind === 'package') return packageSites(path, content);
    if (kind === 'yaml') return yamlSites(survey, path);
    const script =
      kind === 'groovy' ? content.replace(/['"]{1,3}|\b(?:sh|bat)\b[ \t]*\(?|\bscript:/g, (match) => ' '.repeat(match.length)) : content;
    const source: Source = kind === 'make' ? 'makefile' : kind === 'groovy' ? 'workflow' : 'script';
    return commandSites({
      source,
      path,
      by: basename(path),
      text: script,
      bases: basesOf(path, kind),
      values: scriptValues(content),
      eachLineAnew: kind === 'make',
    });
  });
}

type Kind = 'make' | 'shell' | 'package' | 'yaml' | 'groovy';

function kindOf(survey: Survey, path: RepoPath): Kind | undefined {
  const name = basename(path);
  if (MAKE.test(name) || JUST.test(name)) return 'make';
  if (SHELL.test(name)) return 'shell';
  if (name === 'package.json') return 'package';
  if (/^Jenkinsfile(?:$|[._-])/.test(name)) return 'groovy';
  if (CI_YAML.test(name) || CI_FOLDER.test(path)) return 'yaml';
  return !name.includes('.') && (SCRIPT_FOLDER.test(path) || !path.includes('/')) && survey.text(path)?.startsWith('#!') === true
    ? 'shell'
    : undefined;
}

/** A Makefile runs where it lies; a script runs where its user stands, which is the top more often than not. */
function basesOf(path: RepoPath, kind: Kind): readonly RepoPath[] {
  const bases = scriptBases(path);
  return kind === 'make' ? bases : kind === 'shell' ? [...bases.slice(0, 1), ...bases.slice(1).reverse()] : [ROOT];
}

function packageSites(path: RepoPath, content: string): readonly CommandSite[] {
  const lines = content.split('\n');
  return lines.flatMap((line, index) => {
    const script =
      CALLS.test(line) && line.length < 5000 ? /^\s*("(?:[^"\\]|\\.)*")\s*:\s*("(?:[^"\\]|\\.)*")\s*,?\s*\r?$/.exec(line) : null;
    if (!script) return [];
    const [name, command] = [unquote(script[1] ?? ''), unquote(script[2] ?? '')];
    return commandSites({
      source: 'script',
      path,
      by: name,
      text: command,
      firstLine: index + 1,
      oneLine: true,
      bases: scriptBases(path).slice(0, 1),
      values: () => undefined,
    });
  });
}

function unquote(quoted: string): string {
  try {
    const value: unknown = JSON.parse(quoted);
    return typeof value === 'string' ? value : '';
  } catch {
    return '';
  }
}

/** Every text of the file that may be a script, and `args: [build, -f, ...]` lists of Cloud Build. */
function yamlSites(survey: Survey, path: RepoPath): readonly CommandSite[] {
  const sites: CommandSite[] = [];
  const seen = new Set<YamlNode>();
  const values = scriptValues(variablesOf(survey.text(path) ?? ''));
  const visit = (node: YamlNode, by: string): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === 'scalar') {
      const literal = node.style === 'literal';
      const script = {
        source: 'workflow',
        path,
        by,
        text: node.text,
        firstLine: literal ? node.line + 1 : node.line,
        oneLine: !literal,
        bases: [ROOT],
        values,
      } as const;
      if (CALLS.test(node.text)) sites.push(...commandSites(script));
    } else if (node.kind === 'list') {
      // A list of commands is one script: a `cd` holds for what follows.
      const words = items(node).flatMap((item) => text(item) ?? []);
      const script =
        words.length === node.items.length &&
        words.some((word) => CALLS.test(word) || /^cd /.test(word)) &&
        words.some((word) => word.includes(' '));
      if (!script) node.items.forEach((item) => visit(item, by));
      else if (items(node).every((item) => item.kind === 'scalar' && item.style !== 'literal'))
        sites.push(...listSites(path, by, node.items, values));
      else node.items.forEach((item) => visit(item, by));
    } else {
      const [image, args] = [
        text(get(node, 'name')) ?? text(get(node, 'image')) ?? '',
        items(get(node, 'args')).flatMap((item) => text(item) ?? []),
      ];
      if (args.length > 0 && /docker|kaniko|buildx/.test(image)) {
        const line = [/kaniko/.test(image) ? '/kaniko/executor' : 'docker', ...args.map(quoteWord)].join(' ');
        const [firstLine, cwd] = [get(node, 'args')?.line ?? node.line, text(get(node, 'dir'))];
        sites.push(
          ...commandSites({
            source: 'workflow',
            path,
            by,
            text: line,
            firstLine,
            oneLine: true,
            bases: [ROOT],
            ...present({ cwd }),
            values,
          }),
        );
      }
      for (const { key, value } of entries(node))
        visit(
          value,
          text(get(value, 'name')) ??
            (/^(?:script|run|steps?|command|commands|args|cmds|before_script|after_script)$/.test(key) ? by : key),
        );
    }
  };
  for (const document of survey.yaml(path, false)) visit(document, basename(path));
  return sites;
}

/** Each item is a line of one script. */
function listSites(path: RepoPath, by: string, list: readonly YamlNode[], values: ReturnType<typeof scriptValues>): readonly CommandSite[] {
  const sites = commandSites({
    source: 'workflow',
    path,
    by,
    text: list.map((item) => (text(item) ?? '').replace(/\s*\n\s*/g, ' ')).join('\n'),
    firstLine: 1,
    bases: [ROOT],
    values,
  });
  return sites.map((site) => ({ ...site, at: { path, line: list[site.at.line - 1]?.line ?? site.at.line } }));
}

/** `NAME: value` lines of a CI file as assignments. */
function variablesOf(content: string): string {
  return content.replace(/^[ \t]*(?:-[ \t]+)?([A-Za-z_]\w*):[ \t]+(["']?)([^"'\n#]*)\2[ \t]*$/gm, '$1=$3');
}

function quoteWord(word: string): string {
  return /^[\w./:=@${}-]+$/.test(word) ? word : `'${word.replaceAll("'", '')}'`;
}

/** The builds among the commands. */
export function commandReferences(survey: Survey, sites: readonly CommandSite[]): readonly Reference[] {
  return sites.flatMap(({ command, at, by, source, bases, cwd, input }) => {
    if (command.kind !== 'build') return [];
    const { context, file = input, target, tags, args, platforms } = command;
    return references(survey, {
      by: source,
      at,
      name: by,
      bases,
      cwd,
      ...(file === undefined || file === '-' ? {} : { file }),
      context,
      fileFrom: 'cwd',
      ...present({ target }),
      args: argumentsOf(args),
      platforms,
      images: tags,
    });
  });
}
