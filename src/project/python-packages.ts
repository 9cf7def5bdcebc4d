/** Which Python packages weigh heavily or need system libraries at run time. */

import type { RepositoryFiles } from '../repository/files.ts';
import type { Location } from '../repository/location.ts';
import type { PythonProject } from './python-project.ts';
import type { ProgramFacts } from './program.ts';

export interface PythonPackage {
  readonly name: string;
  readonly version: string | undefined;
  readonly at: Location;
}

/** Every package that a lock or requirements file names (uv.lock, poetry.lock, Pipfile.lock, requirements), else the manifest's. */
export function pythonPackages(_files: RepositoryFiles, _project: PythonProject): { readonly locked: boolean; readonly packages: readonly PythonPackage[] } {
  return { locked: false, packages: [] };
}

export type PythonTrait =
  /** torch, tensorflow, nvidia-*: gigabytes, bytecode compilation costs size. */
  | 'machine-learning'
  /** Downloads models or data at build or run time: transformers, nltk, spacy, sentence-transformers. */
  | 'model-cache'
  /** playwright, selenium, pyppeteer. */
  | 'browser'
  /** Needs a system library at run time (psycopg2 without -binary, mysqlclient, weasyprint, python-magic, ...). */
  | 'system-library'
  /** Starts another program: pydub, ffmpeg-python, GitPython. */
  | 'executes';

export interface PythonFinding {
  readonly trait: PythonTrait;
  readonly package: PythonPackage;
  /** Debian names of libraries or programs, where known. */
  readonly needs: readonly string[];
}

export function pythonFindings(_files: RepositoryFiles, _project: PythonProject): readonly PythonFinding[] {
  return [];
}

/** Run-time facts of the Python sources below the project's directory. */
export function pythonFacts(_files: RepositoryFiles, _project: PythonProject): ProgramFacts {
  return { complete: false, files: [], computedFiles: [], executes: [], ports: [], probes: [], embeds: [], timezones: [], users: [], healthPaths: [] };
}
