import { describe, expect, test } from 'vitest';
import { memoryFiles } from '../../src/repository/files.ts';
import type { RepoPath } from '../../src/repository/path.ts';
import type { Settings } from '../../src/transforms/settings.ts';
import { outcomeOf, planTree } from '../support/fixture.ts';

type Texts = Readonly<Record<string, string>>;

const LOCK =
  'version = 4\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n\n[[package]]\nname = "serde"\nversion = "1.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n';
const APP: Texts = {
  'Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nserde = "1"\n',
  'Cargo.lock': LOCK,
  'src/main.rs': 'fn main() {}\n',
  '.dockerignore': 'target\n',
};
const LIBRARY: Texts = { ...APP, 'src/lib.rs': '' };
const RUNTIME = '\nFROM debian:bookworm-slim\nCOPY --from=builder /app/target/release/app /app\nCMD ["/app"]\n';

function plan(
  texts: Texts,
  settings: Partial<Settings> = {},
): { readonly says: string; readonly dockerfile: string; readonly refusals: readonly string[] } {
  const result = planTree(
    memoryFiles(new Map(Object.entries(texts).map(([path, text]) => [path as RepoPath, text]))),
    ['cargo-cache'],
    settings,
  );
  const outcome = outcomeOf(result, 'cargo-cache');
  const refusals = 'refusals' in outcome ? outcome.refusals.map(({ code, at, reason }) => `${code} ${at.path}:${at.line} ${reason}`) : [];
  return {
    says: outcome.kind,
    dockerfile: result.changes.find(({ path }) => path === 'Dockerfile')?.after ?? texts['Dockerfile'] ?? '',
    refusals,
  };
}

const built = (steps: string, texts: Texts = APP, settings: Partial<Settings> = {}): ReturnType<typeof plan> =>
  plan({ ...texts, Dockerfile: `FROM rust:1.83 AS builder\nWORKDIR /app\n${steps}\n${RUNTIME}` }, settings);

describe('a handwritten layer', () => {
  const layered = (layer: string, then: string, texts: Texts = APP): string =>
    built(`COPY Cargo.toml Cargo.lock ./\n${layer}\nCOPY src ./src\n${then}`, texts).says;
  const STUB = 'RUN mkdir src && echo "fn main() {}" > src/main.rs && cargo build --release';

  test.each([
    ['touched by name', STUB, 'RUN touch src/main.rs\nRUN cargo build --release'],
    ['touched by a pattern', STUB, 'RUN touch src/*.rs && cargo build --release'],
    ['touched by find', STUB, 'RUN find src -name "*.rs" -exec touch {} + && cargo build --release'],
    ['cleaned', `${STUB} && cargo clean --release -p app`, 'RUN cargo build --release'],
    ['removed from deps', `${STUB} && rm -f target/release/deps/app*`, 'RUN cargo build --release'],
    ['removed from deps later', STUB, 'RUN rm ./target/release/deps/app*\nRUN cargo build --release'],
    ['removed with its fingerprint', `${STUB} && rm -rf target/release/.fingerprint/app-*`, 'RUN cargo build --release'],
    ['only fetched', 'RUN cargo fetch', 'RUN cargo build --release'],
    [
      'with a stub of another name',
      'RUN mkdir -p src/bin && echo "fn main() {}" > src/bin/dummy.rs && cargo build --release --bin dummy && rm -rf src',
      'RUN cargo build --release',
    ],
  ])('is safe when its stub is %s', (_how, layer, then) => {
    expect(layered(layer, then)).toBe('already');
  });

  test.each([
    ['nothing invalidates it', STUB, 'RUN cargo build --release', APP],
    ['the sources are removed, which invalidates nothing', `${STUB}\nRUN rm -rf src`, 'RUN cargo build --release', APP],
    ['another crate is removed from deps', `${STUB} && rm -f target/release/deps/rask*`, 'RUN cargo build --release', APP],
    [
      'the library behind the binary is forgotten',
      `${STUB.replace('&& cargo', '&& touch src/lib.rs && cargo')} && rm -f target/release/deps/app*`,
      'RUN cargo build --release',
      LIBRARY,
    ],
    [
      'cargo itself made the stub',
      'RUN cargo init --name app\nRUN cargo build --release\nRUN rm src/*.rs',
      'RUN cargo build --release',
      APP,
    ],
  ])('is repaired when %s', (_why, layer, then, texts) => {
    expect(layered(layer, then, texts)).toBe('applied');
  });

  test.each([`${STUB} || true`, `${STUB} 2>/dev/null || true`, `${STUB}; rm -rf src`, 'RUN cargo fetch || true'])(
    'is refused when it swallows errors: %s',
    (layer) => {
      const { says, refusals } = built(`COPY Cargo.toml Cargo.lock ./\n${layer}\nCOPY src ./src\nRUN cargo build --release`);
      expect(says).toBe('refused');
      expect(refusals[0]).toMatch(/^fail-open Dockerfile:4 /);
    },
  );
});

