/** Services of each language, most of them of the example repository: built and run before and after, asked over HTTP. */

import { afterAll, describe, expect, test } from 'vitest';
import { formatBytes, formatChange } from '../../../src/size/bytes.ts';
import type { Side, Verification } from '../../../src/engine/verification.ts';
import { docker, engineUnderTest, plan, proven, repository, type Repository } from './support.ts';

interface Expected {
  readonly language: string;
  readonly service: string;
  readonly port: number;
  /** Answers 200 before and after; a 404 where a service has nothing better is said so. */
  readonly path: string;
  readonly status?: number;
  /** Effective user of the running process, after. */
  readonly uid: number;
  /** Another base or fewer stages: the image must get smaller. */
  readonly smaller?: true;
  /** A dependency layer was introduced: after an edit, more steps come from the cache than before. */
  readonly cached?: true;
}

const EXAMPLE: readonly Expected[] = [
  { language: 'Go', service: 'gateway', port: 8080, path: '/healthz', uid: 65532, smaller: true },
  { language: 'Go, one stage', service: 'shortlink', port: 8086, path: '/', status: 404, uid: 65532, smaller: true },
  { language: 'Rust', service: 'search', port: 8090, path: '/', uid: 65532, smaller: true },
  { language: 'Python', service: 'status', port: 8106, path: '/', uid: 10001 },
  { language: 'Node', service: 'storefront', port: 3000, path: '/healthz', uid: 1000, cached: true },
  { language: 'Deno', service: 'chat', port: 8110, path: '/healthz', uid: 65532, smaller: true },
];

/** A crate that takes a while to compile, as a dependency; vendored, since no registry of crates is reached. */
function rustWithDependency(): Repository {
  const arms = Array.from(
    { length: 3000 },
    (_, n) => `        ${n} => (value ^ ${n * 7919}).rotate_left(${n % 63}).wrapping_mul(${2 * n + 1}),`,
  ).join('\n');
  const checksum = '0'.repeat(64);
  return repository({
    Dockerfile:
      'FROM rust:1.83-slim-bookworm AS build\nWORKDIR /src\nCOPY . .\nRUN cargo build --release\n\nFROM debian:bookworm-slim\nCOPY --from=build /src/target/release/relay /usr/local/bin/relay\nEXPOSE 8095\nENTRYPOINT ["/usr/local/bin/relay"]\n',
    'compose.yaml': 'services:\n  relay:\n    build: .\n    ports: ["8095:8095"]\n',
    'Cargo.toml': '[package]\nname = "relay"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\nmixer = "1.0"\n',
    'Cargo.lock': `version = 3\n\n[[package]]\nname = "mixer"\nversion = "1.0.0"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "${checksum}"\n\n[[package]]\nname = "relay"\nversion = "0.1.0"\ndependencies = [\n "mixer",\n]\n`,
    '.cargo/config.toml': '[source.crates-io]\nreplace-with = "vendored"\n\n[source.vendored]\ndirectory = "vendor"\n',
    'vendor/mixer/.cargo-checksum.json': `{"files":{},"package":"${checksum}"}`,
    'vendor/mixer/Cargo.toml': '[package]\nname = "mixer"\nversion = "1.0.0"\nedition = "2021"\n',
    'vendor/mixer/src/lib.rs': `pub fn mix(value: u64) -> u64 {\n    match value % 3000 {\n${arms}\n        _ => value,\n    }\n}\n`,
    'src/main.rs':
      'use std::io::{Read, Write};\nuse std::net::TcpListener;\n\nfn main() {\n    let listener = TcpListener::bind("0.0.0.0:8095").unwrap();\n    for stream in listener.incoming() {\n        let mut stream = stream.unwrap();\n        let read = stream.read(&mut [0; 1024]).unwrap_or(0) as u64;\n        let body = mixer::mix(read).to_string();\n        let _ = write!(stream, "HTTP/1.1 200 OK\\r\\ncontent-length: {}\\r\\nconnection: close\\r\\n\\r\\n{body}", body.len());\n    }\n}\n',
  });
}

const results: { readonly language: string; readonly path: string; readonly verification: Verification }[] = [];

