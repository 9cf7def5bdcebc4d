import { expect, it } from 'vitest';
import { memoryFiles } from '../../src/repository/files.ts';
import type { RepoPath } from '../../src/repository/path.ts';
import { outcomeOf, planTree } from '../support/fixture.ts';

it('a refusal by design says what may be done all the same', () => {
  const plan = planTree(
    memoryFiles(new Map([['Dockerfile' as RepoPath, 'FROM postgres:16-alpine\nCOPY init.sql /docker-entrypoint-initdb.d/\n']])),
    ['distroless', 'nonroot'],
  );
  const hints = ['distroless', 'nonroot'].map((transform) => {
    const outcome = outcomeOf(plan, transform);
    return outcome.kind === 'refused' ? outcome.refusals.map(({ unblock }) => unblock) : [];
  });
  expect(hints).toEqual([[expect.stringContaining('dockmod: ignore')], [expect.stringContaining('user:')]]);
});
