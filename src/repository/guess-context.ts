/** The build context of a Dockerfile that nothing references: where its COPY sources are. */

import { basename, dirname, repoPath, ROOT, type RepoPath } from './path.ts';
import type { Survey } from './survey.ts';

/** Directories that hold Dockerfiles and scripts for a program that lies elsewhere. */
const PACKAGING =
  /^(?:\.?docker|dockerfiles?|build|containers?|images?|deploy|deployments?|\.?ci|packaging|hack|infra|ops|\.devcontainer)$/i;
const MANIFEST = [
  'go.mod',
  'package.json',
  'Cargo.toml',
  'pyproject.toml',
  'requirements.txt',
  'setup.py',
  'Pipfile',
  'deno.json',
  'deno.jsonc',
  'pom.xml',
  'build.gradle',
  'build.gradle.kts',
  'Gemfile',
  'composer.json',
  'mix.exs',
];

export function isPackagingDirectory(dir: RepoPath): boolean {
  return PACKAGING.test(basename(dir));
}

/**
 * The nearest directory, from the Dockerfile's own upwards, in which every literal source exists; `undefined` when none has
 * them all, or when everything is copied (`COPY . .`) from a directory that holds only what packages a program.
 */
export function guessContext(survey: Survey, dockerfile: RepoPath): RepoPath | undefined {
  const { sources } = survey.scan(dockerfile);
  const everything = sources.some((source) => /^\/?\.?\/?$/.test(source));
  for (let dir = dirname(dockerfile); ; dir = dirname(dir)) {
    if (sources.every((source) => exists(survey, source, dir))) {
      return everything && isPackagingDirectory(dir) && !MANIFEST.some((name) => exists(survey, name, dir)) ? undefined : dir;
    }
    if (dir === ROOT) return undefined;
  }
}

function exists(survey: Survey, source: string, dir: RepoPath): boolean {
  const path = repoPath(source.replace(/^\/+/, ''), dir);
  return path !== undefined && (survey.exists(path) || survey.files.isDirectory(path));
}
