import { describe, expect, test } from 'vitest';
import { memoryFiles } from '../../src/repository/files.ts';
import type { RepoPath } from '../../src/repository/path.ts';
import type { Settings } from '../../src/transforms/settings.ts';
import { outcomeOf, planTree } from '../support/fixture.ts';

type Texts = Readonly<Record<string, string>>;

const LOCK = 'version = 4\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n\n[[package]]\nname = "serde"\nversion = "1.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n';
const APP: Texts = { 'Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\nserde = "1"\n', 'Cargo.lock': LOCK, 'src/main.rs': 'fn main() {}\n', '.dockerignore': 'target\n' };
const LIBRARY: Texts = { ...APP, 'src/lib.rs': '' };
const RUNTIME = '\nFROM debian:bookworm-slim\nCOPY --from=builder /app/target/release/app /app\nCMD ["/app"]\n';

function plan(texts: Texts, settings: Partial<Settings> = {}): { readonly says: string; readonly dockerfile: string; readonly refusals: readonly string[] } {
  const result = planTree(memoryFiles(new Map(Object.entries(texts).map(([path, text]) => [path as RepoPath, text]))), ['cargo-cache'], settings);
  const outcome = outcomeOf(result, 'cargo-cache');
  const refusals = 'refusals' in outcome ? outcome.refusals.map(({ code, at, reason }) => `${code} ${at.path}:${at.line} ${reason}`) : [];
  return { says: outcome.kind, dockerfile: result.changes.find(({ path }) => path === 'Dockerfile')?.after ?? texts['Dockerfile'] ?? '', refusals };
}

const built = (steps: string, texts: Texts = APP, settings: Partial<Settings> = {}): ReturnType<typeof plan> => plan({ ...texts, Dockerfile: `FROM rust:1.83 AS builder\nWORKDIR /app\n${steps}\n${RUNTIME}` }, settings);

describe('a handwritten layer', () => {
  const layered = (layer: string, then: string, texts: Texts = APP): string => built(`COPY Cargo.toml Cargo.lock ./\n${layer}\nCOPY src ./src\n${then}`, texts).says;
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
    ['with a stub of another name', 'RUN mkdir -p src/bin && echo "fn main() {}" > src/bin/dummy.rs && cargo build --release --bin dummy && rm -rf src', 'RUN cargo build --release'],
  ])('is safe when its stub is %s', (_how, layer, then) => {
    expect(layered(layer, then)).toBe('already');
  });

  test.each([
    ['nothing invalidates it', STUB, 'RUN cargo build --release', APP],
    ['the sources are removed, which invalidates nothing', `${STUB}\nRUN rm -rf src`, 'RUN cargo build --release', APP],
    ['another crate is removed from deps', `${STUB} && rm -f target/release/deps/rask*`, 'RUN cargo build --release', APP],
    ['the library behind the binary is forgotten', `${STUB.replace('&& cargo', '&& touch src/lib.rs && cargo')} && rm -f target/release/deps/app*`, 'RUN cargo build --release', LIBRARY],
    ['cargo itself made the stub', 'RUN cargo init --name app\nRUN cargo build --release\nRUN rm src/*.rs', 'RUN cargo build --release', APP],
  ])('is repaired when %s', (_why, layer, then, texts) => {
    expect(layered(layer, then, texts)).toBe('applied');
  });

  test.each([`${STUB} || true`, `${STUB} 2>/dev/null || true`, `${STUB}; rm -rf src`, 'RUN cargo fetch || true'])('is refused when it swallows errors: %s', (layer) => {
    const { says, refusals } = built(`COPY Cargo.toml Cargo.lock ./\n${layer}\nCOPY src ./src\nRUN cargo build --release`);
    expect(says).toBe('refused');
    expect(refusals[0]).toMatch(/^fail-open Dockerfile:4 /);
  });
});

