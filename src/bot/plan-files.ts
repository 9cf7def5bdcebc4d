/** Plan files: written by jobs that read hostile repositories, and not believed by the job that holds the token. */

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import * as v from 'valibot';

import type { BotConfiguration } from '../plan/configuration.ts';
import { isTimeZone } from '../plan/configuration-schema.ts';
import { NOTICED_FIELDS } from '../plan/contract-changes.ts';
import { PLAN_SCHEMA, type Plan } from '../plan/plan.ts';
import { isBranchPrefix } from './branch-name.ts';
import { changePath, isBranchName, isObjectId, isRepositoryName } from './names.ts';
import { REPOSITORY_PLAN_SCHEMA, SKIPS, type RepositoryPlan } from './repository-plan.ts';

/** A whole plan file, in bytes; one changed text, in characters. */
const MAX_FILE = 64 * 1024 * 1024;
const MAX_TEXT = 1024 * 1024;

/** Bidirectional controls in a text could show a reviewer something else than what is built. */
const BIDIRECTIONAL = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** A sentence, a location, a command: longer ones are cut when the file is written. */
const MAX_LINE = 20_000;

const line = v.pipe(v.string(), v.maxLength(MAX_LINE));
const identifier = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,60}$/));
const location = v.object({
  path: line,
  line: v.pipe(v.number(), v.integer(), v.minValue(1)),
  endLine: v.optional(v.pipe(v.number(), v.integer())),
});
const text = v.pipe(
  v.string(),
  v.maxLength(MAX_TEXT),
  v.check((value) => !value.includes('\0') && !BIDIRECTIONAL.test(value), 'NUL or bidirectional control characters'),
);
const refusal = v.object({ code: identifier, at: location, reason: line, unblock: v.optional(line) });
const evidence = v.object({ text: line, at: v.optional(location) });
const declared = v.object({ field: identifierLike(), key: v.optional(line), because: line });
const positive = v.pipe(v.number(), v.minValue(0), v.maxValue(1e15));

const outcome = v.variant('kind', [
  v.object({
    transform: identifier,
    kind: v.picklist(['applied', 'reported']),
    evidence: v.array(evidence),
    refusals: v.array(refusal),
    lines: v.array(location),
    declares: v.optional(v.array(declared)),
  }),
  v.object({ transform: identifier, kind: v.literal('already'), at: location, because: v.optional(line) }),
  v.object({ transform: identifier, kind: v.literal('refused'), refusals: v.array(refusal) }),
  v.object({ transform: identifier, kind: v.literal('not-applicable'), because: v.optional(line) }),
  v.object({ transform: identifier, kind: v.literal('off') }),
  v.object({ transform: identifier, kind: v.literal('failed'), detail: line }),
]);

const measure = v.variant('kind', [
  v.object({
    kind: v.picklist(['measured', 'built', 'estimated']),
    pull: positive,
    disk: v.optional(positive),
    range: v.optional(v.tuple([positive, positive])),
    digest: v.optional(v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/))),
    platform: line,
    method: line,
  }),
  v.object({ kind: v.literal('unknown'), reason: line }),
]);

const layer = v.object({ instruction: line, before: v.optional(positive), after: v.optional(positive) });

const plan = v.object({
  schema: v.literal(PLAN_SCHEMA),
  service: v.pipe(v.string(), v.minLength(1), v.maxLength(500)),
  dockerfile: line,
  twinOf: v.optional(line),
  base: v.optional(line),
  unusable: v.optional(v.object({ reason: line, at: location, detail: line })),
  outcomes: v.array(outcome),
  changes: v.pipe(
    v.array(
      v.object({
        path: v.pipe(
          v.string(),
          v.check((value) => changePath(value) !== undefined, 'not a path that may be written'),
        ),
        before: v.optional(v.pipe(v.string(), v.maxLength(MAX_TEXT))),
        after: text,
      }),
    ),
    v.maxLength(500),
  ),
  checks: v.array(v.object({ text: line, at: v.optional(location), command: v.optional(line) })),
  noticed: v.optional(
    v.array(v.object({ field: v.picklist(NOTICED_FIELDS), key: v.optional(line), before: v.optional(line), after: v.optional(line) })),
  ),
  size: v.optional(v.object({ before: measure, after: measure, layers: v.optional(v.pipe(v.array(layer), v.maxLength(500))) })),
  hash: v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/)),
});

