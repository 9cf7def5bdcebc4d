import { expect, test } from 'vitest';
import { denoAccesses, denoConfig, denoGraph } from '../../src/project/deno.ts';
import { at, tree } from './tree.ts';

/** `permission target` lines, the target as a flag would hold it. */
function accesses(texts: Readonly<Record<string, string>>, entry = 'main.ts'): readonly string[] {
  const files = tree(texts);
  const found = denoAccesses(files, at(entry), denoConfig(files, at('.'), at('.')));
  if (!found) throw new Error('no such entry');
  const lines = found.accesses.map(
    ({ permission, target }) =>
      `${permission} ${target.kind === 'any' ? '*' : target.kind === 'name' ? target.name : `${target.path}${target.from === undefined ? '' : ` from ${target.from}`}`}`,
  );
  return [
    ...new Set([
      ...lines,
      ...found.gaps.map(({ reason }) => `gap: ${reason}`),
      ...found.unknown.map(({ name }) => `unknown: ${name}`),
      ...found.browser.map(({ name }) => `browser: ${name}`),
    ]),
  ].sort();
}

const main = (text: string): readonly string[] => accesses({ 'main.ts': text });

test('configuration with comments, tasks with their offsets, import maps, lock and members', () => {
  const text =
    '{\n  // tasks\n  "tasks": { "start": "deno run -A main.ts", "dev": { "command": "deno run --watch main.ts", "dependencies": ["gen"] }, },\n  "imports": { "@std/": "jsr:@std/" }, "lock": { "frozen": true }, "workspace": ["lib"]\n}\n';
  const files = tree({
    'deno.jsonc': text,
    'deno.lock': '{}',
    'lib/deno.json': '{ "name": "@me/lib", "exports": { ".": "./mod.ts", "./x": "./x.ts" } }',
  });
  const config = denoConfig(files, at('src'), at('.'));
  expect(config).toMatchObject({
    path: 'deno.jsonc',
    lock: 'deno.lock',
    frozen: true,
    members: { '@me/lib': 'lib/mod.ts', '@me/lib/x': 'lib/x.ts' },
  });
  expect(
    config?.tasks.map(({ name, command, dependencies, at: where, span }) => [
      name,
      command,
      dependencies,
      where.line,
      text.slice(span.start, span.end),
    ]),
  ).toEqual([
    ['start', 'deno run -A main.ts', [], 3, '"deno run -A main.ts"'],
    ['dev', 'deno run --watch main.ts', ['gen'], 3, '"deno run --watch main.ts"'],
  ]);
});

test('the graph follows relative imports, import maps, workspace members and constant dynamic imports, not types', () => {
  const files = tree({
    'deno.json':
      '{ "imports": { "@std/http": "jsr:@std/http@1", "~/": "./lib/", "oak": "https://deno.land/x/oak@v12.6.1/mod.ts" }, "workspace": ["pkg"] }',
    'pkg/deno.json': '{ "name": "@me/pkg", "exports": "./mod.ts" }',
    'pkg/mod.ts': '',
    'main.ts':
      'import type { T } from "./types.ts";\nimport { serveDir } from "@std/http/file-server";\nimport "~/a.ts";\nimport { Application } from "oak";\nimport { p } from "@me/pkg";\nimport fs from "node:fs";\nexport * from "./b.ts";\nawait import("./c.ts");\nimport x from "npm:@scope/pkg@1/sub";\n',
    'lib/a.ts': 'import "nowhere";',
    'b.ts': '',
    'c.ts': 'const n = 1; await import(`./${n}.ts`);',
    'types.ts': '',
  });
  const graph = denoGraph(files, at('main.ts'), denoConfig(files, at('.'), at('.')));
  expect(graph?.modules).toEqual(['main.ts', 'lib/a.ts', 'pkg/mod.ts', 'b.ts', 'c.ts']);
  expect(graph?.externals.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'jsr @std/http/file-server',
    'https x/oak',
    'node fs',
    'npm @scope/pkg',
    'unresolved nowhere',
  ]);
  expect(graph?.gaps).toEqual([{ at: { path: 'c.ts', line: 1 }, reason: 'a module is imported by a computed name' }]);
});