describe('what stands between the sources and the build', () => {
  test.each(['RUN ./gen.sh', 'RUN cargo clean', 'RUN make proto', 'RUN cargo sqlx migrate run', 'COPY --from=ui /dist ./dist\nRUN npm ci', 'SHELL ["/bin/bash", "-c"]\nRUN ls'])('refuses with its line: %s', (between) => {
    const { says, refusals } = built(`COPY . .\n${between}\nRUN cargo build --release`);
    expect(says).toBe('refused');
    expect(refusals[0]).toMatch(/^unknown-layout Dockerfile:[45] /);
  });

  test.each(['RUN cargo fmt --check', 'RUN cargo test', 'LABEL a=b', 'COPY --from=ui /dist ./dist'])('does not matter: %s', (between) => {
    const { dockerfile } = built(`COPY . .\n${between}\nRUN cargo build --release`);
    expect(dockerfile.indexOf('cargo clean')).toBeLessThan(dockerfile.indexOf('COPY . .'));
    expect(dockerfile.indexOf('COPY . .')).toBeLessThan(dockerfile.indexOf(between));
  });

  test.each(['RUN apt-get update && apt-get install -y protobuf-compiler', 'RUN rustup target add wasm32-wasip1', 'ENV RUSTFLAGS="-C target-cpu=native"', 'ARG FEATURES=full'])('comes before the dependencies: %s', (between) => {
    const { dockerfile } = built(`COPY . .\n${between}\nRUN cargo build --release`);
    expect(dockerfile.indexOf(between)).toBeLessThan(dockerfile.indexOf('mkdir -p src'));
    expect(dockerfile.indexOf('mkdir -p src')).toBeLessThan(dockerfile.indexOf('COPY . .'));
  });
});

describe('the commands of the layer', () => {
  test.each([
    ['RUSTFLAGS="--cfg x" cargo +nightly b -r --bin app -F tls', 'RUSTFLAGS="--cfg x" cargo +nightly b -r --bin app -F tls', 'cargo +nightly clean --release -p app'],
    ['CARGO_TARGET_DIR=/t cargo build --profile dist --locked', 'CARGO_TARGET_DIR=/t cargo build --profile dist --locked', 'CARGO_TARGET_DIR=/t cargo clean --profile dist -p app'],
    ['cargo build --release --manifest-path ./Cargo.toml --target x86_64-unknown-linux-musl', 'cargo build --release --manifest-path ./Cargo.toml --target x86_64-unknown-linux-musl', 'cargo clean --release --manifest-path ./Cargo.toml --target x86_64-unknown-linux-musl -p app'],
    ['cargo install --path . --root /out --locked --features tls', 'cargo build --release --locked --features tls', 'cargo clean --release -p app'],
    ['cargo build --release && strip target/release/app', 'cargo build --release', 'cargo clean --release -p app'],
  ])('%s', (command, build, clean) => {
    const { dockerfile } = built(`COPY . .\nRUN ${command}`);
    expect(dockerfile).toContain(`&& ${build} \\\n    && ${clean}\n\nCOPY . .\nRUN ${command}\n`);
  });

  test('names that the lock holds twice are told apart by their version', () => {
    const texts = { ...APP, 'Cargo.lock': `${LOCK}\n[[package]]\nname = "app"\nversion = "9.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n` };
    expect(built('COPY . .\nRUN cargo build', texts).dockerfile).toContain('cargo clean -p app@0.1.0');
  });

  test('a value that the script computes is refused', () => {
    expect(built('COPY . .\nRUN T=$(uname -m) && cargo build --target $T').refusals[0]).toMatch(/^unresolved-variable/);
    expect(built('COPY . .\nRUN cargo build --features "$(cat features)"').refusals[0]).toMatch(/^unresolved-variable/);
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
    const { refusals } = plan({ ...APP, Dockerfile: 'FROM rust:1.83 AS builder\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\nFROM debian:bookworm-slim\nCOPY --from=0 /app/target/release/app /app\n' }, settings);
    expect(refusals[0]).toMatch(/^unknown-layout Dockerfile:6 /);
  });
});

describe('mounts', () => {
  const settings = { cargoCache: { strategy: 'mount' as const } };

  test('are refused where another step looks into target', () => {
    expect(built('COPY . .\nRUN cargo build --release\nRUN strip target/release/app', APP, settings).refusals[0]).toMatch(/^unknown-layout Dockerfile:5 /);
  });

  test('are refused for another user than root', () => {
    expect(built('USER 1000\nCOPY . .\nRUN cargo build --release', APP, settings).says).toBe('refused');
  });
});

test('a binary that is copied from target of the context keeps target in it', () => {
  const texts = { ...APP, '.dockerignore': '', 'fast.Dockerfile': 'FROM debian\nCOPY target/release/app /app\n', 'compose.yaml': 'services:\n  app:\n    build: .\n' };
  const changes = planTree(memoryFiles(new Map(Object.entries({ ...texts, Dockerfile: `FROM rust:1.83 AS builder\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\n${RUNTIME}` }).map(([path, text]) => [path as RepoPath, text]))), ['cargo-cache'], {}, 'Dockerfile').changes;
  expect(changes.map(({ path }) => path)).toEqual(['Dockerfile']);
});
