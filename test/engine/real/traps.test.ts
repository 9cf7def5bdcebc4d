/** The known traps: each breaks a real container when it is forced, and none of them gets past dockmod. */

import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIGURATION } from '../../../src/plan/configuration.ts';
import type { Verification } from '../../../src/engine/verification.ts';
import { engineUnderTest, forced, proven, refusals, repository, type Repository } from './support.ts';

const GO_MOD = 'module trap.example/app\n\ngo 1.21\n';
const SERVER = (body: string): string => `package main

import (
\t"log"
\t"net/http"
\t"os"
)

func main() {
${body}\thttp.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("ok")) })
\tif len(os.Args) > 1 && os.Args[1] == "check" {
\t\tif _, err := http.Get("http://127.0.0.1:8080/"); err != nil {
\t\t\tos.Exit(1)
\t\t}
\t\treturn
\t}
\tlog.Fatal(http.ListenAndServe(":8080", nil))
}
`;
/** C's strtol, which code compiled on Debian 13 asks glibc 2.38 for. */
const CGO = `package main

// #define _GNU_SOURCE
// #include <stdlib.h>
// static long parse(const char *text) { return strtol(text, NULL, 10); }
import "C"

func parse(text string) int { return int(C.parse(C.CString(text))) }
`;

function texts({ findings, after }: Verification): string {
  return `${findings.map(({ kind, text }) => `${kind}: ${text}`).join('\n')}\n${after?.observation?.log ?? ''}\n${after?.observation?.error ?? ''}`;
}

/** What dockmod itself makes of the repository is not worse; it refuses, or its own result works. */
async function dockmodIsSafe(repo: Repository, codes: readonly string[]): Promise<void> {
  const refused = refusals(repo);
  expect(
    refused.some((code) => codes.includes(code)),
    `refused with ${refused.join(', ') || 'nothing'}, expected one of ${codes.join(', ')}`,
  ).toBe(true);
  const [own] = repo.plans;
  if (own !== undefined && own.changes.length > 0) expect((await proven(repo, own)).judgement).not.toBe('worse');
}

