import { describe, expect, it } from 'vitest';
import { discover } from '../../src/repository/discover.ts';
import { memoryFiles } from '../../src/repository/files.ts';
import type { RepoPath } from '../../src/repository/path.ts';
import type { Build, Dependent, Discovery, Service } from '../../src/repository/service.ts';

type Files = Readonly<Record<string, string>>;

const GO =
  'FROM golang:1.24 AS build\nCOPY . .\nRUN go build -o /app .\nFROM alpine:3.22 AS run\nCOPY --from=build /app /app\nCMD ["/app"]\n';

function look(files: Files): Discovery {
  return discover(memoryFiles(new Map(Object.entries(files) as [RepoPath, string][])));
}

function service(files: Files, dockerfile: string): Service {
  const found = look(files).services.find((one) => one.dockerfile === dockerfile);
  if (!found) throw new Error(`no service at ${dockerfile}`);
  return found;
}

/** Builds in short: who says it where, and what is built. Absent fields are left out. */
function builds(files: Files, dockerfile: string): readonly Partial<Build>[] {
  return service(files, dockerfile).builds.map(({ by, at, context, target, args, name }) => ({
    by,
    at: { path: at.path, line: at.line },
    context,
    ...(target === undefined ? {} : { target }),
    ...(name === undefined ? {} : { name }),
    ...(Object.keys(args).length === 0 ? {} : { args }),
  }));
}

function said<K extends Dependent['kind']>(files: Files, dockerfile: string, kind: K): readonly (Dependent & { readonly kind: K })[] {
  return service(files, dockerfile).dependents.filter((one): one is Dependent & { readonly kind: K } => one.kind === kind);
}

