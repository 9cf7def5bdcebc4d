/**
 * The rewritten Dockerfile against real cargo, offline: COPY keeps (old) modification times, RUN runs, layers are snapshots. The final
 * binary must be the real one, and an edit must compile this project and nothing else.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, lutimesSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import type { Dockerfile, Instruction } from '../../src/dockerfile/dockerfile.ts';
import { memoryFiles } from '../../src/repository/files.ts';
import type { RepoPath } from '../../src/repository/path.ts';
import type { Settings } from '../../src/transforms/settings.ts';
import { planTree } from '../support/fixture.ts';

const hasCargo = spawnSync('cargo', ['--version']).status === 0;
if (!hasCargo) console.warn('SKIPPED (no cargo): dependency layers are not built');
const root = mkdtempSync(join(tmpdir(), 'dockmod-cargo-cache-'));
// Layers are copies of whole images: each test cleans up its own.
afterEach(() => {
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true, force: true });
}, 60_000);
afterAll(() => rmSync(root, { recursive: true, force: true }), 60_000);

type Texts = Readonly<Record<string, string>>;

/** A crate "of the registry", from a vendor directory, so that everything works offline. */
const VENDOR: Texts = {
  '.cargo/config.toml': '[source.crates-io]\nreplace-with = "vendored"\n[source.vendored]\ndirectory = "vendor"\n',
  'vendor/greeting/Cargo.toml': '[package]\nname = "greeting"\nversion = "1.0.0"\nedition = "2021"\n',
  'vendor/greeting/.cargo-checksum.json': '{"files":{}}',
  'vendor/greeting/src/lib.rs': 'pub fn text() -> &\'static str { "hello" }\n',
};
const LOCKED_GREETING =
  '[[package]]\nname = "greeting"\nversion = "1.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n';
const lock = (...packages: readonly (readonly [string, ...string[]])[]): string =>
  [
    'version = 3',
    ...[
      LOCKED_GREETING.trim(),
      ...packages.map(
        ([name, ...dependencies]) =>
          `[[package]]\nname = "${name}"\nversion = "0.1.0"${dependencies.length === 0 ? '' : `\ndependencies = [\n${dependencies.map((one) => ` "${one}",\n`).join('')}]`}`,
      ),
    ].sort(),
  ].join('\n\n') + '\n';
const manifest = (name: string, rest = ''): string => `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${rest}`;
const DEPENDS = '[dependencies]\ngreeting = "1"\n';
const dockerfile = (build: string, binary: string, before = ''): string =>
  `FROM rust:1.95 AS builder\nWORKDIR /app\n${before}COPY . .\nRUN ${build}\n\nFROM debian:trixie-slim\nCOPY --from=builder /app/${binary} /usr/local/bin/app\nCMD ["app"]\n`;

interface Layout {
  readonly texts: Texts;
  readonly binary: string;
  readonly says: string;
  /** File that is edited, and its text afterwards. */
  readonly edit: readonly [string, string];
  readonly saysThen: string;
  /** Packages that the second build may compile. */
  readonly recompiles: readonly string[];
  readonly settings?: Partial<Settings>;
}

const MAIN = (text: string): string => `fn main() { println!("{} ${text}", greeting::text()); }\n`;

