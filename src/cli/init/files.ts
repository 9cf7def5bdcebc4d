/** The files that `dockmod init` proposes, made from what discovery found. Files that exist are never proposed again. */

import type { Discovery, Service } from '../../repository/service.ts';
import { dirname } from '../../repository/path.ts';

export interface ProposedFile {
  readonly path: string;
  readonly text: string;
  /** One line: what it is for. */
  readonly purpose: string;
}

export interface InitChoices {
  readonly updates: 'renovate' | 'dependabot' | 'none';
  readonly scan: 'trivy' | 'scout' | 'none';
  /** `owner/name@ref` of the action. */
  readonly action: string;
}

export function configurationFile(): ProposedFile {
  return { path: 'dockmod.yaml', purpose: 'configuration; every line is optional', text: CONFIGURATION };
}

/** An odd minute: GitHub starts the runs of full hours late, or drops them. */
export function scheduleFile({ action }: InitChoices): ProposedFile {
  return {
    path: '.github/workflows/dockmod.yml',
    purpose: 'runs the bot every night, and on demand',
    text: SCHEDULE.replace('ACTION', action),
  };
}

/** A rule that keeps the images fresh that dockmod writes. */
export function updatesFile({ services }: Discovery, { updates }: InitChoices): ProposedFile | undefined {
  if (updates === 'renovate')
    return { path: 'renovate.json', purpose: 'keeps base images fresh, `COPY --from=` and `# syntax=` lines included', text: RENOVATE };
  if (updates === 'none') return undefined;
  const directories = [...new Set(services.map(({ dockerfile }) => `/${dirname(dockerfile) === '.' ? '' : dirname(dockerfile)}`))].sort();
  return {
    path: '.github/dependabot.yml',
    purpose: 'keeps base images fresh; Dependabot does not see `COPY --from=` (dependabot/dependabot-core#5103)',
    text: `${DEPENDABOT}${directories.map((directory) => `      - ${JSON.stringify(directory)}\n`).join('')}    schedule:\n      interval: weekly\n    groups:\n      images:\n        patterns: ["*"]\n`,
  };
}

/** Builds and scans each image. */
export function scanFile({ services }: Discovery, { scan }: InitChoices): ProposedFile | undefined {
  const built = services.filter(({ twinOf, builds: [build] }) => twinOf === undefined && build.context !== undefined);
  if (scan === 'none' || built.length === 0) return undefined;
  const rows = built
    .slice(0, 256)
    .map((service) => `          - ${JSON.stringify(rowOf(service))}\n`)
    .join('');
  return {
    path: '.github/workflows/image-scan.yml',
    purpose: `builds every image and scans it with ${scan === 'trivy' ? 'Trivy' : 'Docker Scout'}`,
    text: `${SCAN_HEAD}${rows}${SCAN_BUILD}${scan === 'trivy' ? TRIVY : SCOUT}`,
  };
}

function rowOf({ name, dockerfile, builds: [{ context, target }] }: Service): Readonly<Record<string, string>> {
  return { service: name, dockerfile, context: context ?? '.', target: target ?? '' };
}

const CONFIGURATION = `# What dockmod may do here. Every key is documented in docs/configuration.md of dockmod.
transforms: {}
#  distroless: report   # show it, change nothing
#  nonroot: off
bot:
  limits:
    openPullRequests: 5
#  schedule:            # when pull requests may be created
#    days: [mon, tue, wed, thu]
#    hours: "09:00-17:00"
#    timezone: Europe/Berlin
`;

const SCHEDULE = `name: dockmod
on:
  schedule:
    - cron: "37 3 * * *"
  workflow_dispatch:
permissions:
  contents: write
  pull-requests: write
concurrency:
  group: dockmod
  cancel-in-progress: false
jobs:
  bot:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
      # The token of Actions starts no workflows on the pull requests; a GitHub App's token does (see docs/workflows).
      - uses: ACTION
        with:
          token: \${{ github.token }}
`;

const RENOVATE = `{
  "$schema": "https://docs.renovatebot.com/renovate-schema.json",
  "extends": ["config:recommended"],
  "packageRules": [
    {
      "description": "Base images and the images that Dockerfiles copy from, together, once a week",
      "matchManagers": ["dockerfile", "docker-compose"],
      "groupName": "container images",
      "schedule": ["before 6am on monday"]
    }
  ]
}
`;

const DEPENDABOT = `version: 2
updates:
  - package-ecosystem: docker
    directories:
`;

const SCAN_HEAD = `name: image scan
on:
  push:
    branches: [main, master, trunk]
  pull_request:
  schedule:
    - cron: "23 4 * * 1"
permissions:
  contents: read
  # Private repositories need it to upload results.
  actions: read
  security-events: write
jobs:
  scan:
    runs-on: ubuntu-latest
    strategy:
      fail-fast: false
      matrix:
        include:
`;

const SCAN_BUILD = `    steps:
      - uses: actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1
        with:
          persist-credentials: false
      - name: build
        env:
          DOCKERFILE: \${{ matrix.dockerfile }}
          CONTEXT: \${{ matrix.context }}
          TARGET: \${{ matrix.target }}
        run: docker build --file "$DOCKERFILE" \${TARGET:+--target "$TARGET"} --tag scanned:local "$CONTEXT"
`;

// The commit of v0.35.0: tags of this action were moved to malicious commits in March 2026 (GHSA-69fq-xp46-6x23).
const TRIVY = `      - uses: aquasecurity/trivy-action@57a97c7e7821a5776cebc9bb87c984fa69cba8f1 # v0.35.0
        with:
          image-ref: scanned:local
          format: sarif
          output: trivy.sarif
          ignore-unfixed: true
          severity: CRITICAL,HIGH
      - uses: github/codeql-action/upload-sarif@5d4e8d1aca955e8d8589aabd499c5cae939e33c7 # v4.31.9
        # Pull requests from forks have a token that may not upload.
        if: \${{ github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository }}
        with:
          sarif_file: trivy.sarif
          category: image-\${{ matrix.service }}
`;

const SCOUT = `      - uses: docker/scout-action@v1
        with:
          command: cves
          image: local://scanned:local
          only-fixed: true
          only-severities: critical,high
          sarif-file: scout.sarif
          dockerhub-user: \${{ secrets.DOCKERHUB_USERNAME }}
          dockerhub-password: \${{ secrets.DOCKERHUB_TOKEN }}
      - uses: github/codeql-action/upload-sarif@5d4e8d1aca955e8d8589aabd499c5cae939e33c7 # v4.31.9
        # Pull requests from forks have a token that may not upload.
        if: \${{ github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository }}
        with:
          sarif_file: scout.sarif
          category: image-\${{ matrix.service }}
`;