test('files: literals, constants, module-relative URLs, joined paths and computed ones', () => {
  expect(main('Deno.readTextFile("./config.json"); Deno.writeTextFileSync("out/log.txt", "x");')).toEqual([
    'read ./config.json',
    'write out/log.txt',
  ]);
  expect(main('const DIR = "data"; const f = `${DIR}/x.json`; await Deno.readFile(f); Deno.stat(`./cache/${id}.bin`);')).toEqual([
    'read ./cache',
    'read data/x.json',
  ]);
  expect(main('Deno.readFile(new URL("../a.txt", import.meta.url)); Deno.readDir(`${import.meta.dirname}/views`);')).toEqual([
    'read ../a.txt from main.ts',
    'read ./views from main.ts',
  ]);
  expect(main('import { join } from "jsr:@std/path"; Deno.readFile(join("a", "b", name)); Deno.readFile(["x"].join("/"));')).toEqual([
    'read *',
    'read a/b',
  ]);
  expect(main('Deno.readFile(path);')).toEqual(['read *']);
  expect(
    main(
      'Deno.open("a", { write: true, create: true }); Deno.open("b"); Deno.open("c", { read: true, append: true }); Deno.open("d", options);',
    ),
  ).toEqual(['read b', 'read c', 'read d', 'write a', 'write c', 'write d']);
  expect(main('Deno.copyFile("a", "b"); Deno.makeTempFile(); Deno.symlink("a", "b");')).toEqual([
    'read *',
    'read a',
    'write *',
    'write /tmp',
    'write b',
  ]);
});

test('constants are followed through modules, parameters through all calls of their function', () => {
  expect(
    accesses({
      'main.ts':
        'import { PATHS } from "./c.ts"; import { env } from "./env.ts"; Deno.readFile(PATHS.config); env("PORT"); env("HOST", "x");',
      'c.ts': 'export const PATHS = { config: "/etc/app.json" };',
      'env.ts': 'export function env(name: string, fallback?: string) { return Deno.env.get(name) ?? fallback; }',
    }),
  ).toEqual(['env HOST', 'env PORT', 'read /etc/app.json']);
  expect(main('const get = (name: string) => Deno.env.get(name); get("A"); ["B"].map(get);')).toEqual(['env *']);
  expect(main('const cfg = { dir: "a" }; cfg.dir = x; Deno.readFile(cfg.dir);')).toEqual(['read *']);
  expect(main('let dir = "a"; Deno.readFile(dir);')).toEqual(['read *']);
  expect(main('const dir = "a"; function f(dir) { Deno.readFile(dir); } f("b");')).toEqual(['read *']);
});

test('environment: names, prefixes, everything', () => {
  expect(main('Deno.env.get("A")!; Deno.env.has("B"); Deno.env.get(`OTEL_${x}`); process.env.C; const { D, E: e } = process.env;')).toEqual(
    ['env A', 'env B', 'env C', 'env D', 'env E', 'env OTEL_*'],
  );
  expect(main('Deno.env.toObject();')).toEqual(['env *']);
  expect(main('import process from "node:process"; process.env[name];')).toEqual(['env *']);
  expect(main('import { env } from "node:process"; env.X;')).toEqual(['env X']);
});

test('servers: default, constant, computed and socket addresses', () => {
  expect(main('Deno.serve(() => new Response());')).toEqual(['net 0.0.0.0:8000']);
  expect(main('Deno.serve(app.fetch);')).toEqual(['net 0.0.0.0:8000']);
  expect(main('const PORT = 8080; Deno.serve({ port: PORT, hostname: "::" }, handler);')).toEqual(['net [::]:8080']);
  expect(main('Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8080) }, handler);')).toEqual(['env PORT', 'net 0.0.0.0']);
  expect(main('Deno.serve(options, handler);')).toEqual(['net *']);
  expect(main('Deno.serve({ ...options, port: 1 }, handler);')).toEqual(['net *']);
  expect(main('Deno.serve({ path: "/run/app.sock" }, handler);')).toEqual(['net *', 'read *', 'write *']);
  expect(main('import http from "node:http"; http.createServer(f).listen(3000);')).toEqual(['net 0.0.0.0:3000', 'net [::]:3000']);
  expect(main('import { createServer } from "node:http"; createServer(f).listen(port);')).toEqual(['net *']);
});

test('clients: constant hosts, hosts of templates, computed ones', () => {
  expect(
    main('fetch("https://api.example.com/v1"); fetch(`https://b.example.com:8443/${id}`); new WebSocket("wss://c.example.com");'),
  ).toEqual(['net api.example.com', 'net b.example.com:8443', 'net c.example.com']);
  expect(main('fetch(`http://127.0.0.1:${port}/x`);')).toEqual(['net 127.0.0.1']);
  expect(main('fetch(`https://${host}/x`);')).toEqual(['net *']);
  expect(main('const BASE = "https://api.example.com"; fetch(new URL("/x", BASE)); fetch(`${BASE}${path}`);')).toEqual([
    'net *',
    'net api.example.com',
  ]);
  expect(main('Deno.connect({ hostname: "db", port: 5432 });')).toEqual(['net db:5432']);
});