describe('compose', () => {
  it('short and long forms, paths relative to the file', () => {
    const files = {
      'deploy/compose.yaml':
        'services:\n  api:\n    build: ../api\n  web:\n    build:\n      context: ../web\n      dockerfile: docker/Dockerfile.web\n      target: run\n      args:\n        - VERSION=1\n        - COMMIT\n',
      'api/Dockerfile': GO,
      'web/docker/Dockerfile.web': GO,
    };
    expect(builds(files, 'api/Dockerfile')).toEqual([
      { by: 'compose', at: { path: 'deploy/compose.yaml', line: 3 }, context: 'api', name: 'api' },
    ]);
    expect(builds(files, 'web/docker/Dockerfile.web')).toEqual([
      {
        by: 'compose',
        at: { path: 'deploy/compose.yaml', line: 6 },
        context: 'web',
        target: 'run',
        name: 'web',
        args: { VERSION: '1', COMMIT: undefined },
      },
    ]);
  });

  it('anchors, merge keys and extension fields', () => {
    const files = {
      'compose.yaml':
        'x-build: &build\n  context: .\n  dockerfile: app/Dockerfile\nservices:\n  a:\n    build:\n      <<: *build\n      target: run\n  b:\n    build: *build\n',
      'app/Dockerfile': GO,
    };
    expect(service(files, 'app/Dockerfile').builds.map(({ name, context, target }) => [name, context, target])).toEqual([
      ['a', '.', 'run'],
      ['b', '.', undefined],
    ]);
  });

  it('extends, from another file: its paths stay relative to that file', () => {
    const files = {
      'compose.yaml': 'services:\n  api:\n    extends:\n      file: common/base.yaml\n      service: go\n    command: ["serve"]\n',
      'common/base.yaml': 'services:\n  go:\n    build: ./go\n    user: "1000"\n',
      'common/go/Dockerfile': GO,
    };
    expect(service(files, 'common/go/Dockerfile').builds.some(({ name, context }) => name === 'api' && context === 'common/go')).toBe(true);
    expect(said(files, 'common/go/Dockerfile', 'user').map(({ by, user }) => [by, user])).toContainEqual(['api', '1000']);
    expect(said(files, 'common/go/Dockerfile', 'command').map(({ command }) => command)).toEqual([{ form: 'exec', argv: ['serve'] }]);
  });

  it('include, short and long', () => {
    const files = {
      'compose.yaml': 'include:\n  - infra/db.yml\n  - path: infra/mq.yml\nservices: {}\n',
      'infra/db.yml': 'services:\n  db:\n    build: db\n',
      'infra/mq.yml': 'services:\n  mq:\n    build: mq\n',
      'infra/db/Dockerfile': 'FROM postgres:16\n',
      'infra/mq/Dockerfile': 'FROM rabbitmq:4\n',
    };
    expect(builds(files, 'infra/db/Dockerfile')).toEqual([
      { by: 'compose', at: { path: 'infra/db.yml', line: 3 }, context: 'infra/db', name: 'db' },
    ]);
    expect(builds(files, 'infra/mq/Dockerfile')[0]).toMatchObject({ by: 'compose', context: 'infra/mq' });
  });

  it('an override says more about a service that another file builds', () => {
    const files = {
      'docker-compose.yml': 'services:\n  api:\n    build: api\n',
      'docker-compose.override.yml':
        'services:\n  api:\n    healthcheck:\n      test: ["CMD", "wget", "-q", "localhost"]\n    user: "0:0"\n',
      'api/Dockerfile': GO,
    };
    expect(said(files, 'api/Dockerfile', 'probe').map(({ at, probe }) => [at.path, probe])).toEqual([
      ['docker-compose.override.yml', { kind: 'command', command: { form: 'exec', argv: ['wget', '-q', 'localhost'] } }],
    ]);
    expect(said(files, 'api/Dockerfile', 'user')).toHaveLength(1);
  });

  it('variables: defaults, .env, and what nobody knows', () => {
    const files = {
      'compose.yaml':
        'services:\n  api:\n    build:\n      context: ${DIR:-api}\n      dockerfile: Dockerfile.${FLAVOUR}\n      args:\n        A: ${A-one}\n        B: ${UNKNOWN}\n        C: $$literal\n  other:\n    build: ${NOWHERE}\n',
      '.env': 'FLAVOUR=prod\n',
      'api/Dockerfile.prod': GO,
    };
    expect(builds(files, 'api/Dockerfile.prod')).toEqual([
      {
        by: 'compose',
        at: { path: 'compose.yaml', line: 4 },
        context: 'api',
        name: 'api',
        args: { A: 'one', B: undefined, C: '$literal' },
      },
    ]);
  });

  it('profiles, additional contexts and inline Dockerfiles', () => {
    const files = {
      'compose.yaml':
        'services:\n  base:\n    build: base\n  app:\n    profiles: [tools]\n    build:\n      context: app\n      additional_contexts:\n        base: service:base\n  odd:\n    build:\n      context: .\n      dockerfile_inline: |\n        FROM alpine\n',
      'base/Dockerfile': 'FROM alpine:3.22\n',
      'app/Dockerfile': 'FROM base\nCMD ["x"]\n',
    };
    expect(builds(files, 'app/Dockerfile')[0]).toMatchObject({ by: 'compose', name: 'app', context: 'app' });
    expect(said(files, 'base/Dockerfile', 'base-of').map(({ dockerfile }) => dockerfile)).toContain('app/Dockerfile');
    expect(look(files).skipped).toEqual([expect.objectContaining({ reason: 'inline' })]);
  });

  it('remote contexts build nothing of ours', () => {
    expect(
      look({ 'compose.yaml': 'services:\n  a:\n    build: https://github.com/x/y.git#main\n', Dockerfile: GO }).services[0]?.builds[0].by,
    ).toBe('convention');
  });

  it('mounts, ports, environment, tmpfs, secrets and who waits', () => {
    const files = {
      'compose.yaml':
        'services:\n  api:\n    build: .\n    volumes:\n      - data:/var/lib/api\n      - ./conf:/etc/api:ro\n      - type: bind\n        source: ./logs\n        target: /logs\n    tmpfs: /run\n    secrets: [token]\n    ports: ["8080:80", "9000"]\n    environment: { A: "1" }\n    devices: ["/dev/kvm"]\n  web:\n    image: nginx\n    depends_on:\n      api: { condition: service_healthy }\nvolumes: { data: {} }\n',
      Dockerfile: GO,
    };
    expect(said(files, 'Dockerfile', 'mount').map(({ mount: { target, type, readOnly } }) => [target, type, readOnly])).toEqual([
      ['/var/lib/api', 'named', false],
      ['/etc/api', 'bind', true],
      ['/logs', 'bind', false],
      ['/run', 'tmpfs', false],
      ['/run/secrets/token', 'secret', true],
      ['/dev/kvm', 'device', false],
    ]);
    expect(said(files, 'Dockerfile', 'port').map(({ host, container }) => [host, container])).toEqual([
      [8080, 80],
      [undefined, 9000],
    ]);
    expect(said(files, 'Dockerfile', 'healthy-dependency').map(({ by }) => by)).toEqual(['web']);
  });
});

