/** What a command line asks of docker, podman, buildah, compose, kaniko or kubectl: builds, runs, commands in containers. */

import { present } from '../present.ts';
import { all, last, parseOptions } from './command-options.ts';
import { BARE } from './docker-options.ts';
import { hasHole, readable } from './holes.ts';
import { shellCommands } from './shell-commands.ts';

export type DockerCommand =
  | { readonly kind: 'cd'; readonly dir: string | undefined }
  | BuildCommand
  | RunCommand
  | { readonly kind: 'exec'; readonly container: string; readonly words: readonly string[] }
  | ComposeCommand
  | { readonly kind: 'compose-file'; readonly files: readonly string[] }
  | { readonly kind: 'kubectl-exec'; readonly target: string; readonly container?: string; readonly words: readonly string[] };

interface RunCommand {
  readonly kind: 'run';
  /** Words from the image on; several candidates where options are not known. */
  readonly words: readonly string[];
  readonly name?: string;
  readonly user?: string;
  readonly entrypoint?: string;
  readonly environment: readonly string[];
  readonly volumes: readonly string[];
}

interface ComposeCommand {
  readonly kind: 'compose';
  readonly verb: 'exec' | 'run';
  readonly service: string;
  readonly words: readonly string[];
  readonly files: readonly string[];
  readonly user?: string;
  readonly entrypoint?: string;
}

export interface BuildCommand {
  readonly kind: 'build';
  readonly file?: string;
  /** `-` is standard input; `undefined` where none is given. */
  readonly context: string | undefined;
  readonly target?: string;
  readonly tags: readonly string[];
  readonly args: readonly string[];
  readonly platforms: readonly string[];
}

const ENGINES = new Set(['docker', 'podman', 'nerdctl', 'buildah', 'finch', 'img']);
const COMPOSE = new Set(['docker-compose', 'podman-compose']);
/** What stands before a command and is not the command (shell words, wrappers, keys of YAML lists and scripts). */
const PREFIXES = new Set('if then else elif do while until ! { time exec sudo env command nohup eval retry run: - script: @'.split(' '));

/** Prefixes that may have options of their own. */
const WITH_OPTIONS = new Set(['sudo', 'env', '-', 'time']);

/** Reads one simple command; `undefined` when it is none of these. */
function dockerCommand(given: readonly string[]): DockerCommand | undefined {
  const start = commandStart(given);
  const [first, ...rest] = given.slice(start);
  if (first === undefined) return undefined;
  const program = first.replace(/^[@+-]+/, '');
  if (program === 'cd' || program === 'pushd') return { kind: 'cd', dir: rest.find((word) => !word.startsWith('-')) };
  const name = program.slice(program.lastIndexOf('/') + 1);
  if (COMPOSE.has(name)) return compose(rest);
  if (name === 'executor' || (name === 'kaniko' && rest.length > 0)) return kaniko(rest);
  if (name === 'kubectl' || name === 'oc') return kubectl(rest);
  if (ENGINES.has(name) || isEngineVariable(program)) return engine(rest);
  return undefined;
}

/** Commands inside of a quoted script: `bash -c "cd x && docker build ."`. */
function nestedScript(words: readonly string[]): string | undefined {
  const shell = words.findIndex((word) => /^(?:.*\/)?(?:ba|da|z|a)?sh$/.test(word));
  if (shell < 0 || shell > 6) return undefined;
  const flag = words.findIndex((word, index) => index > shell && /^-\w*c$/.test(word));
  return flag < 0 ? undefined : words[flag + 1];
}

export interface FoundCommand {
  /** `open` and `close`: a subshell, whose directory ends with it. */
  readonly command: DockerCommand | { readonly kind: 'open' } | { readonly kind: 'close' };
  readonly line: number;
  readonly input?: string;
}

/** All docker commands of a text, nested scripts included, each with its line. */
export function dockerCommands(text: string, firstLine = 1): readonly FoundCommand[] {
  return shellCommands(text, firstLine).flatMap(({ words, line, input }): readonly FoundCommand[] => {
    if (words[0] === '(') return [{ command: { kind: 'open' }, line }];
    if (words[0] === ')') return [{ command: { kind: 'close' }, line }];
    const command = dockerCommand(words);
    const nested = command === undefined || command.kind === 'exec' ? nestedScript(words) : undefined;
    const inner =
      nested === undefined || nested.length > 20_000 || command !== undefined
        ? []
        : shellCommands(nested, line).flatMap((one) => {
            const found = dockerCommand(one.words);
            return found ? [{ command: found, line }] : [];
          });
    return command ? [{ command, line, ...present({ input }) }, ...inner] : inner;
  });
}

