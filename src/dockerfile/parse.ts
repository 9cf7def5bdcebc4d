/** Dockerfile text to the lossless model, by BuildKit's rules. The only entrance. */

import type { RepoPath } from '../repository/path.ts';
import type { ParseResult } from './dockerfile.ts';

/** Total and linear in the text: whatever cannot be used is an outcome with a line. */
export function parseDockerfile(path: RepoPath, _text: string): ParseResult {
  return { kind: 'unusable', reason: 'unparsable', at: { path, line: 1 }, detail: 'not implemented yet' };
}
