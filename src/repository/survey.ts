/** One reading of a repository: the files that may say something about images, each read and parsed once. */

import { dockerfileName } from './dockerfile-names.ts';
import { textOf, type RepositoryFiles } from './files.ts';
import { globRules, isIgnored } from './gitignore.ts';
import type { Location } from './location.ts';
import type { RepoPath } from './path.ts';
import type { SkippedFile } from './service.ts';
import { scanText, type DockerfileScan } from './syntax/dockerfile-scan.ts';
import { readYaml, type YamlNode } from './syntax/yaml.ts';
import { foreignTree } from './trees.ts';

export interface Survey {
  readonly files: RepositoryFiles;
  /** Files whose statements count: those of vendored code and test fixtures do not. */
  readonly sources: readonly RepoPath[];
  /** Dockerfiles by name, everywhere. Names that may mean something else are decided by the text. */
  readonly dockerfiles: ReadonlySet<RepoPath>;
  /** Dockerfiles to leave alone unless something names them, with the reason. */
  readonly apart: ReadonlyMap<RepoPath, SkippedFile>;
  /** Files and links: both exist for a build. */
  readonly exists: (path: RepoPath) => boolean;
  readonly text: (path: RepoPath) => string | undefined;
  /** Documents of a YAML file; what cannot be read is noted as a problem when `required`. */
  readonly yaml: (path: RepoPath, required: boolean) => readonly YamlNode[];
  readonly scan: (path: RepoPath) => DockerfileScan;
  readonly note: (at: Location, message: string) => void;
  readonly problems: () => readonly { readonly at: Location; readonly message: string }[];
}

export interface SurveyOptions {
  /** Patterns as in .gitignore: Dockerfiles that match are left alone. */
  readonly ignore?: readonly string[];
}

export function surveyOf(files: RepositoryFiles, options: SurveyOptions): Survey {
  const list = files.list();
  const listed = new Set(list);
  const ignored = globRules(options.ignore ?? []);
  const scans = new Map<RepoPath, DockerfileScan>();
  const scan = (path: RepoPath): DockerfileScan => {
    let found = scans.get(path);
    if (!found) scans.set(path, (found = scanText(textOf(files, path) ?? '')));
    return found;
  };
  const dockerfiles = new Set<RepoPath>();
  const apart = new Map<RepoPath, SkippedFile>();
  for (const path of list) {
    const named = dockerfileName(path);
    if (named === undefined || (named === 'unsure' && !scan(path).isDockerfile)) continue;
    dockerfiles.add(path);
    const reason = named === 'template' ? 'template' : isIgnored(ignored, path, 'file') ? 'ignored' : foreignTree(path);
    if (reason !== undefined) apart.set(path, { path, reason, detail: DETAIL[reason] });
  }
  const problems = new Map<string, { readonly at: Location; readonly message: string }>();
  const note = (at: Location, message: string): void => {
    const key = `${at.path}:${at.line}:${message}`;
    if (!problems.has(key)) problems.set(key, { at, message });
  };
  const documents = new Map<RepoPath, ReturnType<typeof readYaml>>();
  return {
    files,
    dockerfiles,
    apart,
    scan,
    note,
    sources: list.filter((path) => foreignTree(path) === undefined),
    exists: (path) => listed.has(path),
    text: (path) => textOf(files, path),
    yaml: (path, required) => {
      let answer = documents.get(path);
      if (!answer) {
        const read = files.read(path);
        answer = read.kind === 'text' ? readYaml(path, read.text) : { kind: 'broken', at: { path, line: 1 }, message: read.detail };
        documents.set(path, answer);
      }
      if (answer.kind === 'read') return answer.documents;
      if (required) note(answer.at, answer.message);
      return [];
    },
    problems: () => [...problems.values()],
  };
}

const DETAIL = {
  template: 'a template of a Dockerfile',
  ignored: 'the configuration ignores it',
  vendored: "somebody else's code",
  'test-fixture': 'test data',
} as const;