/** Proves one service and remembers what the table shows. */
async function prove(repo: Repository, { language, service, port, path, status = 200, uid, smaller, cached }: Expected): Promise<void> {
  const found = repo.plans.find((candidate) => candidate.service === service);
  expect(found?.changes.length, `${service} is changed`).toBeGreaterThan(0);
  const verification = await proven(repo, found!, { rebuild: cached === true });
  results.push({ language, path: `:${port}${path}`, verification });
  const { before, after, judgement, findings, notes, rebuild, layers } = verification;
  expect(
    judgement,
    JSON.stringify(
      { findings, notes, log: after?.build.kind === 'built' ? after.observation?.log : after?.build.log.slice(-1500) },
      undefined,
      1,
    ),
  ).toBe('better');
  expect(after?.observation).toMatchObject({ outcome: 'up', profile: 'hardened', uid });
  const answer = (side: Side | undefined): number | undefined =>
    side?.observation?.ports.find((candidate) => candidate.port === port)?.http[path];
  expect([answer(before), answer(after)]).toEqual([status, status]);
  const pull = (side: Side | undefined): number => (side?.measure?.kind === 'built' ? side.measure.pull : Number.NaN);
  expect(pull(after)).toBeLessThan(pull(before) * (smaller === true ? 0.8 : 1.01));
  expect(layers?.length).toBeGreaterThan(1);
  if (cached !== true) return;
  expect(rebuild?.after.cached, JSON.stringify(rebuild, undefined, 1)).toBeGreaterThan(rebuild?.before.cached ?? 0);
}

describe.skipIf(engineUnderTest === undefined)('services', () => {
  const monorepo = { ...plan('examples/monorepo'), root: `${process.cwd()}/examples/monorepo` };
  test.each(EXAMPLE)('$language: $service works after the change, is better, and answers as uid $uid', (expected) =>
    prove(monorepo, expected),
  );

  test('Rust with a dependency: after an edit, only the project is compiled again', async () => {
    const repo = rustWithDependency();
    await prove(repo, {
      language: 'Rust, with a dependency',
      service: 'relay',
      port: 8095,
      path: '/',
      uid: 65532,
      smaller: true,
      cached: true,
    });
  });

  test('nothing is left behind', () => {
    expect(docker(['ps', '-aq', '--filter', 'label=dev.dockmod.verify']).out.trim()).toBe('');
    expect(docker(['image', 'ls', '-q', 'dockmod-verify']).out.trim()).toBe('');
  });
});

afterAll(() => {
  if (results.length === 0) return;
  const rows = results.map(({ language, path, verification: { service, judgement, before, after, rebuild } }) => {
    const size = (which: 'pull' | 'disk'): string => {
      const [left, right] = [before?.measure, after?.measure].map((measure) =>
        measure === undefined || measure.kind === 'unknown' ? undefined : measure[which],
      );
      return left === undefined || right === undefined
        ? '-'
        : `${formatBytes(left)} → ${formatBytes(right)} (${formatChange(left, right)})`;
    };
    const http = (side: Side | undefined): string =>
      String(
        side?.observation?.ports.flatMap(({ port, http: answers }) =>
          Object.entries(answers)
            .filter(([asked]) => `:${port}${asked}` === path)
            .map(([, status]) => status),
        )[0] ?? '-',
      );
    const again =
      rebuild === undefined
        ? '-'
        : `${rebuild.before.seconds.toFixed(1)} s, ${rebuild.before.cached}/${rebuild.before.steps} → ${rebuild.after.seconds.toFixed(1)} s, ${rebuild.after.cached}/${rebuild.after.steps}`;
    return [
      language,
      `\`${service}\``,
      judgement,
      size('pull'),
      size('disk'),
      `${before?.observation?.uid ?? '?'} → ${after?.observation?.uid ?? '?'}`,
      `\`${path}\` ${http(before)} → ${http(after)}`,
      again,
    ];
  });
  const lines = [['language', 'service', 'verdict', 'pull', 'disk', 'uid', 'HTTP', 'rebuild: time, steps cached'], ...rows];
  process.stdout.write(
    `\nLocal stand-ins, ${new Date().toISOString().slice(0, 10)}, ${results[0]?.verification.engine ?? ''}: sizes are near the public images', never equal.\n\n${lines.map((cells, index) => `| ${cells.join(' | ')} |${index === 0 ? `\n|${' --- |'.repeat(cells.length)}` : ''}`).join('\n')}\n\n`,
  );
});
