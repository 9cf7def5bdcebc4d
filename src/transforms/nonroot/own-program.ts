/** Whether a container starts the service's own code, a packaged program, or just a prompt. */

import type { Command, RuntimeContract } from '../../dockerfile/contract.ts';
import { absolutePath, isInside } from '../../dockerfile/image-path.ts';
import { pythonProject } from '../../project/python.ts';
import { textOf } from '../../repository/files.ts';
import { dirname } from '../../repository/path.ts';
import type { Subject } from '../transform.ts';

/** Runners of code that somebody copied or installed from a language's registry: none of them needs root. */
const RUNNERS =
  /^(?:python[\d.]*|pypy3?|uvicorn|gunicorn|hypercorn|daphne|granian|uwsgi|waitress-serve|flask|quart|sanic|litestar|robyn|django-admin|celery|dramatiq|rq|rqworker|huey_consumer(?:\.py)?|arq|taskiq|faststream|streamlit|chainlit|gradio|panel|bokeh|voila|fastapi|fastmcp|mcp|alembic|scrapy|locust|pytest|behave|robot|mkdocs|opentelemetry-instrument|ddtrace-run|newrelic-admin|functions-framework|poetry|pdm|pipenv|uv|node|nodejs|npm|npx|yarn|pnpm|bun|bunx|deno|tsx|ts-node|next|nest|nuxt|vite|serve|pm2-runtime|ruby|bundle|rails|rackup|puma|rake|java|kotlin|dotnet|php|php-fpm|perl|go|cargo|elixir|mix|erl|Rscript|julia|mvn|gradle|\.\/gradlew|\.\/mvnw)$/;
const PROMPTS =
  /^(?:(?:ba|da|a|z|k)?sh|python[\d.]*|pypy3?|ipython|node|irb|php|jshell|iex|erl|ghci|R|julia|deno|bun|mongosh?|psql|redis-cli)$/;

/** What cargo makes: `./target/release/app`. */
const BUILT = /(?:^|\/)target\/(?:[\w.-]+\/){1,3}[\w.-]+$/;

export type Started = 'own' | 'packaged' | 'prompt';

/** `program` is quoted in the refusal; `scripts` are the names that the repository's own packages install as programs. */
export function startedKind(
  contract: RuntimeContract,
  scripts: ReadonlySet<string> = NONE,
): { readonly kind: Started; readonly program: string } {
  const words = [...wordsOf(contract.entrypoint), ...wordsOf(contract.cmd)].filter(
    (word) =>
      !/^(?:exec|env|tini|dumb-init|--|\/sbin\/tini|\/usr\/bin\/tini|\/tini|\/usr\/bin\/dumb-init)$/.test(word) && !/^\w+=/.test(word),
  );
  const [first = ''] = words;
  const program = first.slice(first.lastIndexOf('/') + 1);
  // An entry script in front of a prompt is a base image's way of starting one.
  const last = wordsOf(contract.cmd);
  if (last.length > 0 && PROMPTS.test(last[0] ?? '') && (last.length === 1 || (last.length === 2 && last[1] === '-a')))
    return { kind: 'prompt', program: last[0] ?? '' };
  if (words.some((word) => isCopied(contract, word) || BUILT.test(word))) return { kind: 'own', program };
  if (words.length === 1 && PROMPTS.test(program)) return { kind: 'prompt', program };
  if (RUNNERS.test(program) || RUNNERS.test(first) || scripts.has(program)) return { kind: 'own', program };
  // `sh -c "gunicorn app"`: the code decides.
  if (/^(?:ba|da|a)?sh$/.test(program)) return { kind: words.slice(1).some((word) => RUNNERS.test(word)) ? 'own' : 'packaged', program };
  return { kind: 'packaged', program };
}

/** Absolute paths among the words of the start command. */
export function programPaths({ entrypoint, cmd, workdir }: RuntimeContract): readonly string[] {
  return [...wordsOf(entrypoint), ...wordsOf(cmd)]
    .filter((word) => word.includes('/') && !word.startsWith('-') && !word.includes('$'))
    .map((word) => absolutePath(word, workdir));
}

const NONE: ReadonlySet<string> = new Set();
/** More manifests than one service installs. */
const MAX_MANIFESTS = 40;

/** Programs that Python projects of the build context declare (`[project.scripts]`, `entry_points`). */
export function ownScripts({ files, service }: Pick<Subject, 'files' | 'service'>): ReadonlySet<string> {
  const { context } = service.builds[0];
  const manifests =
    context === undefined
      ? []
      : files
          .under(context)
          .filter((path) => /(?:^|\/)(?:pyproject\.toml|setup\.(?:py|cfg))$/.test(path))
          .slice(0, MAX_MANIFESTS);
  return new Set(
    manifests.flatMap((path) => {
      if (path.endsWith('.toml')) return Object.keys(pythonProject(files, dirname(path))?.pyproject?.scripts ?? {});
      const scripts = /console_scripts[^\]]*/.exec(textOf(files, path) ?? '')?.[0] ?? '';
      return [...scripts.matchAll(/([\w.-]+)\s*=\s*[\w.]+:\w+/g)].map(([, name = '']) => name);
    }),
  );
}

function wordsOf(command: Command | undefined): readonly string[] {
  if (command === undefined) return [];
  return command.form === 'exec'
    ? command.argv.flatMap((word) => word.split(/\s+/)).filter(Boolean)
    : command.text.split(/[\s;&|"'()]+/).filter(Boolean);
}

/** A program of the base with the repository's settings is still the base's. */
const SETTINGS = /\.(?:conf|cfg|cnf|ini|ya?ml|toml|json|xml|properties|env)$/;

/** A path, or a bare name in a directory of PATH, that a COPY or ADD provides. */
function isCopied({ files, workdir, env }: RuntimeContract, word: string): boolean {
  if (word.startsWith('-') || word.includes('$') || SETTINGS.test(word)) return false;
  const name = word.slice(word.lastIndexOf('/') + 1);
  const paths =
    word.includes('/') || /\.\w+$/.test(word)
      ? [absolutePath(word, workdir)]
      : (env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin').split(':').map((dir) => absolutePath(word, dir));
  return files.some(({ source, target }) => {
    const base = target === '/' ? '/' : target.replace(/\/$/, '');
    // A directory such as /usr/local/bin receives one file: only that file's name counts there.
    const file = source.slice(source.lastIndexOf('/') + 1);
    return paths.some(
      (path) =>
        path === base ||
        (isInside(path, base) && base !== '/' && (!/(?:^|\/)s?bin$/.test(base) || file === name)) ||
        (base === '/' && (file === name || word.includes('/'))),
    );
  });
}
