/** Places in a plan are lines of the user's files, whatever earlier transforms and earlier services inserted above them. */

import { describe, expect, it } from 'vitest';
import { migrate } from '../../src/migrate.ts';
import { DEFAULT_CONFIGURATION } from '../../src/plan/configuration.ts';
import { memoryFiles } from '../../src/repository/files.ts';
import type { RepoPath } from '../../src/repository/path.ts';
import { outcomeOf, planTree, refusalsOf } from '../support/fixture.ts';
import { frozenImages } from '../support/images.ts';

function files(texts: Readonly<Record<string, string>>): ReturnType<typeof memoryFiles> {
  return memoryFiles(new Map(Object.entries(texts).map(([path, text]) => [path as RepoPath, text])));
}

describe('a plan of several transforms', () => {
  const dockerfile = [
    'FROM golang:1.26',
    'WORKDIR /src',
    'COPY . .',
    'RUN go build -o /app .',
    '# People come here by the old address.',
    'EXPOSE 80',
    'CMD ["/app"]',
    '',
  ].join('\n');
  const tree = files({
    Dockerfile: dockerfile,
    'go.mod': 'module example.com/app\n\ngo 1.26\n',
    'go.sum': '',
    'main.go': 'package main\n\nfunc main() {}\n',
  });
  const plan = planTree(tree, ['multi-stage', 'go-ldflags', 'nonroot']);

  it('inserts lines before the transform that refuses', () => {
    const after = plan.changes.find(({ path }) => path === 'Dockerfile')?.after.split('\n') ?? [];
    expect(after.indexOf('EXPOSE 80')).toBeGreaterThan(dockerfile.split('\n').indexOf('EXPOSE 80'));
  });

  it('refuses at the line of the file as it is', () => {
    expect(refusalsOf(outcomeOf(plan, 'nonroot'))).toContainEqual({ code: 'privileged-port', at: 'Dockerfile:6' });
  });

  it('names the lines that change, and what they rest on, in the file as it is', () => {
    const outcome = outcomeOf(plan, 'go-ldflags');
    if (outcome.kind !== 'applied') throw new Error(outcome.kind);
    expect(outcome.lines.map(({ line }) => line)).toContain(4);
    expect(outcome.evidence.map(({ at }) => at?.line)).toContain(4);
    for (const { line } of outcome.lines) expect(line).toBeLessThan(5);
  });
});

it('a file that services share is named by its own lines, and edited where they went', () => {
  const service = (name: string): Record<string, string> => ({
    [`${name}/Dockerfile`]: 'FROM denoland/deno:2.9.1\nWORKDIR /app\nCOPY main.ts .\nCMD ["run", "-A", "main.ts"]\n',
    [`${name}/main.ts`]: 'Deno.serve({ port: 8080 }, () => new Response(Deno.env.get("A")));\n',
  });
  const compose = [
    'services:',
    '  first:',
    '    build: first',
    '    command:',
    '      - deno',
    '      - run',
    '      - -A',
    '      - main.ts',
    '  second:',
    '    build: second',
    '    command:',
    '      - deno',
    '      - run',
    '      - -A',
    '      - main.ts',
    '',
  ];
  const tree = files({ 'compose.yaml': compose.join('\n'), ...service('first'), ...service('second') });
  const options = { configuration: DEFAULT_CONFIGURATION, images: frozenImages, only: ['deno-permissions'] };
  const [first, second] = [...migrate(tree, options)];
  if (first === undefined || second === undefined) throw new Error('two services');
  const places = [first, second].map((plan) => {
    const outcome = outcomeOf(plan, 'deno-permissions');
    return outcome.kind === 'applied' ? outcome.lines.filter(({ path }) => path === 'compose.yaml').map(({ line }) => line) : [];
  });
  expect(places).toEqual([[7], [14]]);
  const last = second.changes.find(({ path }) => path === 'compose.yaml')?.after ?? '';
  expect(last).not.toContain('-A');
  expect(last.match(/--allow-net/g)).toHaveLength(2);
});
