/** What a repository's `dockmod.yaml` says, complete and checked. Defaults need no schema library: start-up stays fast. */

import { DEFAULT_SETTINGS, type Settings } from '../transforms/settings.ts';

/** Name of the file at the repository root. */
export const CONFIGURATION_FILE = 'dockmod.yaml';

/** `report`: verdicts are shown, files stay as they are. */
export type TransformState = 'on' | 'report' | 'off';

export type TransformStates = Readonly<Record<string, TransformState>>;

/** Transform states for some paths. Later entries win over earlier ones. */
export interface Override {
  /** Patterns as in .gitignore, relative to the root, matched against the Dockerfile's path. */
  readonly paths: readonly string[];
  readonly transforms: TransformStates;
}

export type Day = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** When the bot may create pull requests. */
export interface ScheduleWindow {
  /** Days on which the window opens. */
  readonly days: readonly Day[];
  /** Minutes after midnight; `from > to` runs past midnight. */
  readonly hours: { readonly from: number; readonly to: number };
  /** IANA zone, known to this runtime. */
  readonly timezone: string;
}

export interface BotConfiguration {
  readonly branchPrefix: string;
  readonly limits: { readonly openPullRequests: number; readonly perHour: number; readonly perRun: number };
  /** Open `first` pull requests, the rest once those are merged; `undefined` = all at once. */
  readonly rollout: { readonly first: number; readonly then: 'merged' } | undefined;
  readonly schedule: ScheduleWindow | undefined;
  readonly labels: readonly string[];
  /** `codeowners`: leave it to the platform. */
  readonly reviewers: 'codeowners' | readonly string[];
  /** `auto`: draft exactly when nothing was built or smoke-tested. */
  readonly draft: 'auto' | 'always' | 'never';
  readonly dashboard: boolean;
}

export interface Configuration {
  /** `false`: the repository opted out. */
  readonly enabled: boolean;
  readonly transforms: TransformStates;
  readonly overrides: readonly Override[];
  /** Image name to the reference written in its place: `python` -> `registry.example/python:3.13-slim`. */
  readonly images: Readonly<Record<string, string>>;
  /** Patterns as in .gitignore: files that dockmod does not look at. */
  readonly ignore: readonly string[];
  readonly settings: Settings;
  readonly bot: BotConfiguration;
}

export const DEFAULT_BOT: BotConfiguration = {
  branchPrefix: 'dockmod/',
  limits: { openPullRequests: 10, perHour: 20, perRun: 50 },
  rollout: undefined,
  schedule: undefined,
  labels: ['dockmod'],
  reviewers: 'codeowners',
  draft: 'auto',
  dashboard: false,
};

export const DEFAULT_CONFIGURATION: Configuration = {
  enabled: true,
  transforms: {},
  overrides: [],
  images: {},
  ignore: [],
  settings: DEFAULT_SETTINGS,
  bot: DEFAULT_BOT,
};