describe('bake', () => {
  const HCL = `
variable "REGISTRY" { default = "ghcr.io/acme" }
variable "TAG" {
  default = "dev"
}
function "image" {
  params = [name]
  result = ["\${REGISTRY}/\${name}:\${TAG}"]
}
group "default" {
  targets = ["api", "worker"]
}
target "_common" {
  context = "."
  args = {
    GO_VERSION = "1.24"
    SHARED = "yes"
  }
  platforms = ["linux/amd64", "linux/arm64"]
}
target "api" {
  inherits   = ["_common"]
  dockerfile = "api/Dockerfile"
  target     = "run"
  tags       = ["\${REGISTRY}/api:\${TAG}"]
  args = {
    SHARED = "no"
  }
}
target "worker" {
  name = "worker-\${svc}"
  inherits = ["_common"]
  matrix = { svc = ["mail", "sms"] }
  dockerfile = "\${svc}/Dockerfile"
  contexts = { base = "target:api" }
}
`;
  const files = { 'docker-bake.hcl': HCL, 'api/Dockerfile': GO, 'mail/Dockerfile': GO, 'sms/Dockerfile': GO };

  it('variables, inheritance and arguments', () => {
    expect(builds(files, 'api/Dockerfile')).toEqual([
      {
        by: 'bake',
        at: { path: 'docker-bake.hcl', line: 21 },
        context: '.',
        target: 'run',
        name: 'api',
        args: { GO_VERSION: '1.24', SHARED: 'no' },
      },
    ]);
    expect(service(files, 'api/Dockerfile').builds[0]).toMatchObject({
      image: 'ghcr.io/acme/api',
      platforms: ['linux/amd64', 'linux/arm64'],
    });
  });

  it('a matrix is several targets, and a target can be a base', () => {
    expect(builds(files, 'mail/Dockerfile')[0]).toMatchObject({ by: 'bake', name: 'worker-mail', context: '.' });
    expect(builds(files, 'sms/Dockerfile')[0]).toMatchObject({ name: 'worker-sms' });
    expect(
      said(files, 'api/Dockerfile', 'base-of')
        .map(({ dockerfile }) => dockerfile)
        .sort(),
    ).toEqual(['mail/Dockerfile', 'sms/Dockerfile']);
  });

  it('JSON', () => {
    const json = { target: { app: { context: 'app', dockerfile: 'Containerfile', args: { A: '1' } } } };
    expect(
      builds({ 'docker-bake.json': JSON.stringify(json, undefined, 2), 'app/Containerfile': GO }, 'app/Containerfile')[0],
    ).toMatchObject({ by: 'bake', context: 'app', name: 'app', args: { A: '1' } });
  });
});

