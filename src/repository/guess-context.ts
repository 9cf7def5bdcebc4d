/** The build context of a Dockerfile that nothing references: where its COPY sources are. A scan of lines, no parser. */

import { textOf, type RepositoryFiles } from './files.ts';
import { dirname, repoPath, ROOT, type RepoPath } from './path.ts';

/** The nearest directory, from the Dockerfile's own upwards, that has every literal source; `undefined` when none has. */
export function guessContext(files: RepositoryFiles, dockerfile: RepoPath): RepoPath | undefined {
  const sources = copySources(textOf(files, dockerfile) ?? '');
  for (let dir = dirname(dockerfile); ; dir = dirname(dir)) {
    if (sources.every((source) => exists(files, source, dir))) return dir;
    if (dir === ROOT) return undefined;
  }
}

function exists(files: RepositoryFiles, source: string, dir: RepoPath): boolean {
  const path = repoPath(source.replace(/^\/+/, ''), dir);
  return path !== undefined && (files.isFile(path) || files.isDirectory(path));
}

/** Sources that are plain paths: no stage, no variable, no glob, no address, no heredoc. */
function copySources(text: string): readonly string[] {
  const sources: string[] = [];
  for (const line of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const match = /^\s*(?:COPY|ADD)\s+(.*)$/i.exec(line);
    const rest = match?.[1];
    if (rest === undefined || /--from[=\s]/.test(rest) || rest.includes('<<')) continue;
    const words = rest.replace(/^(?:--\S+\s+)+/, '').trim();
    const list = words.startsWith('[') ? jsonWords(words) : words.split(/\s+/);
    for (const word of list.slice(0, -1)) {
      if (!/[$*?[\\"']|^[a-z]+:\/\/|^git@/.test(word)) sources.push(word);
    }
  }
  return sources;
}

function jsonWords(text: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  } catch {
    return [];
  }
}