describe('a layer beside the usual places', () => {
  const COOKED = 'FROM rust:1.83 AS cacher\nWORKDIR /app\nCOPY recipe.json .\nRUN cargo chef cook --release --recipe-path recipe.json\n\n';

  test('may be a stage whose target directory is copied', () => {
    const { says } = plan({
      ...APP,
      'recipe.json': '{}',
      Dockerfile: `${COOKED}FROM rust:1.83 AS builder\nWORKDIR /app\nCOPY . .\nCOPY --from=cacher /app/target target\nCOPY --from=cacher $CARGO_HOME $CARGO_HOME\nRUN cargo build --release\n${RUNTIME}`,
    });
    expect(says).toBe('already');
  });

  test('may fetch between copies of sources', () => {
    expect(
      built(
        'COPY Cargo.toml Cargo.lock ./\nCOPY src/main.rs src/main.rs\nRUN cargo fetch --locked\nCOPY src src\nRUN cargo build --release',
      ).says,
    ).toBe('already');
  });

  test('may need a member before the rest of the sources', () => {
    const texts = {
      ...APP,
      'Cargo.toml': `[workspace]\nmembers = ["macros"]\n${APP['Cargo.toml']}macros = { path = "macros" }\n`,
      'macros/Cargo.toml': '[package]\nname = "macros"\nversion = "0.1.0"\n[lib]\nproc-macro = true\n',
      'macros/src/lib.rs': '',
    };
    const layer =
      'RUN cargo new --bin /app\nCOPY Cargo.toml Cargo.lock ./\nCOPY macros macros\nRUN . /settings && cargo build --release && find . -not -path "./target*" -delete\nCOPY . .\n';
    expect(built(`${layer}RUN . /settings && touch src/main.rs && cargo build --release`, texts).says).toBe('already');
    expect(built(`${layer}RUN . /settings && cargo build --release`, texts).says).toBe('applied');
  });
});

describe('what stands between the sources and the build', () => {
  test.each([
    'RUN ./gen.sh',
    'RUN cargo clean -p app',
    'RUN make proto',
    'RUN cargo sqlx migrate run',
    'COPY --from=ui /dist ./dist\nRUN npm ci',
    'SHELL ["/bin/bash", "-c"]\nRUN ls',
  ])('refuses with its line: %s', (between) => {
    const { says, refusals } = built(`COPY . .\n${between}\nRUN cargo build --release`);
    expect(says).toBe('refused');
    expect(refusals[0]).toMatch(/^unknown-layout Dockerfile:[45] /);
  });

  test.each(['RUN cargo fmt --check', 'RUN cargo test', 'LABEL a=b', 'COPY --from=ui /dist ./dist'])('does not matter: %s', (between) => {
    const { dockerfile } = built(`COPY . .\n${between}\nRUN cargo build --release`);
    expect(dockerfile.indexOf('cargo clean')).toBeLessThan(dockerfile.indexOf('COPY . .'));
    expect(dockerfile.indexOf('COPY . .')).toBeLessThan(dockerfile.indexOf(between));
  });

  test('variables go in front of the layer where the sources are copied one by one', () => {
    const { dockerfile } = built(
      'COPY Cargo.toml Cargo.lock ./\nCOPY src/main.rs src/\n# no database\nENV SQLX_OFFLINE=true\nCOPY src src\nRUN cargo build --release',
    );
    expect(dockerfile).toContain('COPY Cargo.toml Cargo.lock ./\n\n# no database\nENV SQLX_OFFLINE=true\n\n# Dependencies first');
    expect(dockerfile.match(/SQLX_OFFLINE/g)).toHaveLength(1);
  });

  test('a version of the commit stays below the layer', () => {
    const { dockerfile } = built('COPY . .\nARG GIT_SHA\nENV APP_VERSION=$GIT_SHA\nRUN cargo build --release');
    expect(dockerfile).toContain('-p app\n\nCOPY . .\nARG GIT_SHA\nENV APP_VERSION=$GIT_SHA\n');
  });

  test('`cargo clean` goes: it would empty the layer', () => {
    expect(built('COPY . .\nRUN cargo clean\nRUN cargo build --release').dockerfile).toContain(
      '-p app\n\nCOPY . .\nRUN cargo build --release\n',
    );
  });

  test.each([
    'RUN apt-get update && apt-get install -y protobuf-compiler',
    'RUN rustup target add wasm32-wasip1',
    'ENV RUSTFLAGS="-C target-cpu=native"',
    'ARG FEATURES=full',
  ])('comes before the dependencies: %s', (between) => {
    const { dockerfile } = built(`COPY . .\n${between}\nRUN cargo build --release`);
    expect(dockerfile.indexOf(between)).toBeLessThan(dockerfile.indexOf('mkdir -p src'));
    expect(dockerfile.indexOf('mkdir -p src')).toBeLessThan(dockerfile.indexOf('COPY . .'));
  });
});