const days = v.picklist(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
const minutes = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1440));
const bot = v.object({
  branchPrefix: v.pipe(v.string(), v.check(isBranchPrefix, 'not a branch prefix')),
  limits: v.object({ openPullRequests: positive, perHour: positive, perRun: positive }),
  rollout: v.optional(v.object({ first: positive, then: v.literal('merged') })),
  schedule: v.optional(
    v.object({
      days: v.array(days),
      hours: v.object({ from: minutes, to: minutes }),
      timezone: v.pipe(v.string(), v.check(isTimeZone, 'not a time zone')),
    }),
  ),
  labels: v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(50))), v.maxLength(20)),
  reviewers: v.union([
    v.literal('codeowners'),
    v.pipe(v.array(v.pipe(v.string(), v.regex(/^(?:team\/)?[A-Za-z0-9._-]{1,100}$/))), v.maxLength(20)),
  ]),
  draft: v.picklist(['auto', 'always', 'never']),
  dashboard: v.boolean(),
});

const repositoryPlan = v.object({
  schema: v.literal(REPOSITORY_PLAN_SCHEMA),
  repository: v.pipe(v.string(), v.check(isRepositoryName, 'not owner/name')),
  base: v.optional(
    v.object({
      branch: v.pipe(v.string(), v.check(isBranchName, 'not a branch name')),
      sha: v.pipe(v.string(), v.check(isObjectId, 'not a commit')),
    }),
  ),
  skip: v.optional(v.object({ reason: v.picklist(SKIPS), detail: line })),
  bot,
  plans: v.array(plan),
  complete: v.boolean(),
});

export type PlanFile =
  | { readonly kind: 'plan'; readonly plan: RepositoryPlan }
  | { readonly kind: 'invalid'; readonly file: string; readonly problem: string };

/** Writes `<owner>+<name>.json` into `dir`: whole, or not at all. */
export async function writePlanFile(dir: string, value: RepositoryPlan): Promise<string> {
  await mkdir(dir, { recursive: true });
  const file = join(dir, `${value.repository.replaceAll('/', '+')}.json`);
  const text = JSON.stringify(value, cut);
  await writeFile(`${file}.tmp`, `{"digest":"${digestOf(text)}",${text.slice(1)}\n`);
  await rename(`${file}.tmp`, file);
  return file;
}

/**
 * The plan files below `dir`; one at a time, so that memory stays flat.
 *
 * @param turn another number, another order: where a run can visit only some repositories, the next one begins elsewhere
 */
export async function* readPlanFiles(dir: string, turn: number): AsyncGenerator<PlanFile, void> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name));
  const rank = new Map(files.map((file) => [file, createHash('sha256').update(`${turn} ${file}`).digest('hex')]));
  files.sort((a, b) => ((rank.get(a) ?? '') < (rank.get(b) ?? '') ? -1 : 1));
  for (const file of files) yield await readPlanFile(file);
}

/** Links are not followed, and no more is read than a plan can hold. */
async function readPlanFile(file: string): Promise<PlanFile> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined);
  if (handle === undefined) return { kind: 'invalid', file, problem: 'a symbolic link, or not readable' };
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return { kind: 'invalid', file, problem: 'not a regular file' };
    if (stat.size > MAX_FILE) return { kind: 'invalid', file, problem: 'larger than 64 MiB' };
    return parsePlanFile(file, await handle.readFile({ encoding: 'utf8' }));
  } finally {
    await handle.close();
  }
}

export function parsePlanFile(file: string, content: string): PlanFile {
  const invalid = (problem: string): PlanFile => ({ kind: 'invalid', file, problem });
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return invalid('not JSON');
  }
  const result = v.safeParse(repositoryPlan, value);
  if (!result.success)
    return invalid(
      result.issues
        .slice(0, 3)
        .map((issue) => `${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`)
        .join('; '),
    );
  const names = new Set(result.output.plans.map(({ service }) => service));
  if (names.size !== result.output.plans.length) return invalid('a service is planned twice');
  const { digest, ...rest } = value as Readonly<Record<string, unknown>>;
  if (digest !== digestOf(JSON.stringify(rest))) return invalid('its digest is another one: the file was cut off or edited');
  // The schema's own fields alone: `digest` and unknown ones are gone. Paths were checked, and are branded by that.
  return {
    kind: 'plan',
    plan: result.output as unknown as RepositoryPlan & { readonly bot: BotConfiguration; readonly plans: readonly Plan[] },
  };
}

/** Shows accidents and careless editing; whoever may write the folder can make a plan of his own. */
function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** Texts of files are never cut. */
function cut(key: string, value: unknown): unknown {
  return typeof value === 'string' && value.length > MAX_LINE && key !== 'before' && key !== 'after'
    ? `${value.slice(0, MAX_LINE - 1)}…`
    : value;
}

function identifierLike() {
  return v.pipe(v.string(), v.regex(/^[A-Za-z]{1,40}$/));
}