test('programs, libraries and host facts only with evidence', () => {
  expect(main('new Deno.Command("git", { args: ["log"] }); new Deno.Command(Deno.execPath());')).toEqual([
    'read /bin/deno',
    'read /usr/bin/deno',
    'run deno',
    'run git',
  ]);
  expect(main('new Deno.Command(tool);')).toEqual(['run *']);
  expect(main('Deno.run({ cmd: ["ls"] }); Deno.dlopen("./libx.so", {}); Deno.hostname(); Deno.osRelease();')).toEqual([
    'ffi ./libx.so',
    'run ls',
    'sys hostname',
    'sys osRelease',
  ]);
  expect(main('import { spawn } from "node:child_process"; spawn("git");')).toEqual(['env *', 'run git']);
  expect(main('import os from "node:os"; os.cpus(); os.EOL;')).toEqual(['sys cpus']);
});

test('workers are read and followed', () => {
  expect(
    accesses({
      'main.ts': 'new Worker(new URL("./w.ts", import.meta.url), { type: "module" });',
      'w.ts': 'import "./dep.ts"; Deno.env.get("W");',
      'dep.ts': '',
    }),
  ).toEqual(['env W', 'read ./dep.ts from dep.ts', 'read ./w.ts from main.ts', 'read ./w.ts from w.ts']);
  expect(main('new Worker(url);')).toEqual(['gap: a worker is started from a module that cannot be told']);
});

test('the standard library, node files and packages', () => {
  expect(main('import { ensureDir } from "jsr:@std/fs"; ensureDir("./data");')).toEqual(['read ./data', 'write ./data']);
  expect(main('import "https://deno.land/std@0.224.0/dotenv/load.ts";')).toEqual([
    'env *',
    'import deno.land',
    'read .env',
    'read .env.defaults',
    'read .env.example',
  ]);
  expect(main('import { serveDir } from "jsr:@std/http/file-server"; serveDir(req, { fsRoot: "public" });')).toEqual(['read public']);
  expect(main('import fs from "node:fs"; fs.readFileSync("a"); fs.promises.writeFile("b", ""); fs.existsSync("c");')).toEqual([
    'read a',
    'read b',
    'read c',
    'write b',
  ]);
  expect(
    main(
      'import { readFile as rf } from "node:fs/promises"; rf("a"); import { DatabaseSync } from "node:sqlite"; new DatabaseSync("x.db"); new DatabaseSync(":memory:");',
    ),
  ).toEqual(['read a', 'read x.db', 'write x.db']);
  expect(
    main(
      'import { Hono } from "npm:hono@4"; import z from "jsr:@zod/zod"; import express from "npm:express"; import p from "npm:puppeteer"; import q from "npm:left-of-field";',
    ),
  ).toEqual(['browser: puppeteer', 'env *', 'net *', 'unknown: left-of-field']);
});

test('what cannot be seen is a gap', () => {
  for (const text of [
    'const d = Deno;',
    'Deno[name]();',
    'Deno.permissions.revoke({ name: "env" });',
    'eval(code);',
    'import m from "node:module"; m.createRequire(u);',
    'import "node:wasi";',
    'Deno.brandNew();',
    'let = ;',
  ]) {
    expect(
      main(text).some((line) => line.startsWith('gap: ')),
      text,
    ).toBe(true);
  }
  expect(
    main(
      'if (typeof Deno !== "undefined") { console.log(Deno.version.deno, Deno.args); } type X = Deno.FileInfo; const { readTextFile, args } = Deno;',
    ),
  ).toEqual(['read *']);
});

test('files that web frameworks serve are those that the program names', () => {
  expect(main('import express from "npm:express"; app.use(express.static("public")); res.sendFile(path); res.send("ok");')).toEqual([
    'env *',
    'net *',
    'read *',
    'read public',
  ]);
  expect(main('import { serveStatic } from "jsr:@hono/hono/deno"; app.use(serveStatic({ root: "./static" }));')).toEqual(['read ./static']);
  expect(main('import { env } from "npm:hono@4/adapter";')).toEqual(['env *']);
  expect(main('import { Application } from "jsr:@oak/oak"; await ctx.send({ root: `${Deno.cwd()}/www` });')).toEqual([
    'env *',
    'net *',
    'read .',
    'read ./www',
  ]);
});