const LAYOUTS: Readonly<Record<string, Layout>> = {
  'a binary': {
    texts: {
      ...VENDOR,
      'Cargo.toml': manifest('app', DEPENDS),
      'Cargo.lock': lock(['app', 'greeting']),
      'src/main.rs': MAIN('one'),
      Dockerfile: dockerfile('cargo build --release --locked', 'target/release/app'),
    },
    binary: 'target/release/app',
    says: 'hello one',
    edit: ['src/main.rs', MAIN('two')],
    saysThen: 'hello two',
    recompiles: ['app'],
  },
  'a library and a binary of the same name': {
    texts: {
      ...VENDOR,
      'Cargo.toml': manifest('my-app', DEPENDS),
      'Cargo.lock': lock(['my-app', 'greeting']),
      'src/lib.rs': 'pub fn name() -> String { format!("{} lib one", greeting::text()) }\n',
      'src/main.rs': 'fn main() { println!("{}", my_app::name()); }\n',
      Dockerfile: dockerfile('cargo build --release', 'target/release/my-app'),
    },
    binary: 'target/release/my-app',
    says: 'hello lib one',
    edit: ['src/lib.rs', 'pub fn name() -> String { format!("{} lib two", greeting::text()) }\n'],
    saysThen: 'hello lib two',
    recompiles: ['my-app'],
  },
  'a workspace with a library, a procedural macro and a package to build': {
    texts: {
      ...VENDOR,
      'Cargo.toml': '[workspace]\nresolver = "2"\nmembers = ["crates/*"]\n',
      'Cargo.lock': lock(['core-lib', 'greeting'], ['macros'], ['server', 'core-lib', 'macros']),
      'crates/core-lib/Cargo.toml': manifest('core-lib', DEPENDS),
      'crates/core-lib/src/lib.rs': 'pub fn text() -> String { format!("{} core one", greeting::text()) }\n',
      'crates/macros/Cargo.toml': manifest('macros', '[lib]\nproc-macro = true\n'),
      'crates/macros/src/lib.rs':
        'use proc_macro::TokenStream;\n#[proc_macro]\npub fn mark(_: TokenStream) -> TokenStream { "\\"macro\\"".parse().unwrap() }\n',
      'crates/server/Cargo.toml': manifest(
        'server',
        '[dependencies]\ncore-lib = { path = "../core-lib" }\nmacros = { path = "../macros" }\n',
      ),
      'crates/server/src/main.rs': 'fn main() { println!("{} {}", core_lib::text(), macros::mark!()); }\n',
      Dockerfile: dockerfile('cargo build --release --locked -p server', 'target/release/server'),
    },
    binary: 'target/release/server',
    says: 'hello core one macro',
    edit: ['crates/core-lib/src/lib.rs', 'pub fn text() -> String { format!("{} core two", greeting::text()) }\n'],
    saysThen: 'hello core two macro',
    recompiles: ['core-lib', 'macros', 'server'],
  },
  'benches, a build script with outputs and a binary with its own path': {
    texts: {
      ...VENDOR,
      'Cargo.toml': manifest(
        'tool',
        `default-run = "runner"\n${DEPENDS}[[bin]]\nname = "runner"\npath = "cmd/runner.rs"\n[[bench]]\nname = "speed"\nharness = false\n[build-dependencies]\ngreeting = "1"\n`,
      ),
      'Cargo.lock': lock(['tool', 'greeting']),
      'cmd/runner.rs': 'fn main() { println!("{} {}", greeting::text(), env!("STAMP")); }\n',
      'build.rs': 'fn main() { println!("cargo:rustc-env=STAMP={} built", greeting::text()); }\n',
      'benches/speed.rs': 'fn main() {}\n',
      'src/bin/extra.rs': 'fn main() {}\n',
      Dockerfile: dockerfile('cargo build --release --bin runner', 'target/release/runner'),
    },
    binary: 'target/release/runner',
    says: 'hello hello built',
    edit: ['build.rs', 'fn main() { println!("cargo:rustc-env=STAMP={} rebuilt", greeting::text()); }\n'],
    saysThen: 'hello hello rebuilt',
    recompiles: ['tool'],
  },
  'a target triple, where host and target artefacts lie apart': {
    texts: {
      ...VENDOR,
      'Cargo.toml': manifest('app', `${DEPENDS}[build-dependencies]\ngreeting = "1"\n`),
      'Cargo.lock': lock(['app', 'greeting']),
      'src/main.rs': 'fn main() { println!("{} {}", greeting::text(), env!("STAMP")); }\n',
      'build.rs': 'fn main() { println!("cargo:rustc-env=STAMP=one"); }\n',
      Dockerfile: dockerfile('cargo build --release --target TRIPLE', 'target/TRIPLE/release/app'),
    },
    binary: 'target/TRIPLE/release/app',
    says: 'hello one',
    edit: ['build.rs', 'fn main() { println!("cargo:rustc-env=STAMP=two"); }\n'],
    saysThen: 'hello two',
    recompiles: ['app'],
  },
  'a path dependency outside of the workspace, a lint that wants documentation, and a profile of its own': {
    texts: {
      ...VENDOR,
      'Cargo.toml': manifest(
        'app',
        `[dependencies]\ngreeting = "1"\nshared = { path = "libs/shared" }\n[lints.rust]\nmissing_docs = "deny"\n[profile.dist]\ninherits = "release"\n[workspace]\nexclude = ["libs"]\n`,
      ),
      'Cargo.lock': lock(['app', 'greeting', 'shared'], ['shared']),
      'src/main.rs': '//! The program.\nfn main() { println!("{} {}", greeting::text(), shared::text()); }\n',
      'src/lib.rs': '//! The library.\n',
      'libs/shared/Cargo.toml': manifest('shared'),
      'libs/shared/src/lib.rs': 'pub fn text() -> u8 { 1 }\n',
      Dockerfile: dockerfile('cargo build --profile dist', 'target/dist/app'),
    },
    binary: 'target/dist/app',
    says: 'hello 1',
    edit: ['src/main.rs', '//! The program.\nfn main() { println!("{} edited {}", greeting::text(), shared::text()); }\n'],
    saysThen: 'hello edited 1',
    recompiles: ['app'],
  },
  'cargo install --path': {
    texts: {
      ...VENDOR,
      'Cargo.toml': manifest('app', DEPENDS),
      'Cargo.lock': lock(['app', 'greeting']),
      'src/main.rs': MAIN('one'),
      Dockerfile: dockerfile('cargo install --locked --path . --root out', 'out/bin/app'),
    },
    binary: 'out/bin/app',
    says: 'hello one',
    edit: ['src/main.rs', MAIN('two')],
    saysThen: 'hello two',
    recompiles: ['app'],
  },
  'preparations below the COPY and in front of cargo': {
    texts: {
      ...VENDOR,
      'Cargo.toml': manifest('app', DEPENDS),
      'Cargo.lock': lock(['app', 'greeting']),
      'src/main.rs': MAIN('one'),
      Dockerfile: `FROM rust:1.95 AS builder\nWORKDIR /app\n# everything\nCOPY . /app\n\nENV RUSTFLAGS="-C debuginfo=0"\nRUN true && \\\n    # the program\n    cargo build --release && \\\n    cp target/release/app app-copy\n\nFROM debian:trixie-slim\nCOPY --from=builder /app/app-copy /app\nCMD ["/app"]\n`,
    },
    binary: 'app-copy',
    says: 'hello one',
    edit: ['src/main.rs', MAIN('two')],
    saysThen: 'hello two',
    recompiles: ['app'],
  },
  'a handwritten layer whose stub would be shipped, repaired': {
    texts: {
      ...VENDOR,
      'Cargo.toml': manifest('app', DEPENDS),
      'Cargo.lock': lock(['app', 'greeting']),
      'src/main.rs': MAIN('one'),
      Dockerfile:
        'FROM rust:1.95 AS builder\nWORKDIR /app\nCOPY Cargo.toml Cargo.lock ./\nCOPY .cargo .cargo\nCOPY vendor vendor\nRUN mkdir src && echo "fn main() {}" > src/main.rs && cargo build --release && rm -rf src\nCOPY src ./src\nRUN cargo build --release\n\nFROM debian:trixie-slim\nCOPY --from=builder /app/target/release/app /app\nCMD ["/app"]\n',
    },
    binary: 'target/release/app',
    says: 'hello one',
    edit: ['src/main.rs', MAIN('two')],
    saysThen: 'hello two',
    recompiles: ['app'],
  },
  'options that a build argument makes, so that only the build knows the profile': {
    texts: {
      ...VENDOR,
      'Cargo.toml': manifest('app', DEPENDS),
      'Cargo.lock': lock(['app', 'greeting']),
      'src/main.rs': MAIN('one'),
      'src/lib.rs': '',
      'build.rs': 'fn main() {}\n',
      Dockerfile: dockerfile('cargo build $FLAGS', 'target/release/app', 'ARG FLAGS="--release --locked"\n'),
    },
    binary: 'target/release/app',
    says: 'hello one',
    edit: ['src/main.rs', MAIN('two')],
    saysThen: 'hello two',
    recompiles: ['app'],
  },
  'cargo install without --locked, which takes the newest versions': {
    texts: {
      ...VENDOR,
      'vendor/greeting-1.1.0/Cargo.toml': '[package]\nname = "greeting"\nversion = "1.1.0"\nedition = "2021"\n',
      'vendor/greeting-1.1.0/.cargo-checksum.json': '{"files":{}}',
      'vendor/greeting-1.1.0/src/lib.rs': 'pub fn text() -> &\'static str { "newest" }\n',
      'Cargo.toml': manifest('app', DEPENDS),
      'Cargo.lock': lock(['app', 'greeting']),
      'src/main.rs': MAIN('one'),
      Dockerfile: dockerfile('cargo install --path . --root out', 'out/bin/app'),
    },
    binary: 'out/bin/app',
    says: 'newest one',
    edit: ['src/main.rs', MAIN('two')],
    saysThen: 'newest two',
    recompiles: ['app'],
  },
  'path dependencies of path dependencies, which inherit from a workspace of their own': {
    texts: {
      ...VENDOR,
      'Cargo.toml': manifest('app', `[workspace]\nexclude = ["libs"]\n[dependencies]\ngreeting = "1"\nfirst = { path = "libs/first" }\n`),
      'Cargo.lock': lock(['app', 'first', 'greeting'], ['first', 'second'], ['second']),
      'src/main.rs': 'fn main() { println!("{} {}", greeting::text(), first::number()); }\n',
      'libs/Cargo.toml':
        '[workspace]\nmembers = ["first", "second"]\n[workspace.package]\nedition = "2021"\nversion = "0.1.0"\n[workspace.dependencies]\nsecond = { path = "second" }\n',
      'libs/first/Cargo.toml':
        '[package]\nname = "first"\nversion.workspace = true\nedition.workspace = true\n[dependencies]\nsecond.workspace = true\n',
      'libs/first/src/lib.rs': 'pub fn number() -> u8 { second::number() }\n',
      'libs/second/Cargo.toml': '[package]\nname = "second"\nversion.workspace = true\nedition.workspace = true\n',
      'libs/second/src/lib.rs': 'pub fn number() -> u8 { 2 }\n',
      Dockerfile: dockerfile('cargo build --release --locked', 'target/release/app'),
    },
    binary: 'target/release/app',
    says: 'hello 2',
    edit: ['src/main.rs', 'fn main() { println!("{} edited {}", greeting::text(), first::number()); }\n'],
    saysThen: 'hello edited 2',
    recompiles: ['app'],
  },
  'a triple that the script computes, and a target directory from the environment': {
    texts: {
      ...VENDOR,
      'Cargo.toml': manifest('app', `${DEPENDS}[build-dependencies]\ngreeting = "1"\n`),
      'Cargo.lock': lock(['app', 'greeting']),
      'src/main.rs': MAIN('one'),
      'build.rs': 'fn main() {}\n',
      Dockerfile: dockerfile(
        'case "$KIND" in quick) P=dev ;; *) P=release ;; esac && \\\n    cargo build --profile $P --target TRIPLE -j$(nproc) && \\\n    cp made/TRIPLE/$P/app app-copy',
        'app-copy',
        'ARG KIND=full\nENV CARGO_TARGET_DIR=made\n',
      ),
    },
    binary: 'app-copy',
    says: 'hello one',
    edit: ['src/main.rs', MAIN('two')],
    saysThen: 'hello two',
    recompiles: ['app'],
  },
  'targets of every kind, a target directory and a triple from the configuration': {
    texts: {
      ...VENDOR,
      '.cargo/config.toml': `${VENDOR['.cargo/config.toml']}[build]\ntarget = "TRIPLE"\ntarget-dir = "made"\n`,
      'Cargo.toml':
        '[workspace]\nmembers = ["server", "tools/*"]\ndefault-members = ["server"]\nresolver = "2"\n[profile.release]\npanic = "abort"\n',
      'Cargo.lock': lock(['generate', 'greeting'], ['helper'], ['server', 'generate', 'greeting', 'helper']),
      'server/Cargo.toml': manifest(
        'server',
        `build = "setup/make.rs"\nautobins = false\ndefault-run = "main-app"\n[lib]\nname = "server_core"\npath = "lib/mod.rs"\ncrate-type = ["rlib", "cdylib"]\n[[bin]]\nname = "main-app"\npath = "app/start.rs"\n[[bin]]\nname = "admin"\npath = "app/admin.rs"\nrequired-features = ["admin"]\n[[example]]\nname = "show"\npath = "show/show.rs"\n[[test]]\nname = "all"\npath = "checks/all.rs"\n[features]\nadmin = []\n[dependencies]\ngreeting = "1"\nhelper = { path = "../tools/helper" }\n[build-dependencies]\ngenerate = { path = "../tools/generate" }\n`,
      ),
      'server/setup/make.rs': 'fn main() { println!("cargo:rustc-env=STAMP={}", generate::stamp()); }\n',
      'server/lib/mod.rs': 'pub fn name() -> String { format!("{} {} {}", greeting::text(), helper::mark!(), env!("STAMP")) }\n',
      'server/app/start.rs': 'fn main() { println!("{}", server_core::name()); }\n',
      'server/app/admin.rs': 'fn main() {}\n',
      'server/show/show.rs': 'fn main() {}\n',
      'server/checks/all.rs': '#[test]\nfn all() {}\n',
      'server/src/main.rs': 'compile_error!("autobins is off");\n',
      'server/benches/speed.rs': 'fn main() {}\n',
      'tools/generate/Cargo.toml': manifest('generate', DEPENDS),
      'tools/generate/src/lib.rs': 'pub fn stamp() -> String { format!("{}-stamp", greeting::text()) }\n',
      'tools/helper/Cargo.toml': manifest('helper', '[lib]\nproc-macro = true\n'),
      'tools/helper/src/lib.rs':
        'use proc_macro::TokenStream;\n#[proc_macro]\npub fn mark(_: TokenStream) -> TokenStream { "\\"macro\\"".parse().unwrap() }\n',
      Dockerfile: dockerfile('cargo build --release --features admin', 'made/TRIPLE/release/main-app'),
    },
    binary: 'made/TRIPLE/release/main-app',
    says: 'hello macro hello-stamp',
    edit: ['tools/generate/src/lib.rs', 'pub fn stamp() -> String { format!("{}-new", greeting::text()) }\n'],
    saysThen: 'hello macro hello-new',
    recompiles: ['generate', 'helper', 'server'],
  },
  'a manifest in a directory of its own, all its targets, and a dependency of the same name': {
    texts: {
      ...VENDOR,
      'vendor/app/Cargo.toml': '[package]\nname = "app"\nversion = "9.0.0"\nedition = "2021"\n',
      'vendor/app/.cargo-checksum.json': '{"files":{}}',
      'vendor/app/src/lib.rs': 'pub fn text() -> &\'static str { "namesake" }\n',
      'code/Cargo.toml': manifest(
        'app',
        '[dependencies]\nnamesake = { package = "app", version = "9" }\n[dev-dependencies]\ngreeting = "1"\n',
      ),
      'code/Cargo.lock': `${lock(['app', 'app 9.0.0', 'greeting'])}\n[[package]]\nname = "app"\nversion = "9.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\n`,
      'code/src/main.rs': 'fn main() { println!("{} one", namesake::text()); }\n',
      'code/tests/api.rs': '#[test]\nfn api() { greeting::text(); }\n',
      'code/examples/small.rs': 'fn main() {}\n',
      Dockerfile: dockerfile('cargo build --release --all-targets --manifest-path code/Cargo.toml', 'code/target/release/app'),
    },
    binary: 'code/target/release/app',
    says: 'namesake one',
    edit: ['code/src/main.rs', 'fn main() { println!("{} two", namesake::text()); }\n'],
    saysThen: 'namesake two',
    recompiles: ['app'],
  },
  'sources copied one by one around variables, and a cargo clean in between': {
    texts: {
      ...VENDOR,
      'Cargo.toml': manifest('app', DEPENDS),
      'Cargo.lock': lock(['app', 'greeting']),
      'src/main.rs': MAIN('one'),
      'src/lib.rs': '',
      Dockerfile:
        'FROM rust:1.95 AS builder\nWORKDIR /app\nCOPY vendor vendor\nCOPY .cargo .cargo\nCOPY src/lib.rs ./src/lib.rs\nENV RUSTFLAGS="-C debuginfo=0"\nCOPY src ./src\nCOPY Cargo.toml Cargo.lock ./\nRUN cargo clean\nRUN cargo build --release\n\nFROM debian:trixie-slim\nCOPY --from=builder /app/target/release/app /app\nCMD ["/app"]\n',
    },
    binary: 'target/release/app',
    says: 'hello one',
    edit: ['src/main.rs', MAIN('two')],
    saysThen: 'hello two',
    recompiles: ['app'],
  },
  'a working directory that changes behind the sources': {
    texts: {
      ...VENDOR,
      'Cargo.toml': '[workspace]\nmembers = ["crates/*"]\nresolver = "2"\n',
      'Cargo.lock': lock(['api', 'greeting', 'shared'], ['shared']),
      'crates/api/Cargo.toml': manifest('api', '[dependencies]\ngreeting = "1"\nshared = { path = "../shared" }\n'),
      'crates/api/src/main.rs': 'fn main() { println!("{} {}", greeting::text(), shared::number()); }\n',
      'crates/shared/Cargo.toml': manifest('shared'),
      'crates/shared/src/lib.rs': 'pub fn number() -> u8 { 1 }\n',
      Dockerfile:
        'FROM rust:1.95 AS builder\nWORKDIR /app\nCOPY . .\nWORKDIR /app/crates/api\nRUN cargo build --release\n\nFROM debian:trixie-slim\nCOPY --from=builder /app/target/release/api /api\nCMD ["/api"]\n',
    },
    binary: 'target/release/api',
    says: 'hello 1',
    edit: ['crates/shared/src/lib.rs', 'pub fn number() -> u8 { 2 }\n'],
    saysThen: 'hello 2',
    recompiles: ['api', 'shared'],
  },
  'cache mounts with a target directory that outlives the image': {
    texts: {
      ...VENDOR,
      'Cargo.toml': manifest('app', DEPENDS),
      'Cargo.lock': lock(['app', 'greeting']),
      'src/main.rs': MAIN('one'),
      Dockerfile: dockerfile('cargo build --release', 'target/release/app'),
    },
    binary: 'out/app',
    says: 'hello one',
    edit: ['src/main.rs', MAIN('two')],
    saysThen: 'hello two',
    recompiles: ['app'],
    settings: { cargoCache: { strategy: 'mount' } },
  },
};

