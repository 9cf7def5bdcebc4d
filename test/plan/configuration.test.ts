import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/plan/configuration-error.ts';
import { DEFAULT_CONFIGURATION, type Configuration } from '../../src/plan/configuration.ts';
import { readConfiguration } from '../../src/plan/read-configuration.ts';
import { didYouMean, suggestion } from '../../src/plan/suggestion.ts';
import { transformState } from '../../src/plan/transform-state.ts';
import { repoPath, type RepoPath } from '../../src/repository/path.ts';
import type { Transform } from '../../src/transforms/transform.ts';

const IDS = ['go-ldflags', 'distroless', 'pin-base', 'nonroot'];

function problems(text: string): readonly string[] {
  try {
    readConfiguration('dockmod.yaml', text, IDS);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ line, message }) => `${line ?? '-'}: ${message}`);
    throw error;
  }
  return [];
}

describe('a configuration', () => {
  it('has the defaults when the file is empty or only has comments', () => {
    expect(readConfiguration('dockmod.yaml', '', IDS)).toEqual(DEFAULT_CONFIGURATION);
    expect(readConfiguration('dockmod.yaml', '# nothing yet\n', IDS)).toEqual(DEFAULT_CONFIGURATION);
    expect(readConfiguration('dockmod.yaml', '{}', IDS)).toEqual(DEFAULT_CONFIGURATION);
  });

  it('is complete after reading: what is not said keeps its default', () => {
    const configuration = readConfiguration(
      'dockmod.yaml',
      [
        'transforms: { distroless: report }',
        'overrides:',
        '  - paths: ["legacy/**"]',
        '    transforms: { nonroot: off }',
        'comments: ja',
        'distroless: { debian: 12 }',
        'images: { python: "registry.example:5000/python:3.13-slim" }',
        'ignore: [third_party/]',
        'bot:',
        '  limits: { perRun: 3 }',
        '  rollout: { first: 5, then: merged }',
        '  schedule: { days: [mon, fri], hours: "22:00-06:30", timezone: Asia/Tokyo }',
        '  reviewers: [team/platform]',
      ].join('\n'),
      IDS,
    );
    expect(configuration).toEqual({
      ...DEFAULT_CONFIGURATION,
      transforms: { distroless: 'report' },
      overrides: [{ paths: ['legacy/**'], transforms: { nonroot: 'off' } }],
      images: { python: 'registry.example:5000/python:3.13-slim' },
      ignore: ['third_party/'],
      settings: { ...DEFAULT_CONFIGURATION.settings, comments: 'ja', distroless: { debian: 12 } },
      bot: {
        ...DEFAULT_CONFIGURATION.bot,
        limits: { ...DEFAULT_CONFIGURATION.bot.limits, perRun: 3 },
        rollout: { first: 5, then: 'merged' },
        schedule: { days: ['mon', 'fri'], hours: { from: 22 * 60, to: 6 * 60 + 30 }, timezone: 'Asia/Tokyo' },
        reviewers: ['team/platform'],
      },
    } satisfies Configuration);
  });

  it('reports every unknown key with its line and the key that was probably meant', () => {
    expect(problems('transfroms:\n  distroless: off\nbot:\n  lables: [x]\n  limits:\n    perHuor: 3\n')).toEqual([
      '1: unknown key "transfroms", did you mean "transforms"?',
      '4: bot: unknown key "lables", did you mean "labels"?',
      '6: bot.limits: unknown key "perHuor", did you mean "perHour"?',
    ]);
  });

  it('reports an unknown transform, also inside an override', () => {
    expect(problems('transforms:\n  distroles: off\noverrides:\n  - paths: [a]\n    transforms:\n      zzz: on\n')).toEqual([
      '2: unknown transform "distroles", did you mean "distroless"?',
      '6: unknown transform "zzz"; known are go-ldflags, distroless, pin-base, nonroot',
    ]);
  });

  it.each([
    ['transforms:\n  distroless: maybe\n', '2: transforms.distroless: expected on, report or off, found "maybe"'],
    ['distroless:\n  debian: 11\n', '2: distroless.debian: expected 12 or 13, found 11'],
    ['bot:\n  schedule:\n    timezone: Mars/Olympus\n', '3: bot.schedule.timezone: expected an IANA time zone, like Asia/Tokyo'],
    ['bot:\n  schedule:\n    timezone: "+09:00"\n', '3: bot.schedule.timezone: expected an IANA time zone, like Asia/Tokyo'],
    [
      'bot:\n  schedule:\n    hours: 9-17\n',
      '3: bot.schedule.hours: expected a window like "09:00-17:00"; "22:00-06:00" runs past midnight',
    ],
    [
      'bot:\n  branchPrefix: "../x"\n',
      '2: bot.branchPrefix: expected words of letters, digits, "_" and "-", each ended by "/", like dockmod/',
    ],
    ['bot:\n  rollout:\n    then: merged\n', '2: bot.rollout.first: missing'],
    ['nonroot:\n  uid: 0\n', '2: nonroot.uid: expected a whole number from 1000 to 65534'],
    ['images:\n  python: python\n', '2: images.python: expected an image reference with a tag, like registry.example/python:3.13-slim'],
    ['overrides:\n  - paths: []\n    transforms: {}\n', '2: overrides[0].paths: expected at least one pattern'],
    ['- a\n', '1: the file: expected a mapping, found a list'],
    ['bot:\n  limits: [1]\n', '2: bot.limits: expected a mapping, found a list'],
    ['ignore: vendor\n', '1: ignore: expected a list, found "vendor"'],
  ])('says what was expected: %j', (text, expected) => {
    expect(problems(text)).toEqual([expected]);
  });

  it('reports broken YAML and duplicate keys with the line', () => {
    expect(problems('a: [1\nb: 2\n')[0]).toMatch(/^\d: not valid YAML: /);
    expect(problems('comments: en\ncomments: ja\n')[0]).toMatch(/^2: not valid YAML: Map keys must be unique/);
  });

  it('refuses an alias bomb instead of expanding it', () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x]',
      ...'bcdefgh'.split('').map((letter, index) => `${letter}: &${letter} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(', ')}]`),
    ].join('\n');
    expect(problems(bomb)).toEqual(['-: aliases (`*name`) expand too far']);
  });
});

