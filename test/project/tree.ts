/** A repository in memory from an object of texts. */

import { memoryFiles, type RepositoryFiles } from '../../src/repository/files.ts';
import type { RepoPath } from '../../src/repository/path.ts';

export function tree(texts: Readonly<Record<string, string>>): RepositoryFiles {
  return memoryFiles(new Map(Object.entries(texts).map(([path, text]) => [path as RepoPath, text])));
}

export const at = (path: string): RepoPath => path as RepoPath;
