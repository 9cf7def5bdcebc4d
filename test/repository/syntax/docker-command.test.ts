import { describe, expect, it } from 'vitest';
import { dockerCommands, type DockerCommand } from '../../../src/repository/syntax/docker-command.ts';
import { fillings, readable } from '../../../src/repository/syntax/holes.ts';
import { shellCommands } from '../../../src/repository/syntax/shell-commands.ts';
import { cpuTime } from '../../support/cpu-time.ts';

const words = (text: string): readonly (readonly string[])[] => shellCommands(text).map((command) => command.words.map(readable));
const commands = (text: string): readonly unknown[] =>
  dockerCommands(text).map(({ command, line }) => ({
    line,
    ...(JSON.parse(JSON.stringify(command), (_, value: unknown) => (typeof value === 'string' ? readable(value) : value)) as DockerCommand),
  }));

describe('a script is split into simple commands', () => {
  it.each([
    ['docker build -t \'a b\' "c"d .', [['docker', 'build', '-t', 'a b', 'cd', '.']]],
    ['docker build . # comment', [['docker', 'build', '.']]],
    ['a && docker build . || b; c | docker run x & d', [['a'], ['docker', 'build', '.'], ['b'], ['c'], ['docker', 'run', 'x'], ['d']]],
    ['docker build \\\n  -f x \\\r\n  .', [['docker', 'build', '-f', 'x', '.']]],
    ['(cd a && docker build .)', [['('], ['cd', 'a'], ['docker', 'build', '.'], [')']]],
    [
      "echo it's fine; docker run x",
      [
        ['echo', "it's", 'fine'],
        ['docker', 'run', 'x'],
      ],
    ],
    [
      'docker build -t $(IMAGE):$$TAG ${CTX:-.} {{ctx}} ${{ matrix.dir }} > /dev/null 2>&1',
      [['docker', 'build', '-t', '${IMAGE}:${TAG}', '.', '${ctx}', '${matrix.dir}']],
    ],
    [
      'cd "$(dirname "$0")/.." && docker build .',
      [
        ['cd', '${%script}/..'],
        ['docker', 'build', '.'],
      ],
    ],
    ['cd "$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"', [['cd', '${%script}/..']]],
    ['cd $(git rev-parse --show-toplevel)', [['cd', '${%top}']]],
    ['docker build - < Dockerfile.x', [['docker', 'build', '-']]],
  ])('%s', (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  it('is linear in hostile text', () => {
    const start = cpuTime();
    for (const text of [
      'docker build ' + '"'.repeat(19_000),
      '$('.repeat(9000) + 'build',
      '${a:-'.repeat(4000) + 'build',
      '\\\n'.repeat(200_000) + 'run',
      `(${'$(dirname '.repeat(1900)}`,
      'build ' + '{{'.repeat(9000),
      ' build'.repeat(160_000),
    ])
      shellCommands(text);
    expect(cpuTime() - start).toBeLessThan(3000);
  });
});

describe('commands of docker and its kin', () => {
  const build = { kind: 'build', context: '.', tags: [], args: [], platforms: [], line: 1 };
  it.each([
    ['docker build .', [build]],
    [
      '\t@docker build -fdocker/x.Dockerfile -t acme/x:1 --target run --build-arg A=1 --build-arg=B --no-cache --platform linux/amd64,linux/arm64 .',
      [
        {
          ...build,
          file: 'docker/x.Dockerfile',
          tags: ['acme/x:1'],
          target: 'run',
          args: ['A=1', 'B'],
          platforms: ['linux/amd64', 'linux/arm64'],
        },
      ],
    ],
    ['sudo -E DOCKER_BUILDKIT=1 docker --debug buildx build --push --file=x ctx', [{ ...build, file: 'x', context: 'ctx' }]],
    ['\t$(CONTAINER_TOOL) build -t ${IMG} .', [{ ...build, tags: ['${IMG}'] }]],
    ['podman build --squash x', [{ ...build, context: 'x' }]],
    ['buildah bud -f Containerfile .', [{ ...build, file: 'Containerfile' }]],
    [
      '/kaniko/executor --context dir://$CI_PROJECT_DIR/app --dockerfile app/Dockerfile --destination r/x',
      [{ ...build, file: 'app/Dockerfile', context: '${%top}/app', tags: ['r/x'] }],
    ],
    ['bash -c "cd sub && docker build ."', [{ kind: 'cd', dir: 'sub', line: 1 }, build]],
    [
      'docker run --rm -it -p 80:80 -eA=1 --user 1000 --name n acme/x sh -c "a b"',
      [{ line: 1, kind: 'run', words: ['acme/x', 'sh', '-c', 'a b'], name: 'n', user: '1000', environment: ['A=1'], volumes: [] }],
    ],
    ['docker exec -itu root -w /x c ls -la', [{ line: 1, kind: 'exec', container: 'c', words: ['ls', '-la'] }]],
    [
      'docker compose -f a.yml --profile x exec -T db psql -U x',
      [{ line: 1, kind: 'compose', verb: 'exec', service: 'db', words: ['psql', '-U', 'x'], files: ['a.yml'] }],
    ],
    [
      'docker-compose run --rm --entrypoint sh web -c ls',
      [{ line: 1, kind: 'compose', verb: 'run', service: 'web', words: ['-c', 'ls'], files: [], entrypoint: 'sh' }],
    ],
    ['docker compose -f deploy/x.yml up -d', [{ line: 1, kind: 'compose-file', files: ['deploy/x.yml'] }]],
    [
      'kubectl -n shop exec -it deploy/api -c main -- sh -c ls',
      [{ line: 1, kind: 'kubectl-exec', target: 'deploy/api', container: 'main', words: ['sh', '-c', 'ls'] }],
    ],
    [
      'docker ps; docker push x; which docker; apt-get install docker build-essential; echo docker build .; go build ./...; kubectl apply -f x',
      [],
    ],
    ['x=$(docker run -d acme/y)', [{ line: 1, kind: 'run', words: ['acme/y'], environment: [], volumes: [] }]],
  ])('%s', (text, expected) => {
    expect(commands(text)).toEqual(expected);
  });
});

it('holes are filled with the same value everywhere, and unknown ones stay', () => {
  const raw = shellCommands('docker build -f $svc/Dockerfile.$x $svc ${t:-$svc}')[0]?.words ?? [];
  const filled = fillings(raw.slice(3), (name) => (name === 'svc' ? ['a', 'b'] : undefined)).map((line) => line.map(readable));
  expect(filled).toEqual([
    ['a/Dockerfile.${x}', 'a', 'a'],
    ['b/Dockerfile.${x}', 'b', 'b'],
  ]);
});
