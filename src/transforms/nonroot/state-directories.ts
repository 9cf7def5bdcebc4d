/** Directories outside of the working directory that a service keeps state in: made by the file, or named by its variables. */

import type { RuntimeContract } from '../../dockerfile/contract.ts';
import type { Dockerfile, Instruction } from '../../dockerfile/dockerfile.ts';
import { absolutePath, isInside } from '../../dockerfile/image-path.ts';
import { commandsOf } from '../shell-argv.ts';
import { environmentAt } from '../step-environment.ts';
import type { Subject } from '../transform.ts';

const SYSTEM = /^\/(?:bin|boot|dev|etc|lib|lib32|lib64|media|opt|proc|root|sbin|sys|tmp|usr)(?:\/|$)|^\/(?:home|mnt|run|srv|var)?$|^\/var\/(?:cache|lib|log|opt|run|spool|tmp|www)?$|^\/var\/(?:cache|lib|log)\/(?:apt|debconf|dpkg)(?:\/|$)|^\/var\/tmp\//;

/** A place that belongs to the service rather than to the distribution. */
export function isStateDirectory(path: string): boolean {
  return !SYSTEM.test(path);
}

/** Caches and data whose place the environment decides; what only builds use (`PIP_`, `UV_`) is left out. */
const VARIABLE = /^(?:HF_HOME|HF_HUB_CACHE|HUGGINGFACE_HUB_CACHE|TRANSFORMERS_CACHE|SENTENCE_TRANSFORMERS_HOME|TORCH_HOME|XDG_(?:CACHE|CONFIG|DATA|STATE)_HOME|NLTK_DATA|MPLCONFIGDIR|NUMBA_CACHE_DIR|PROMETHEUS_MULTIPROC_DIR)$|(?:^|_)(?:CACHE|DATA|DB|DATABASE|LOGS?|MEDIA|MODELS?|OUTPUT|SQLITE|STATE|STORAGE|TEMP|TMP|UPLOADS?)_(?:DIR|DIRECTORY|FILE|FOLDER|HOME|PATH|ROOT)$|^DATABASE_URL$/;
const BUILD_ONLY = /^(?:PIP|UV|POETRY|NPM|YARN|GO|CARGO)_/;

/** Absolute directories that variables of the image name, outside of the working directory. */
export function namedDirectories({ env, workdir }: RuntimeContract): readonly string[] {
  const found = Object.entries(env).flatMap(([name, value = '']) => {
    if (!VARIABLE.test(name) || BUILD_ONLY.test(name)) return [];
    const place = name === 'DATABASE_URL' ? (/^sqlite[\w+]*:\/\/\/(\/[^?]*)/.exec(value)?.[1] ?? '') : value;
    if (!/^\/[\w./@-]+$/.test(place)) return [];
    const path = absolutePath(/\.\w+$/.test(place) ? place.replace(/\/[^/]*$/, '/') : place, '/');
    return isStateDirectory(path) && !isInside(path, workdir === '/' ? '/nowhere' : workdir) ? [path] : [];
  });
  return [...new Set(found)];
}

export interface MadeDirectories {
  readonly step: Instruction;
  readonly paths: readonly string[];
}

/** Directories that RUN steps make for the service: root's, unless the step says otherwise itself. */
export function madeDirectories({ dockerfile, images }: Pick<Subject, 'dockerfile' | 'images'>, instructions: readonly Instruction[], workdir: string): readonly MadeDirectories[] {
  return instructions.flatMap((step): readonly MadeDirectories[] => {
    if (step.keyword !== 'RUN' || !/\bmkdir\b/.test(step.args.text) || /\bch(?:own|mod|grp)\b/.test(step.args.text)) return [];
    const made = mkdirsOf(dockerfile, step, environmentAt(dockerfile, step, images).workdir);
    const paths = made.filter((path) => path !== workdir && !isInside(workdir, path) && ((workdir !== '/' && isInside(path, workdir)) || isStateDirectory(path)));
    return paths.length === 0 ? [] : [{ step, paths: [...new Set(paths)] }];
  });
}

function mkdirsOf(dockerfile: Dockerfile, step: Instruction, workdir: string): readonly string[] {
  let directory = workdir;
  return (commandsOf(dockerfile, step) ?? []).flatMap(({ argv, command }) => {
    const [program, ...args] = argv.map(({ text }) => text);
    if (program === 'cd' && args.length === 1 && args[0] !== undefined && command.enclosing.length === 0) directory = absolutePath(args[0], directory);
    if (program !== 'mkdir') return [];
    const skip = args.findIndex((arg) => arg === '-m' || arg === '--mode');
    return args.flatMap((arg, at) => (arg === undefined || arg.startsWith('-') || (skip >= 0 && at === skip + 1) ? [] : [absolutePath(arg, directory)]));
  });
}
