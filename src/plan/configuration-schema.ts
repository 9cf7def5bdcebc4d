/** The schema of `dockmod.yaml`: the one source of validation, the published JSON schema and the reference page. */

import * as v from 'valibot';
import { parseReference } from '../images/reference.ts';
import { DEFAULT_SETTINGS } from '../transforms/settings.ts';
import { DEFAULT_BOT, type Configuration } from './configuration.ts';

const PATTERNS = v.array(v.string());

/** The schema for a given list of transform ids; its output is a complete {@link Configuration}. */
export function configurationSchema(ids: readonly string[]) {
  const states = v.strictObject(Object.fromEntries(ids.map((id) => [id, v.optional(STATE)])));
  return v.pipe(
    v.strictObject({
      enabled: described('`false` opts the repository out: nothing is planned.', v.boolean(), true),
      transforms: described(
        'State of each transform: `on`, `report` (verdicts only, no edits) or `off`. Those not named keep their default.',
        states,
        {},
      ),
      overrides: described(
        'States for some paths only. Later entries win.',
        v.array(
          v.strictObject({
            paths: v.pipe(
              PATTERNS,
              v.minLength(1, 'expected at least one pattern'),
              v.description('Patterns as in .gitignore, relative to the root, matched against the path of the Dockerfile.'),
            ),
            transforms: v.pipe(states, v.description('State of each transform for these paths.')),
          }),
        ),
        [],
      ),
      images: described(
        'Images to write in place of the ones that dockmod would choose: name to reference.',
        v.record(v.string(), IMAGE),
        {},
      ),
      ignore: described('Patterns as in .gitignore: files that dockmod does not look at.', PATTERNS, []),
      comments: described(
        'Language of the comments that dockmod writes above what it changes.',
        v.picklist(['en', 'ja', 'off']),
        DEFAULT_SETTINGS.comments,
      ),
      distroless: described(
        'The `distroless` transform.',
        v.strictObject({
          debian: described(
            'Debian release of the runtime image. The distroless project retired its debian12 images on 2026-09-01 (GoogleContainerTools/distroless#2129).',
            v.picklist([12, 13]),
            DEFAULT_SETTINGS.distroless.debian,
          ),
        }),
        {},
      ),
      goLdflags: described(
        'The `go-ldflags` transform.',
        v.strictObject({
          trimpath: described('Add `-trimpath` as well.', v.boolean(), DEFAULT_SETTINGS.goLdflags.trimpath),
          removeInstallsuffix: described(
            'Remove `-a -installsuffix cgo`, a leftover where CGO_ENABLED=0.',
            v.boolean(),
            DEFAULT_SETTINGS.goLdflags.removeInstallsuffix,
          ),
        }),
        {},
      ),
      cargoCache: described(
        'The `cargo-cache` transform.',
        v.strictObject({
          strategy: described(
            'How dependencies get a layer of their own. `auto` chooses and prints the reason.',
            v.picklist(['auto', 'stub', 'chef', 'mount']),
            DEFAULT_SETTINGS.cargoCache.strategy,
          ),
        }),
        {},
      ),
      pinBase: described(
        'The `pin-base` transform.',
        v.strictObject({
          digests: described(
            'Write `tag@sha256:...`, the form that Renovate and Dependabot keep fresh.',
            v.boolean(),
            DEFAULT_SETTINGS.pinBase.digests,
          ),
        }),
        {},
      ),
      uv: described(
        'The `uv` transform.',
        v.strictObject({
          rewriteCommand: described(
            'Rewrite `CMD ["uv", "run", ...]` to the program in the virtual environment.',
            v.boolean(),
            DEFAULT_SETTINGS.uv.rewriteCommand,
          ),
        }),
        {},
      ),
      nonroot: described(
        'The `nonroot` transform.',
        v.strictObject({
          uid: described('User and group id of users that are created.', wholeNumber(1000, 65534), DEFAULT_SETTINGS.nonroot.uid),
        }),
        {},
      ),
      bot: described('The bot: `dockmod bot`, `plan`, `publish`.', BOT, {}),
    }),
    v.transform(
      ({ comments, distroless, goLdflags, cargoCache, pinBase, uv, nonroot, transforms, overrides, bot, ...rest }): Configuration => ({
        ...rest,
        transforms: given(transforms),
        overrides: overrides.map(({ paths, transforms: chosen }) => ({ paths, transforms: given(chosen) })),
        bot: { ...bot, rollout: bot.rollout, schedule: bot.schedule },
        settings: { comments, distroless, goLdflags, cargoCache, pinBase, uv, nonroot, denoAudit: undefined },
      }),
    ),
  );
}