describe.skipIf(engineUnderTest === undefined)('traps', () => {
  test('a binary built against a newer glibc does not start on an older runtime', async () => {
    const dockerfile = (runtime: string): string =>
      `FROM golang:1.25-trixie AS build\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=1 go build -o /app .\n\nFROM ${runtime}\nCOPY --from=build /app /app\nEXPOSE 8080\nENTRYPOINT ["/app"]\n`;
    const files = { 'go.mod': GO_MOD, 'main.go': SERVER('\tlog.Print(parse("42"))\n'), 'c.go': CGO };
    const repo = repository(
      { ...files, Dockerfile: dockerfile('debian:trixie-slim') },
      { ...DEFAULT_CONFIGURATION, settings: { ...DEFAULT_CONFIGURATION.settings, distroless: { debian: 12 } } },
    );
    const result = await proven(repo, forced(repo, dockerfile('gcr.io/distroless/base-debian12:nonroot')));
    expect(result.judgement).toBe('worse');
    expect(texts(result)).toMatch(/GLIBC_2\.38['"`]? not found/);
    await dockmodIsSafe(repo, ['builder-too-new']);
  });

  test('a shell-form health check never passes without a shell', async () => {
    const dockerfile = (runtime: string): string =>
      `FROM golang:1.25-bookworm AS build\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app .\n\nFROM ${runtime}\nCOPY --from=build /app /app\nEXPOSE 8080\nHEALTHCHECK CMD wget -q -O /dev/null http://127.0.0.1:8080/ || exit 1\nENTRYPOINT ["/app"]\n`;
    const repo = repository({ 'go.mod': GO_MOD, 'main.go': SERVER(''), Dockerfile: dockerfile('alpine:3.20') });
    const result = await proven(repo, forced(repo, dockerfile('gcr.io/distroless/static-debian13:nonroot')), { patience: 10_000 });
    expect(result.judgement).toBe('worse');
    expect(result.before?.observation?.health).toBe('healthy');
    expect(texts(result)).toMatch(/health check passed before and is (?:unhealthy|starting) now/);
    await dockmodIsSafe(repo, ['shell-healthcheck']);
  });

  test('a volume that belongs to root cannot be written by another user', async () => {
    const dockerfile = (runtime: string): string =>
      `FROM golang:1.25-bookworm AS build\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /app .\n\nFROM ${runtime}\nCOPY --from=build /app /app\nVOLUME /data\nEXPOSE 8080\nENTRYPOINT ["/app"]\n`;
    const writes = '\tif err := os.WriteFile("/data/state", []byte("1"), 0o644); err != nil {\n\t\tlog.Fatal(err)\n\t}\n';
    const files = {
      'go.mod': GO_MOD,
      'main.go': SERVER(writes),
      'compose.yaml': 'services:\n  app:\n    build: .\n    volumes:\n      - data:/data\nvolumes:\n  data: {}\n',
    };
    const repo = repository({ ...files, Dockerfile: dockerfile('alpine:3.20') });
    const result = await proven(repo, forced(repo, dockerfile('gcr.io/distroless/static-debian13:nonroot')));
    expect(result.judgement).toBe('worse');
    expect(result.after?.observation?.symptoms.map(({ kind, subject }) => `${kind} ${subject}`)).toContain('permission /data/state');
    // A named volume is no reason to refuse: its mount point is made in the image, owned by the new user.
    const [own] = repo.plans;
    if (own !== undefined && own.changes.length > 0) expect((await proven(repo, own)).judgement).toMatch(/same|better/);
    const bound = repository({
      ...files,
      Dockerfile: dockerfile('alpine:3.20'),
      'compose.yaml': files['compose.yaml'].replace('- data:/data', '- ./data:/data'),
    });
    expect(refusals(bound)).toContain('volume-ownership');
  });

  test('a shared library that the new base lacks stops the program at its start', async () => {
    const cgo = CGO.replace(
      '// #define',
      '// #cgo LDFLAGS: -lsqlite3\n// extern const char *sqlite3_libversion(void);\n// #define',
    ).replace('strtol(text, NULL, 10)', 'strtol(text, NULL, 10) + (sqlite3_libversion()[0] == 0)');
    const dockerfile = (runtime: string, install: string): string =>
      `FROM golang:1.25-bookworm AS build\nRUN apt-get update && apt-get install -y libsqlite3-dev\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=1 go build -o /app .\n\nFROM ${runtime}\n${install}COPY --from=build /app /app\nEXPOSE 8080\nENTRYPOINT ["/app"]\n`;
    const repo = repository({
      'go.mod': GO_MOD,
      'main.go': SERVER('\tlog.Print(parse("42"))\n'),
      'c.go': cgo,
      Dockerfile: dockerfile('debian:bookworm-slim', 'RUN apt-get update && apt-get install -y libsqlite3-0\n'),
    });
    const result = await proven(repo, forced(repo, dockerfile('gcr.io/distroless/cc-debian13:nonroot', '')));
    expect(result.judgement).toBe('worse');
    expect(result.after?.observation?.symptoms[0]).toMatchObject({ kind: 'library', subject: 'libsqlite3.so.0' });
    await dockmodIsSafe(repo, ['cgo-library', 'dynamic-binary-unknown', 'final-stage-run']);
  });

  test('a cgo binary on static has no loader', async () => {
    const dockerfile = (runtime: string): string =>
      `FROM golang:1.25-bookworm AS build\nWORKDIR /src\nCOPY . .\nRUN CGO_ENABLED=1 go build -o /app .\n\nFROM ${runtime}\nCOPY --from=build /app /app\nEXPOSE 8080\nENTRYPOINT ["/app"]\n`;
    const repo = repository({
      'go.mod': GO_MOD,
      'main.go': SERVER('\tlog.Print(parse("42"))\n'),
      'c.go': CGO,
      Dockerfile: dockerfile('debian:bookworm-slim'),
    });
    const result = await proven(repo, forced(repo, dockerfile('gcr.io/distroless/static-debian13:nonroot')));
    expect(result.judgement).toBe('worse');
    expect(texts(result)).toMatch(/no such file or directory/);
    // Static is never chosen for it; base, which has the loader, may be.
    expect(repo.plans.some(({ changes }) => changes.some(({ after }) => after.includes('distroless/static')))).toBe(false);
    const [own] = repo.plans;
    if (own !== undefined && own.changes.length > 0) expect((await proven(repo, own)).judgement).toMatch(/same|better/);
  });

  test('a dependency layer built from a stub ships the stub', async () => {
    const before =
      'FROM rust:1.83-slim-bookworm AS build\nWORKDIR /src\nCOPY . .\nRUN cargo build --release\n\nFROM debian:bookworm-slim\nCOPY --from=build /src/target/release/app /app\nEXPOSE 8080\nENTRYPOINT ["/app"]\n';
    const naive = before.replace(
      'COPY . .\nRUN cargo build --release\n',
      'COPY Cargo.toml Cargo.lock ./\nRUN mkdir src && echo "fn main() {}" > src/main.rs && cargo build --release && rm -rf src\nCOPY . .\nRUN cargo build --release\n',
    );
    const main =
      'use std::io::{Read, Write};\nuse std::net::TcpListener;\n\nfn main() {\n    let listener = TcpListener::bind("0.0.0.0:8080").unwrap();\n    for stream in listener.incoming() {\n        let mut stream = stream.unwrap();\n        let _ = stream.read(&mut [0; 1024]);\n        let _ = stream.write_all(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\nconnection: close\\r\\n\\r\\nok");\n    }\n}\n';
    const repo = repository({
      Dockerfile: before,
      'Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n',
      'Cargo.lock':
        '# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\nversion = 3\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n',
      'src/main.rs': main,
    });
    const result = await proven(repo, forced(repo, naive));
    expect(result.judgement).toBe('worse');
    expect(result.after?.observation).toMatchObject({ outcome: 'exited', exitCode: 0 });
    const [own] = repo.plans;
    if (own !== undefined && own.changes.length > 0) {
      const proof = await proven(repo, own, { rebuild: true });
      expect(proof.judgement, texts(proof)).toMatch(/same|better/);
      expect(proof.after?.observation?.outcome).toBe('up');
    }
  });
});
