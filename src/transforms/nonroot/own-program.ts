/** Whether a container starts the service's own code, a packaged program, or just a prompt. */

import type { Command, RuntimeContract } from '../../dockerfile/contract.ts';
import { absolutePath, isInside } from '../../dockerfile/image-path.ts';

/** Runners of code that somebody copied or installed from a language's registry: none of them needs root. */
const RUNNERS = /^(?:python[\d.]*|pypy3?|uvicorn|gunicorn|hypercorn|granian|flask|django-admin|celery|streamlit|fastapi|poetry|pdm|pipenv|uv|node|nodejs|npm|npx|yarn|pnpm|bun|bunx|deno|tsx|ts-node|next|nest|nuxt|vite|serve|pm2-runtime|ruby|bundle|rails|rackup|puma|rake|java|kotlin|dotnet|php|php-fpm|perl|go|cargo|elixir|mix|erl|Rscript|julia|mvn|gradle|\.\/gradlew|\.\/mvnw)$/;
const PROMPTS = /^(?:(?:ba|da|a|z|k)?sh|python[\d.]*|pypy3?|ipython|node|irb|php|jshell|iex|erl|ghci|R|julia|deno|bun|mongosh?|psql|redis-cli)$/;

export type Started = 'own' | 'packaged' | 'prompt';

/** `program` is quoted in the refusal. */
export function startedKind(contract: RuntimeContract): { readonly kind: Started; readonly program: string } {
  const words = [...wordsOf(contract.entrypoint), ...wordsOf(contract.cmd)].filter((word) => !/^(?:exec|env|tini|dumb-init|--|\/sbin\/tini|\/usr\/bin\/tini|\/tini|\/usr\/bin\/dumb-init)$/.test(word) && !/^\w+=/.test(word));
  const [first = ''] = words;
  const program = first.slice(first.lastIndexOf('/') + 1);
  // An entry script in front of a prompt is a base image's way of starting one.
  const last = wordsOf(contract.cmd);
  if (last.length > 0 && PROMPTS.test(last[0] ?? '') && (last.length === 1 || (last.length === 2 && last[1] === '-a'))) return { kind: 'prompt', program: last[0] ?? '' };
  if (words.some((word) => isCopied(contract, word))) return { kind: 'own', program };
  if (words.length === 1 && PROMPTS.test(program)) return { kind: 'prompt', program };
  if (RUNNERS.test(program) || RUNNERS.test(first)) return { kind: 'own', program };
  // `sh -c "gunicorn app"`: the code decides.
  if (/^(?:ba|da|a)?sh$/.test(program)) return { kind: words.slice(1).some((word) => RUNNERS.test(word)) ? 'own' : 'packaged', program };
  return { kind: 'packaged', program };
}

/** Absolute paths among the words of the start command. */
export function programPaths({ entrypoint, cmd, workdir }: RuntimeContract): readonly string[] {
  return [...wordsOf(entrypoint), ...wordsOf(cmd)].filter((word) => word.includes('/') && !word.startsWith('-') && !word.includes('$')).map((word) => absolutePath(word, workdir));
}

function wordsOf(command: Command | undefined): readonly string[] {
  if (command === undefined) return [];
  return command.form === 'exec' ? command.argv.flatMap((word) => word.split(/\s+/)).filter(Boolean) : command.text.split(/[\s;&|"'()]+/).filter(Boolean);
}

/** A path, or a bare name in a directory of PATH, that a COPY or ADD provides. */
function isCopied({ files, workdir, env }: RuntimeContract, word: string): boolean {
  if (word.startsWith('-') || word.includes('$')) return false;
  const name = word.slice(word.lastIndexOf('/') + 1);
  const paths = word.includes('/') || /\.\w+$/.test(word) ? [absolutePath(word, workdir)] : (env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin').split(':').map((dir) => absolutePath(word, dir));
  return files.some(({ source, target }) => {
    const base = target === '/' ? '/' : target.replace(/\/$/, '');
    // A directory such as /usr/local/bin receives one file: only that file's name counts there.
    const file = source.slice(source.lastIndexOf('/') + 1);
    return paths.some((path) => path === base || (isInside(path, base) && base !== '/' && (!/(?:^|\/)s?bin$/.test(base) || file === name)) || (base === '/' && (file === name || word.includes('/'))));
  });
}