describe('workflows', () => {
  it('build-push-action: the context is the repository, the file is relative to it', () => {
    const files = {
      '.github/workflows/ci.yml':
        'jobs:\n  build:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          file: services/api/Dockerfile\n          target: run\n          build-args: |\n            VERSION=1\n            COMMIT=${{ github.sha }}\n          tags: ghcr.io/acme/api:latest\n',
      'services/api/Dockerfile': GO,
    };
    expect(builds(files, 'services/api/Dockerfile')).toEqual([
      {
        by: 'workflow',
        at: { path: '.github/workflows/ci.yml', line: 4 },
        context: '.',
        target: 'run',
        name: expect.anything() as string,
        args: { VERSION: '1', COMMIT: undefined },
      },
    ]);
  });

  it('a matrix of names and of includes', () => {
    const files = {
      '.github/workflows/ci.yml':
        'jobs:\n  build:\n    strategy:\n      matrix:\n        service: [api, web]\n        include:\n          - service: odd\n            dir: tools/odd\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: services/${{ matrix.service }}\n',
      'services/api/Dockerfile': GO,
      'services/web/Dockerfile': GO,
      'other/Dockerfile': GO,
    };
    expect(builds(files, 'services/api/Dockerfile').map(({ by, context }) => [by, context])).toEqual([['workflow', 'services/api']]);
    expect(builds(files, 'services/web/Dockerfile').map(({ by, context }) => [by, context])).toEqual([['workflow', 'services/web']]);
    expect(builds(files, 'other/Dockerfile')[0]?.by).toBe('convention');
  });

  it('docker build in a step, in its working directory', () => {
    const files = {
      '.github/workflows/ci.yml':
        'jobs:\n  build:\n    steps:\n      - name: image\n        working-directory: api\n        run: |\n          go vet ./...\n          docker build -t api --target run --build-arg A=1 -f build/Dockerfile .\n',
      'api/build/Dockerfile': GO,
    };
    expect(builds(files, 'api/build/Dockerfile')).toEqual([
      {
        by: 'workflow',
        at: { path: '.github/workflows/ci.yml', line: 8 },
        context: 'api',
        target: 'run',
        name: expect.anything() as string,
        args: { A: '1' },
      },
    ]);
  });
});

describe('scripts and other build tools', () => {
  it('a Makefile, with variables and its own directory', () => {
    const files = {
      'api/Makefile':
        'IMAGE ?= acme/api\nDIR = docker\nimage:\n\tdocker buildx build \\\n\t  -t $(IMAGE):dev \\\n\t  -f $(DIR)/Dockerfile .\nrun: image\n\tdocker run --rm -u 0 $(IMAGE):dev sh -c "echo hi"\n',
      'api/docker/Dockerfile': GO,
    };
    expect(builds(files, 'api/docker/Dockerfile')[0]).toMatchObject({
      by: 'makefile',
      at: { path: 'api/Makefile', line: 4 },
      context: 'api',
    });
    expect(said(files, 'api/docker/Dockerfile', 'run').map(({ at, command, user }) => [at.line, command, user])).toEqual([
      [8, { form: 'exec', argv: ['sh', '-c', 'echo hi'] }, '0'],
    ]);
  });

  it('a loop over directories builds each of them, and no other', () => {
    const files = {
      'build.sh': '#!/bin/sh\nfor s in api web; do\n  (cd services/$s && docker build -t acme/$s .)\ndone\n',
      'services/api/Dockerfile': GO,
      'services/web/Dockerfile': GO,
      'services/db/Dockerfile': 'FROM postgres:16\n',
    };
    expect(['api', 'web', 'db'].map((name) => builds(files, `services/${name}/Dockerfile`)[0]?.by)).toEqual([
      'script',
      'script',
      'convention',
    ]);
  });

  it('a directory that a script remembers is the one in which it was started', () => {
    const files = {
      'comps/a/build.sh': 'here=$(pwd)\nwhile true; do cd "$up/$top"; up=$(dirname "$up"); done\ndocker build -f $here/Dockerfile .\n',
      'comps/a/Dockerfile': GO,
      'comps/b/Dockerfile': GO,
    };
    expect(builds(files, 'comps/a/Dockerfile').map(({ by, context }) => [by, context])).toEqual([['script', undefined]]);
    expect(builds(files, 'comps/b/Dockerfile')[0]?.by).toBe('convention');
  });

  it('a path of nothing but variables is not every Dockerfile beside the script', () => {
    const files = {
      'examples/x/buildx.sh': 'docker buildx build -t $IMAGE $BUILD_CONTEXT\n',
      'examples/x/Dockerfile': GO,
      'examples/y/Dockerfile': GO,
    };
    expect(builds(files, 'examples/y/Dockerfile')[0]?.by).toBe('convention');
  });

  it('skaffold, with contexts and custom paths', () => {
    const files = {
      'skaffold.yaml':
        'apiVersion: skaffold/v4beta6\nkind: Config\nbuild:\n  artifacts:\n    - image: acme/api\n      context: api\n      docker:\n        dockerfile: build/Dockerfile\n        target: run\n        buildArgs: { A: "1" }\n    - image: acme/web\n      context: web\n',
      'api/build/Dockerfile': GO,
      'web/Dockerfile': GO,
    };
    expect(builds(files, 'api/build/Dockerfile')[0]).toMatchObject({ by: 'skaffold', context: 'api', target: 'run', args: { A: '1' } });
    expect(builds(files, 'web/Dockerfile')[0]).toMatchObject({ by: 'skaffold', context: 'web' });
  });

  it('exec into a container by its compose name', () => {
    const files = {
      'compose.yaml': 'services:\n  api:\n    build: .\n    container_name: shop-api\n',
      'dev.sh': 'docker exec -it shop-api sh\ndocker compose exec api ls /data\n',
      Dockerfile: GO,
    };
    expect(said(files, 'Dockerfile', 'exec').map(({ at, command }) => [at.line, command])).toEqual([
      [1, { form: 'exec', argv: ['sh'] }],
      [2, { form: 'exec', argv: ['ls', '/data'] }],
    ]);
  });
});