describe('the commands of the layer', () => {
  test.each([
    [
      'RUSTFLAGS="--cfg x" cargo +nightly b -r --bin app -F tls',
      'RUSTFLAGS="--cfg x" cargo +nightly b -r --bin app -F tls',
      'cargo +nightly clean --release -p app',
    ],
    [
      'CARGO_TARGET_DIR=/t cargo build --profile dist --locked',
      'CARGO_TARGET_DIR=/t cargo build --profile dist --locked',
      'CARGO_TARGET_DIR=/t cargo clean --profile dist -p app',
    ],
    [
      'cargo build --release --manifest-path ./Cargo.toml --target x86_64-unknown-linux-musl',
      'cargo build --release --manifest-path ./Cargo.toml --target x86_64-unknown-linux-musl',
      'cargo clean --release --manifest-path ./Cargo.toml --target x86_64-unknown-linux-musl -p app',
    ],
    [
      'cargo install --path . --root /out --locked --features tls',
      'cargo build --release --locked --features tls',
      'cargo clean --release -p app',
    ],
    ['cargo build --release && strip target/release/app', 'cargo build --release', 'cargo clean --release -p app'],
  ])('%s', (command, build, clean) => {
    const { dockerfile } = built(`COPY . .\nRUN ${command}`);
    expect(dockerfile).toContain(`&& ${build} \\\n    && ${clean}\n\nCOPY . .\nRUN ${command}\n`);
  });

  test('a dependency of the same name would be cleaned with the stub: the build touches the sources', () => {
    const texts = {
      ...APP,
      'Cargo.lock': `${LOCK}\n[[package]]\nname = "app"\nversion = "9.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n`,
    };
    const { dockerfile } = built('COPY . .\nRUN cargo build', texts);
    expect(dockerfile).not.toContain('cargo clean');
    expect(dockerfile).toContain('\nRUN touch src/main.rs && cargo build\n');
  });

  test('a value that the script reads from a file is refused', () => {
    expect(built('COPY . .\nRUN T=$(cat triple) && cargo build --target $T').refusals[0]).toMatch(/^unknown-layout/);
    expect(built('COPY . .\nRUN cargo build --features "$(cat features)"').refusals[0]).toMatch(/^unresolved-variable/);
    expect(built('COPY . .\nRUN echo "[build]" > .cargo/config.toml && cargo build').refusals[0]).toMatch(/^unknown-layout/);
  });

  test.each([
    'T=$(uname -m)-unknown-linux-musl && cargo build --target $T',
    'set -eux; arch="$(apk --print-arch)"; if [ "$arch" = aarch64 ]; then export PAGES=16; fi && cargo build',
    'cargo --version && cd . && cargo build',
  ])('what asks only the machine is asked again: %s', (command) => {
    const { dockerfile } = built(`COPY . .\nRUN ${command}`);
    expect(dockerfile).toContain(`RUN ${command.slice(0, command.lastIndexOf('cargo build'))}mkdir -p src`);
    expect(dockerfile).toContain(`COPY . .\nRUN ${command}\n`);
  });

  test.each([
    'ARG FLAGS=--release\nCOPY . .\nRUN cargo build $FLAGS',
    'ARG DEBUG\nCOPY . .\nRUN cargo build ${DEBUG:---release}',
    'ARG P\nCOPY . .\nRUN cargo build $(test "$P" = dev || echo --release)',
  ])('where options come from is only known to the build: %s', (steps) => {
    const { dockerfile } = built(steps);
    expect(dockerfile).not.toContain('cargo clean');
    expect(dockerfile).toMatch(/\nRUN touch src\/main\.rs && cargo build \$/);
  });

  test('before Rust 1.45 `cargo clean -p` left traces', () => {
    const { dockerfile } = plan({
      ...APP,
      Dockerfile: `FROM rust:1.44 AS builder\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\n${RUNTIME}`,
    });
    expect(dockerfile).toContain('\nRUN touch src/main.rs && cargo build --release\n');
  });

  test('cargo install without --locked installs the stub first: nothing else builds the same versions', () => {
    expect(built('COPY . .\nRUN cargo install --path .').dockerfile).toContain(
      '&& cargo install --path . \\\n    && cargo clean --release -p app\n',
    );
  });

  test('the configuration above the manifest counts, by where cargo starts', () => {
    const texts = {
      '.cargo/config.toml': '[build]\nrustflags = []\n',
      'rust-toolchain.toml': '[toolchain]\nchannel = "1.83"\n',
      ...Object.fromEntries(Object.entries(APP).map(([path, text]) => [`code/${path}`, text])),
    };
    const { dockerfile } = plan({
      ...texts,
      Dockerfile: `FROM rust:1.83 AS builder\nWORKDIR /app\nCOPY . .\nRUN cargo build --release --manifest-path code/Cargo.toml\n${RUNTIME}`,
    });
    expect(dockerfile).toContain('COPY .cargo/config.toml ./.cargo/\n');
    expect(dockerfile).toContain('COPY rust-toolchain.toml ./\n');
  });
});