const triple = /host: (\S+)/.exec(spawnSync('rustc', ['-vV'], { encoding: 'utf8' }).stdout ?? '')?.[1] ?? 'x86_64-unknown-linux-gnu';

describe.skipIf(!hasCargo)('with real cargo', () => {
  test.each(Object.keys(LAYOUTS))(
    '%s',
    (name) => {
      const layout = LAYOUTS[name];
      if (!layout) throw new Error(name);
      const texts: Texts = Object.fromEntries(
        Object.entries(layout.texts).map(([path, text]) => [path, text.replaceAll('TRIPLE', triple)]),
      );
      const after = migrated(texts, layout.settings);
      const image = join(root, name.replace(/\W+/g, '-'));
      const cache = new Map<string, string>();
      const binary = join(image, 'app', layout.binary.replaceAll('TRIPLE', triple));
      const first = build(image, after, texts, cache);
      expect(first.failed, first.log).toBe(false);
      expect(first.log).toContain('Compiling greeting');
      expect(said(binary)).toBe(layout.says);

      const [edited, text] = layout.edit;
      const second = build(image, after, { ...texts, [edited]: text }, cache);
      expect(second.failed, second.log).toBe(false);
      expect(compiled(second.log)).toEqual([...layout.recompiles].sort());
      expect(said(binary)).toBe(layout.saysThen);
    },
    120_000,
  );

  test('the recipe without `cargo clean` ships the stub: the trap is real', () => {
    const texts = LAYOUTS['a handwritten layer whose stub would be shipped, repaired']?.texts ?? {};
    const image = join(root, 'trap');
    const built = build(image, texts['Dockerfile'] ?? '', texts, new Map());
    expect(built.failed, built.log).toBe(false);
    expect(said(join(image, 'app/target/release/app'))).toBe('');
  }, 60_000);
});