describe('Kubernetes', () => {
  const DEPLOYMENT = (image: string, name = 'api'): string =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\nspec:\n  template:\n    spec:\n      containers:\n        - name: ${name}\n          image: ${image}\n          livenessProbe:\n            exec:\n              command: [cat, /tmp/ok]\n          securityContext:\n            runAsUser: 1000\n`;

  it('manifests are tied by the image that a build produces, or by name', () => {
    const built = {
      'compose.yaml': 'services:\n  api:\n    build: api\n    image: registry.example/acme/api:1\n',
      'api/Dockerfile': GO,
      'k8s/api.yaml': DEPLOYMENT('registry.example/acme/api:2'),
    };
    expect(said(built, 'api/Dockerfile', 'probe').map(({ matched, purpose, at }) => [matched, purpose, at.line])).toEqual([
      ['image', 'liveness', 13],
    ]);
    expect(said({ 'api/Dockerfile': GO, 'k8s/api.yaml': DEPLOYMENT('acme/api') }, 'api/Dockerfile', 'probe')[0]?.matched).toBe('name');
  });

  it('an image of Docker Hub is not the directory that is called like it', () => {
    expect(
      service({ 'redis/Dockerfile': 'FROM redis:8\n', 'k8s.yaml': DEPLOYMENT('redis:8', 'cache') }, 'redis/Dockerfile').dependents,
    ).toEqual([]);
  });

  it('kustomize: a patch says it about the container that it patches', () => {
    const files = {
      'api/Dockerfile': GO,
      'base/deployment.yaml': DEPLOYMENT('api'),
      'prod/kustomization.yaml':
        'resources: [../base]\nimages:\n  - name: api\n    newName: ghcr.io/acme/api\npatches:\n  - path: patch.yaml\n',
      'prod/patch.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\nspec:\n  template:\n    spec:\n      containers:\n        - name: api\n          command: ["/bin/sh", "-c", "exec /app"]\n',
    };
    expect(said(files, 'api/Dockerfile', 'entrypoint').map(({ at, command }) => [at.path, command])).toEqual([
      ['prod/patch.yaml', { form: 'exec', argv: ['/bin/sh', '-c', 'exec /app'] }],
    ]);
  });

  const CHART = {
    'api/Dockerfile': GO,
    'chart/Chart.yaml': 'name: api\nversion: 1.0.0\n',
    'chart/values.yaml': 'image:\n  repository: ghcr.io/acme/api\n  tag: "1"\nprometheus:\n  image: prom/prometheus:v2\n',
    'chart/templates/deployment.yaml':
      'kind: Deployment\nmetadata:\n  name: {{ include "api.fullname" . }}\nspec:\n  template:\n    spec:\n      containers:\n        - name: {{ .Chart.Name }}\n          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"\n          {{- if .Values.probes }}\n          readinessProbe:\n            exec:\n              command: ["wget", "-q", "http://localhost:{{ .Values.port }}"]\n          {{- end }}\n',
  };

  it('Helm: values fill the image, and probes in templates count', () => {
    expect(said(CHART, 'api/Dockerfile', 'probe').map(({ source, at }) => [source, at.path, at.line])).toEqual([
      ['helm', 'chart/templates/deployment.yaml', 13],
    ]);
  });

  it('Helm: an image that the values name in full is not ours because the chart is called like us', () => {
    const template =
      'kind: Deployment\nmetadata:\n  name: {{ .Chart.Name }}\nspec:\n  template:\n    spec:\n      containers:\n        - name: api\n          image: {{ .Values.prometheus.image }}\n          command: ["/bin/sh"]\n';
    expect(said({ ...CHART, 'chart/templates/prometheus.yaml': template }, 'api/Dockerfile', 'entrypoint')).toEqual([]);
  });
});

describe('which files are services', () => {
  it('names', () => {
    const text = 'FROM alpine:3.22\n';
    const names = [
      'Dockerfile',
      'a/Dockerfile.dev',
      'b/web.Dockerfile',
      'c/Containerfile',
      'd/dockerfile',
      'e/Dockerfile.md',
      'f/Dockerfile.dockerignore',
      'g/Dockerfile~',
      'h/Dockerfile.j2',
    ];
    const { services, skipped } = look(Object.fromEntries(names.map((name) => [name, text])));
    expect(services.map(({ dockerfile }) => dockerfile)).toEqual([
      'Dockerfile',
      'a/Dockerfile.dev',
      'b/web.Dockerfile',
      'c/Containerfile',
      'd/dockerfile',
    ]);
    expect(skipped.map(({ path, reason }) => [path, reason])).toEqual([['h/Dockerfile.j2', 'template']]);
  });

  it('vendored code and test data are left alone, unless something outside names them', () => {
    const files = {
      'vendor/x/y/Dockerfile': GO,
      'pkg/testdata/Dockerfile': GO,
      'test/fixtures/app/Dockerfile': GO,
      Makefile: 'e2e:\n\tdocker build -t e2e test/fixtures/app\n',
    };
    expect(look(files).services.map(({ dockerfile }) => dockerfile)).toEqual(['test/fixtures/app/Dockerfile']);
    expect(look(files).skipped.map(({ path, reason }) => [path, reason])).toEqual([
      ['pkg/testdata/Dockerfile', 'test-fixture'],
      ['vendor/x/y/Dockerfile', 'vendored'],
    ]);
  });

  it('a file with any name, when something builds it', () => {
    expect(
      builds(
        { 'compose.yaml': 'services:\n  a:\n    build: { context: ., dockerfile: images/api.docker }\n', 'images/api.docker': GO },
        'images/api.docker',
      )[0]?.by,
    ).toBe('compose');
  });

  it('an unreferenced file beside a referenced one is its twin', () => {
    const files = { 'compose.yaml': 'services:\n  api:\n    build: api\n', 'api/Dockerfile': GO, 'api/Dockerfile.old': GO };
    expect(service(files, 'api/Dockerfile.old').twinOf).toBe('api/Dockerfile');
    expect(service(files, 'api/Dockerfile').twinOf).toBeUndefined();
  });

  it('the context that nobody states is where the sources are', () => {
    const dockerfile = 'FROM alpine:3.22\nCOPY api/main.go go.mod ./\n';
    expect(builds({ 'docker/api.Dockerfile': dockerfile, 'api/main.go': '', 'go.mod': '' }, 'docker/api.Dockerfile')[0]).toMatchObject({
      by: 'convention',
      context: '.',
    });
    expect(builds({ 'docker/Dockerfile': 'FROM alpine:3.22\nCOPY . .\n', 'go.mod': '' }, 'docker/Dockerfile')[0]?.context).toBeUndefined();
  });

  it('names are unique and do not depend on the order of files', () => {
    const files = { 'a/api/Dockerfile': GO, 'b/api/Dockerfile': GO, 'web/Dockerfile': GO, 'web/Dockerfile.worker': GO, Dockerfile: GO };
    const names = look(files).services.map(({ name }) => name);
    expect(new Set(names).size).toBe(5);
    expect(names).toEqual(look(Object.fromEntries(Object.entries(files).reverse())).services.map(({ name }) => name));
  });
});