describe('cargo-chef', () => {
  const settings = { cargoCache: { strategy: 'chef' as const } };

  test('takes the stage apart and keeps its name', () => {
    const { dockerfile } = built('COPY . .\nRUN cargo build --release --locked -p app', APP, settings);
    expect(dockerfile).toContain('FROM rust:1.83 AS chef\n');
    expect(dockerfile).toContain('FROM chef AS builder\n');
    expect(dockerfile).toContain('RUN cargo chef cook --release --locked -p app --recipe-path recipe.json\n');
  });

  test('is refused where a stage is named by its number', () => {
    const { refusals } = plan(
      {
        ...APP,
        Dockerfile:
          'FROM rust:1.83 AS builder\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\nFROM debian:bookworm-slim\nCOPY --from=0 /app/target/release/app /app\n',
      },
      settings,
    );
    expect(refusals[0]).toMatch(/^unknown-layout Dockerfile:6 /);
  });
});

describe('mounts', () => {
  const settings = { cargoCache: { strategy: 'mount' as const } };

  test('are refused where another step looks into target', () => {
    expect(built('COPY . .\nRUN cargo build --release\nRUN strip target/release/app', APP, settings).refusals[0]).toMatch(
      /^unknown-layout Dockerfile:5 /,
    );
  });

  test('are refused for another user than root', () => {
    expect(built('USER 1000\nCOPY . .\nRUN cargo build --release', APP, settings).says).toBe('refused');
  });
});

test('a binary that is copied from target of the context keeps target in it', () => {
  const texts = {
    ...APP,
    '.dockerignore': '',
    'fast.Dockerfile': 'FROM debian\nCOPY target/release/app /app\n',
    'compose.yaml': 'services:\n  app:\n    build: .\n',
  };
  const changes = planTree(
    memoryFiles(
      new Map(
        Object.entries({
          ...texts,
          Dockerfile: `FROM rust:1.83 AS builder\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\n${RUNTIME}`,
        }).map(([path, text]) => [path as RepoPath, text]),
      ),
    ),
    ['cargo-cache'],
    {},
    'Dockerfile',
  ).changes;
  expect(changes.map(({ path }) => path)).toEqual(['Dockerfile']);
});