function migrated(texts: Texts, settings: Partial<Settings> = {}): string {
  const plan = planTree(
    memoryFiles(new Map(Object.entries(texts).map(([path, text]) => [path as RepoPath, text]))),
    ['cargo-cache'],
    settings,
  );
  const after = plan.changes.find(({ path }) => path === 'Dockerfile')?.after;
  if (after === undefined)
    throw new Error(`not migrated: ${JSON.stringify(plan.outcomes.find(({ transform }) => transform === 'cargo-cache'))}`);
  return after;
}

interface Built {
  readonly log: string;
  readonly failed: boolean;
}

/**
 * Builds the first stage in `image` as an engine would: a layer is reused while nothing before it changed; COPY keeps modification
 * times, here those of 2001; a cache mount is a directory that stays.
 */
function build(image: string, text: string, texts: Texts, cache: Map<string, string>): Built {
  const parsed = parseDockerfile('Dockerfile' as RepoPath, text);
  if (parsed.kind !== 'parsed') throw new Error(parsed.detail);
  const { dockerfile: file } = parsed;
  const context = mkdtempSync(join(root, 'context-'));
  for (const [path, content] of Object.entries(texts)) put(join(context, path), content);
  rmSync(image, { recursive: true, force: true });
  mkdirSync(image, { recursive: true });
  let key = '';
  let workdir = '/';
  let log = '';
  const env: Record<string, string> = {};
  for (const instruction of file.stages[0]?.instructions ?? []) {
    const words = instruction.words.map(({ value }) => value);
    key = `${key}\n${instruction.args.text}`;
    if (instruction.keyword === 'WORKDIR') {
      workdir = words[0] ?? '/';
      mkdirSync(join(image, workdir), { recursive: true });
    } else if (instruction.keyword === 'ENV' || instruction.keyword === 'ARG') {
      const [name = '', ...value] = (words[0] ?? '').split('=');
      env[name] = value.join('=');
    } else if (instruction.keyword === 'COPY') {
      key += words
        .slice(0, -1)
        .map((source) => contents(join(context, source)))
        .join();
      copy(context, image, workdir, words);
    } else if (instruction.keyword === 'RUN') {
      const kept = cache.get(key);
      if (kept !== undefined && existsSync(kept)) {
        rmSync(image, { recursive: true });
        cpSync(kept, image, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
        continue;
      }
      const ran = run(file, instruction, image, workdir, env, cache);
      log += ran.log;
      if (ran.failed) return { log, failed: true };
      const layer = mkdtempSync(join(root, 'layer-'));
      cpSync(image, layer, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
      cache.set(key, layer);
    }
  }
  return { log, failed: false };
}

function run(
  file: Dockerfile,
  instruction: Instruction,
  image: string,
  workdir: string,
  env: Readonly<Record<string, string>>,
  cache: Map<string, string>,
): Built {
  const mounts = instruction.flags
    .filter(({ name, value }) => name === 'mount' && (value ?? '').includes('type=cache'))
    .map(({ value }) => /target=([^,]+)/.exec(value ?? '')?.[1] ?? '')
    .filter((target) => target.startsWith('/app'));
  for (const target of mounts) {
    const kept = cache.get(`mount ${target}`);
    if (kept !== undefined) cpSync(kept, join(image, target), { recursive: true, preserveTimestamps: true });
  }
  // Absolute paths of the image become paths below its directory.
  const code = instruction.args.text.replace(/(?<![\w./])\/(app|out)(?=[/\s]|$)/g, (_whole, dir: string) =>
    join(image, dir === 'out' ? 'app/out' : dir),
  );
  const { PATH, HOME, CARGO_HOME, RUSTUP_HOME } = process.env;
  const ran = spawnSync('/bin/sh', ['-c', code], {
    cwd: join(image, workdir),
    encoding: 'utf8',
    env: { PATH, HOME, CARGO_HOME, RUSTUP_HOME, CARGO_NET_OFFLINE: 'true', CARGO_TERM_COLOR: 'never', ...env },
  });
  for (const target of mounts) {
    const kept = mkdtempSync(join(root, 'mount-'));
    if (ran.status === 0) cpSync(join(image, target), kept, { recursive: true, preserveTimestamps: true });
    cache.set(`mount ${target}`, kept);
    rmSync(join(image, target), { recursive: true, force: true });
  }
  return {
    log: `$ ${file.text.slice(instruction.span.start, instruction.span.end)}\n${ran.stdout}${ran.stderr}`,
    failed: ran.status !== 0,
  };
}

const OLD = new Date('2001-02-03T04:05:06Z');

function put(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  utimesSync(path, OLD, OLD);
}

function copy(context: string, image: string, workdir: string, words: readonly string[]): void {
  const last = words.at(-1) ?? '.';
  const target = join(image, last.startsWith('/') ? last : join(workdir, last));
  for (const source of words.slice(0, -1)) {
    const from = join(context, source);
    const directory = statSync(from).isDirectory();
    const to = directory || !(words.length > 2 || last.endsWith('/') || last === '.') ? target : join(target, basename(source));
    mkdirSync(directory ? to : dirname(to), { recursive: true });
    cpSync(from, to, { recursive: true, preserveTimestamps: true });
  }
  for (const path of readdirSync(image, { recursive: true, encoding: 'utf8' }))
    if (/\.rs$/.test(path) && !path.includes('target')) lutimesSync(join(image, path), OLD, OLD);
}

/** What decides whether a COPY's layer is reused. */
function contents(path: string): string {
  if (!statSync(path).isDirectory()) return `${path}:${spawnSync('cat', [path], { encoding: 'utf8' }).stdout}`.slice(path.lastIndexOf('/'));
  return spawnSync('sh', ['-c', 'find . -type f | sort | xargs tail -n +1'], { cwd: path, encoding: 'utf8' }).stdout;
}

function compiled(log: string): readonly string[] {
  return [...new Set([...log.matchAll(/^\s*Compiling (\S+)/gm)].map(([, name]) => name ?? ''))].sort();
}

function said(binary: string): string {
  const ran = spawnSync(binary, { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${binary}: ${ran.error?.message ?? ran.stderr}`);
  return ran.stdout.trim();
}