/** `$(DOCKER) build`, `${CONTAINER_TOOL} run`: a variable whose name says that it is the engine. */
function isEngineVariable(word: string): boolean {
  return (
    hasHole(word) &&
    /^\$\{[\w.]*(?:docker|podman|container|engine|oci|nerdctl)[\w.]*\}$/i.test(readable(word)) &&
    !/compose/i.test(readable(word))
  );
}

function commandStart(words: readonly string[]): number {
  let at = 0;
  while (at < words.length) {
    const word = words[at] ?? '';
    const ofPrefix = word.startsWith('-') && WITH_OPTIONS.has(words[at - 1] ?? '');
    if (PREFIXES.has(word) || ofPrefix || /^[A-Za-z_]\w*=/.test(word)) at++;
    else if (word === 'timeout' || word === 'nice') at += words[at + 1]?.startsWith('-') ? 3 : 2;
    else break;
  }
  return at;
}

function engine(given: readonly string[]): DockerCommand | undefined {
  const { words } = parseOptions(given, BARE.global, false);
  let [verb, ...rest] = words;
  if (verb === 'buildx' || verb === 'image' || verb === 'container' || verb === 'builder')
    [verb, ...rest] = parseOptions(rest, BARE.global, false).words;
  if (verb === 'compose') return compose(rest);
  if (verb === 'build' || verb === 'bud' || verb === 'build-using-dockerfile' || verb === 'b') return build(rest);
  if (verb === 'run' || verb === 'create') return run(rest);
  if (verb !== 'exec') return undefined;
  const parsed = parseOptions(rest, BARE.exec, false);
  const [container, ...command] = parsed.words;
  return container === undefined ? undefined : { kind: 'exec', container, words: command };
}

function build(given: readonly string[]): BuildCommand {
  const parsed = parseOptions(given, BARE.build, true);
  const file = last(parsed, '-f', '--file');
  const target = last(parsed, '--target');
  return {
    kind: 'build',
    ...present({ file }),
    context: parsed.words.at(-1),
    ...present({ target }),
    tags: all(parsed, '-t', '--tag'),
    args: all(parsed, '--build-arg'),
    platforms: all(parsed, '--platform').flatMap((platforms) => platforms.split(',')),
  };
}

/** kaniko's `/kaniko/executor --context DIR --dockerfile FILE`. */
function kaniko(given: readonly string[]): BuildCommand | undefined {
  const parsed = parseOptions(given, BARE.kaniko, true);
  const context = last(parsed, '--context', '-c')?.replace(/^dir:\/\//, '');
  const file = last(parsed, '--dockerfile', '-f');
  const target = last(parsed, '--target');
  if (file === undefined && context === undefined) return undefined;
  return {
    kind: 'build',
    ...present({ file }),
    context,
    ...present({ target }),
    tags: all(parsed, '--destination', '-d'),
    args: all(parsed, '--build-arg'),
    platforms: [],
  };
}

function run(given: readonly string[]): DockerCommand | undefined {
  const parsed = parseOptions(given, BARE.run, false);
  const [name, user, entrypoint] = [last(parsed, '--name'), last(parsed, '-u', '--user'), last(parsed, '--entrypoint')];
  if (parsed.words.length === 0) return undefined;
  return {
    kind: 'run',
    words: parsed.words,
    ...present({ name, user, entrypoint }),
    environment: all(parsed, '-e', '--env'),
    volumes: all(parsed, '-v', '--volume'),
  };
}

function compose(given: readonly string[]): DockerCommand | undefined {
  const before = parseOptions(given, BARE.compose, false);
  const files = all(before, '-f', '--file');
  const [verb, ...rest] = before.words;
  if (verb !== 'exec' && verb !== 'run') return files.length > 0 ? { kind: 'compose-file', files } : undefined;
  const parsed = parseOptions(rest, verb === 'exec' ? BARE.exec : BARE.composeRun, false);
  const [service, ...words] = parsed.words;
  const [user, entrypoint] = [last(parsed, '-u', '--user'), last(parsed, '--entrypoint')];
  if (service === undefined) return undefined;
  return { kind: 'compose', verb, service, words, files, ...present({ user, entrypoint }) };
}

function kubectl(given: readonly string[]): DockerCommand | undefined {
  const dashes = given.indexOf('--');
  const before = parseOptions(dashes < 0 ? given : given.slice(0, dashes), BARE.kubectl, true);
  const [verb, target, ...words] = before.words;
  if ((verb !== 'exec' && verb !== 'rsh') || target === undefined) return undefined;
  const container = last(before, '-c', '--container');
  return { kind: 'kubectl-exec', target, ...present({ container }), words: dashes < 0 ? words : given.slice(dashes + 1) };
}
