/** Cache mounts for the steps in which uv installs, and the end of `--no-cache` there. */

import type { Dockerfile, Instruction } from '../../dockerfile/dockerfile.ts';
import { removeWord } from '../../dockerfile/shell-edit.ts';
import type { Edit } from '../../repository/edit.ts';
import { addMounts, cacheMount, isMounted } from '../cache-mount.ts';
import type { Journal } from '../journal.ts';
import type { Origin } from '../rewrite-steps.ts';
import { environmentAt, type StepEnvironment } from '../step-environment.ts';
import { understandsMounts } from '../syntax-line.ts';
import type { Subject } from '../transform.ts';
import { isInstall, uvCommands, type UvCommand } from '../uv-command.ts';

const NO_CACHE = new Set(['--no-cache', '--no-cache-dir', '-n']);

export function mountCaches(subject: Subject, dockerfile: Dockerfile, journal: Journal, origin: Origin): readonly Edit[] {
  if (!understandsMounts(dockerfile) || needsCacheLater(dockerfile)) return [];
  return dockerfile.instructions.flatMap((run) => (run.keyword === 'RUN' ? mountCache(subject, dockerfile, run, journal, origin) : []));
}

/** What `uvx` and `uv run --with` made at build time lives in the cache: it must ship. */
function needsCacheLater(dockerfile: Dockerfile): boolean {
  return dockerfile.instructions.some(({ keyword, args }) => (keyword === 'CMD' || keyword === 'ENTRYPOINT') && /\buvx\b|\buv\b.*\btool\b|--with\b|--script\b/.test(args.text));
}

function mountCache(subject: Subject, dockerfile: Dockerfile, run: Instruction, journal: Journal, origin: Origin): readonly Edit[] {
  const commands = uvCommands(dockerfile, run) ?? [];
  if (!commands.some(isInstall) || !commands.every((command) => keepsNothing(command))) return [];
  const environment = environmentAt(dockerfile, run, subject.images);
  const path = cacheDirectory(environment);
  // A mount point cannot be removed, and a cache that is cleaned is none.
  if (path === undefined || /\brm\b[^&|;]*\.?cache|\buv\s+cache\b/.test(run.args.text)) return [];
  const opposed = withoutCache(dockerfile, commands);
  if (opposed === undefined || 'UV_NO_CACHE' in environment.env) return [];
  const present = isMounted(run, path);
  const mount = present ? undefined : cacheMount({ tool: 'uv', path, binary: true }, environment, subject.service.name);
  if (!present && mount === undefined) return [];
  const at = origin(run);
  if (mount !== undefined) journal.because.push({ text: `packages are kept between builds in a cache mount at \`${path}\``, at });
  if (opposed.length > 0) journal.because.push({ text: '`--no-cache` contradicts the cache mount', at });
  return [...addMounts(dockerfile, run, mount === undefined ? [] : [mount]), ...opposed];
}

/** True unless the command leaves something in the cache that the image needs. */
function keepsNothing({ subcommand, args }: UvCommand): boolean {
  if (subcommand === 'tool run') return false;
  return !(subcommand === 'run' && args.some(({ text }) => text?.startsWith('--with') === true || text === '--script'));
}

/** Where uv of the step's user keeps its cache (docs.astral.sh/uv/concepts/cache). */
export function cacheDirectory({ env, user }: StepEnvironment): string | undefined {
  if (env['UV_LINK_MODE'] === 'symlink') return undefined;
  const chosen = env['UV_CACHE_DIR'];
  if (chosen !== undefined) return /^\/[^$]*[^/$]$/.test(chosen) ? chosen : undefined;
  const home = env['XDG_CACHE_HOME'] ?? (user === undefined ? undefined : `${user.home.replace(/\/$/, '')}/.cache`);
  return home !== undefined && /^\/[^$]*$/.test(home) ? `${home.replace(/\/$/, '')}/uv` : undefined;
}

/** Edits that take `--no-cache` out of the commands; `undefined` where one stands in a variable or cannot be cut. */
function withoutCache(dockerfile: Dockerfile, commands: readonly UvCommand[]): readonly Edit[] | undefined {
  const edits: Edit[] = [];
  for (const { args, script } of commands) {
    for (const { text, word, literal } of args) {
      if (text === '--cache-dir' || text?.startsWith('--cache-dir=')) return undefined;
      if (text === undefined || !NO_CACHE.has(text)) continue;
      const edit = literal ? removeWord(dockerfile, script, word) : undefined;
      if (edit === undefined) return undefined;
      edits.push(edit);
    }
  }
  return edits;
}