describe('the state of a transform', () => {
  const transform = { id: 'distroless', defaultState: 'on' } as Transform;
  const path = repoPath('services/legacy/api/Dockerfile') as RepoPath;

  it('is its default, unless the repository says otherwise', () => {
    expect(transformState(DEFAULT_CONFIGURATION, transform, path)).toBe('on');
    expect(transformState({ ...DEFAULT_CONFIGURATION, transforms: { distroless: 'off' } }, transform, path)).toBe('off');
  });

  it('follows the last override whose patterns match, with the rules of .gitignore', () => {
    const overrides = [
      { paths: ['services/**', '!services/legacy/web'], transforms: { distroless: 'off' } },
      { paths: ['legacy'], transforms: { distroless: 'report' } },
      { paths: ['Dockerfile'], transforms: { nonroot: 'off' } },
    ] as const;
    expect(transformState({ ...DEFAULT_CONFIGURATION, overrides }, transform, path)).toBe('report');
    expect(transformState({ ...DEFAULT_CONFIGURATION, overrides }, transform, repoPath('services/web/Dockerfile') as RepoPath)).toBe('off');
    expect(transformState({ ...DEFAULT_CONFIGURATION, overrides }, transform, repoPath('tools/Dockerfile') as RepoPath)).toBe('on');
  });

  it('is at most "report" once the transform is retracted', () => {
    expect(transformState(DEFAULT_CONFIGURATION, { ...transform, retracted: 'wrong flags' }, path)).toBe('report');
  });
});

describe('a suggestion', () => {
  it('forgives a letter too many, too few, wrong or swapped', () => {
    expect(suggestion('distrolesss', IDS)).toBe('distroless');
    expect(suggestion('pinbase', IDS)).toBe('pin-base');
    expect(suggestion('go-ldfalgs', IDS)).toBe('go-ldflags');
    expect(suggestion('ldflags', IDS)).toBe('go-ldflags');
  });
  it('stays silent rather than guess wildly', () => {
    expect(suggestion('kubernetes', IDS)).toBeUndefined();
    expect(didYouMean('kubernetes', IDS)).toBe('');
  });
});