export type ConfigurationSchema = ReturnType<typeof configurationSchema>;

const STATE = v.picklist(['on', 'report', 'off']);

const IMAGE = v.pipe(
  v.string(),
  v.check(
    (text) => parseReference(text)?.tag !== undefined,
    'expected an image reference with a tag, like registry.example/python:3.13-slim',
  ),
);

const HOURS = v.pipe(
  v.string(),
  v.regex(
    /^(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/,
    'expected a window like "09:00-17:00"; "22:00-06:00" runs past midnight',
  ),
  v.transform((text) => ({ from: minutes(text.slice(0, 5)), to: minutes(text.slice(6)) })),
);

const ZONE = v.pipe(v.string(), v.check(isTimeZone, 'expected an IANA time zone, like Asia/Tokyo'));

const BOT = v.strictObject({
  branchPrefix: described(
    'First part of the branch names.',
    v.pipe(
      v.string(),
      v.regex(/^(?:[A-Za-z0-9_][A-Za-z0-9_-]*\/)+$/, 'expected words of letters, digits, "_" and "-", each ended by "/", like dockmod/'),
    ),
    DEFAULT_BOT.branchPrefix,
  ),
  limits: described(
    'How much the bot may have open or do, counted from the platform.',
    v.strictObject({
      openPullRequests: described('Open pull requests at one time.', wholeNumber(0, 1000), DEFAULT_BOT.limits.openPullRequests),
      perHour: described('Pull requests created in an hour.', wholeNumber(0, 500), DEFAULT_BOT.limits.perHour),
      perRun: described('Pull requests created or updated in a run.', wholeNumber(0, 1000), DEFAULT_BOT.limits.perRun),
    }),
    {},
  ),
  rollout: v.pipe(
    v.optional(
      v.strictObject({
        first: v.pipe(wholeNumber(1, 1000), v.description('Pull requests to open first.')),
        then: v.pipe(v.literal('merged'), v.description('`merged`: the others follow once those are merged.')),
      }),
    ),
    v.description('Canary: open a few pull requests, the others later.'),
  ),
  schedule: v.pipe(
    v.optional(
      v.strictObject({
        days: described(
          'Days on which the window opens.',
          v.pipe(v.array(v.picklist(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])), v.minLength(1, 'expected at least one day')),
          ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
        ),
        hours: v.pipe(
          v.optional(HOURS, '00:00-24:00'),
          v.description('Window of the day, like `"09:00-17:00"`; `"22:00-06:00"` runs past midnight.'),
        ),
        timezone: v.pipe(v.optional(ZONE, 'UTC'), v.description('IANA time zone, like `Asia/Tokyo`.')),
      }),
    ),
    v.description('When pull requests may be created. Updates are not bound to it.'),
  ),
  labels: described('Labels of new pull requests.', v.array(v.string()), [...DEFAULT_BOT.labels]),
  reviewers: described(
    '`codeowners` leaves it to the platform; else user names and `team/NAME`.',
    v.union([v.literal('codeowners'), v.array(v.string())]),
    'codeowners' as const,
  ),
  draft: described(
    '`auto`: draft exactly when nothing was built or smoke-tested.',
    v.picklist(['auto', 'always', 'never']),
    DEFAULT_BOT.draft,
  ),
  dashboard: described('Keep one issue with a table of services, states and sizes.', v.boolean(), DEFAULT_BOT.dashboard),
});

function described<const S extends v.GenericSchema, const D extends v.InferInput<S>>(text: string, schema: S, fallback: D) {
  return v.pipe(v.optional(schema, fallback), v.description(text));
}

function wholeNumber(least: number, most: number) {
  const message = `expected a whole number from ${least} to ${most}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message));
}

/** Entries that were written: `optional` leaves the others out or undefined. */
function given<T>(entries: Readonly<Record<string, T | undefined>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(entries).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

function minutes(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
}

/** Whether this runtime knows `name` as an IANA time zone. */
export function isTimeZone(name: string): boolean {
  try {
    // The runtime's own zone data decides; offsets such as +09:00 have no daylight saving rules and are no zones.
    new Intl.DateTimeFormat('en', { timeZone: name });
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
