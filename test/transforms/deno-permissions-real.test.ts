/** The derived flags against the real deno: the service starts and serves with exactly them, and fails without any one of them. */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { RepoPath } from '../../src/repository/path.ts';
import { memoryFiles } from '../../src/repository/files.ts';
import type { DenoAuditRecord, Settings } from '../../src/transforms/settings.ts';
import { planTree } from '../support/fixture.ts';

const deno = findDeno();
if (deno === undefined) console.warn('SKIPPED (no deno binary for this machine): derived permissions are not run');
const root = mkdtempSync(join(tmpdir(), 'dockmod-deno-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A service that uses every kind of permission that a test can exercise. The directory stands for the image's root. */
function service(port: number): Readonly<Record<string, string>> {
  return {
    Dockerfile: `FROM denoland/deno:2.9.1\nWORKDIR ${app}\nCOPY . .\nCMD ["run", "-A", "main.ts"]\n`,
    'deno.json': '{ "imports": { "@/": "./lib/" } }\n',
    'main.ts': `import { greeting } from "@/greeting.ts";
import { remember } from "@/state.ts";
import os from "node:os";

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const answer = await new Promise((done) => { worker.onmessage = (event) => done(event.data); });
const program = await new Deno.Command("uname").output();
Deno.serve({ port: ${port}, hostname: "127.0.0.1" }, async (request) => {
  if (new URL(request.url).pathname === "/self") return await fetch("http://127.0.0.1:${port}/");
  await remember("seen");
  return Response.json({ greeting: greeting(), answer, host: os.hostname().length > 0, program: program.success });
});
`,
    'worker.ts': 'import { answer } from "./lib/answer.ts";\npostMessage(answer);\n',
    'lib/answer.ts': 'export const answer = 42;\n',
    'lib/greeting.ts':
      'const template = Deno.readTextFileSync(new URL("./greeting.txt", import.meta.url));\nexport const greeting = () => template.trim().replace("NAME", Deno.env.get("GREETED") ?? "you");\n',
    'lib/greeting.txt': 'Hello NAME\n',
    'lib/state.ts':
      'const FILE = "./state/log.txt";\nexport async function remember(line: string) {\n  await Deno.mkdir("./state", { recursive: true });\n  await Deno.writeTextFile(FILE, line + "\\n", { append: true });\n}\n',
  };
}

const app = join(root, 'app');

const DENIED = /NotCapable|Requires \w+ access|requires unscoped|PermissionDenied|EPERM|EACCES/;

/** One call each: with the derived flags deno may fail for any reason but a permission; without them it fails for that. */
const CALLS: readonly string[] = [
  'await Deno.readTextFile("a.txt");',
  'for await (const entry of Deno.readDir(".")) entry;',
  'await Deno.stat("./a.txt");',
  'await Deno.realPath("a.txt");',
  'Deno.watchFs("a.txt").close();',
  'await Deno.writeTextFile("b.txt", "x");',
  'await Deno.mkdir("d/e", { recursive: true });',
  'await Deno.remove("a.txt");',
  'await Deno.truncate("a.txt");',
  'await Deno.chmod("a.txt", 0o600);',
  'await Deno.utime("a.txt", 1, 1);',
  'await Deno.copyFile("a.txt", "c.txt");',
  'await Deno.rename("a.txt", "c.txt");',
  'await Deno.link("a.txt", "c.txt");',
  'await Deno.symlink("a.txt", "c.txt");',
  '(await Deno.create("n.txt")).close();',
  '(await Deno.open("a.txt")).close();',
  '(await Deno.open("a.txt", { write: true })).close();',
  '(await Deno.open("a.txt", { read: true, append: true })).close();',
  'await Deno.makeTempFile();',
  'await Deno.makeTempDir({ dir: "." });',
  'Deno.chdir("..");',
  'Deno.env.get("A");',
  'Deno.env.set("A", "b");',
  'Deno.env.toObject();',
  'Deno.env.get(`OTEL_${Deno.args.length}`);',
  'process.env.A;',
  'const { A } = process.env;',
  'await Deno.serve({ port: 0 }, () => new Response()).shutdown();',
  'Deno.listen({ port: 0 }).close();',
  'Deno.listen({ port: 18499, hostname: "127.0.0.1" }).close();',
  'Deno.listen({ transport: "unix", path: "s.sock" }).close();',
  'await Deno.connect({ port: 9 }).catch((e) => { if (e instanceof Deno.errors.NotCapable) throw e; });',
  'await fetch("http://127.0.0.1:18498/").catch((e) => { if (e instanceof Deno.errors.NotCapable) throw e; });',
  'const socket = new WebSocket("ws://127.0.0.1:18498"); socket.onerror = () => {};',
  'import http from "node:http"; const s = http.createServer(); s.listen(18497, () => s.close());',
  'import http from "node:http"; const s = http.createServer(); s.listen(18497, "127.0.0.1", () => s.close());',
  'import net from "node:net"; const s = net.createServer(); s.listen(18496, () => s.close());',
  'await new Deno.Command("uname").output();',
  'await new Deno.Command(Deno.execPath(), { args: ["--version"] }).output();',
  'import { spawnSync } from "node:child_process"; const r = spawnSync("uname"); if (r.error) throw r.error;',
  'import { execSync } from "node:child_process"; execSync("uname");',
  'Deno.dlopen("./liba.so", {});',
  'Deno.hostname();',
  'Deno.osRelease();',
  'Deno.networkInterfaces();',
  'Deno.systemMemoryInfo();',
  'Deno.uid();',
  'Deno.loadavg();',
  'Deno.osUptime();',
  ...['hostname', 'cpus', 'networkInterfaces', 'uptime', 'loadavg', 'release', 'version', 'totalmem', 'homedir', 'userInfo', 'tmpdir'].map(
    (name) => `import os from "node:os"; os.${name}();`,
  ),
  'process.getuid();',
  'import fs from "node:fs"; fs.readFileSync("a.txt");',
  'import fs from "node:fs"; fs.writeFileSync("b.txt", "x");',
  'import fs from "node:fs"; fs.rmSync("a.txt");',
  'import fs from "node:fs"; fs.mkdirSync("x/y", { recursive: true });',
  'import { stat } from "node:fs/promises"; await stat("a.txt");',
  'import fs from "node:fs"; fs.cpSync("a.txt", "z.txt");',
  'import fs from "node:fs"; fs.appendFileSync("a.txt", "y");',
  'import { promises } from "node:fs"; await promises.readFile("a.txt");',
  'import fs from "node:fs"; fs.createWriteStream("w.txt").on("error", (e) => { throw e; });',
  'import fs from "node:fs"; await new Promise((done, fail) => fs.createReadStream("a.txt").on("error", fail).on("end", done).resume());',
  'import { DatabaseSync } from "node:sqlite"; new DatabaseSync("x.db").exec("create table t(a)");',
  'new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });',
  'import { Worker } from "node:worker_threads"; const w = new Worker(new URL("./worker.ts", import.meta.url)); w.on("error", (e) => { throw e; });',
  'await fetch(new URL("./a.txt", import.meta.url));',
  'const file = "a.txt"; const { readTextFile } = Deno; await readTextFile(file);',
  // By another way than the plain name.
  'await globalThis.fetch("http://127.0.0.1:18498/").catch((e) => { if (e instanceof Deno.errors.NotCapable) throw e; });',
  'const s = new self.WebSocket("ws://127.0.0.1:18498"); s.onerror = () => {};',
  'function inner(fetch: unknown) { return fetch; }\ninner(1); await fetch("http://127.0.0.1:18498/").catch((e) => { if (e instanceof Deno.errors.NotCapable) throw e; });',
  'new globalThis.Worker(new URL("./worker.ts", import.meta.url), { type: "module" });',
  'import fs from "node:fs"; const { readFileSync: take } = fs; take("a.txt");',
  'import * as fs from "node:fs"; (fs as any)["read" + "FileSync"]("a.txt");',
  'import fs from "node:fs"; const use = (io: any) => io.readFileSync("a.txt"); use(fs);',
  'const { readFileSync } = await import("node:fs"); readFileSync("a.txt");',
  'const fs = await import("node:fs/promises"); await fs.readFile("a.txt");',
  '(await import("node:fs")).readFileSync("a.txt");',
  'process.getBuiltinModule("node:fs").readFileSync("a.txt");',
  'import { readFileSync } from "./io.ts"; readFileSync("a.txt");',
  'import { take } from "./io.ts"; take("a.txt"); take("worker.ts");',
  'import * as io from "./io.ts"; io.load("a.txt");',
  'import load from "./io.ts"; load("a.txt");',
  'const { state } = await Deno.permissions.query({ name: "read", path: "a.txt" }); if (state !== "granted") throw new Error("NotCapable");',
  // What a permission is asked for besides the obvious one.
  'import fs from "node:fs"; fs.accessSync("a.txt");',
  'import fs from "node:fs"; fs.mkdtempSync("./made-");',
  'import fs from "node:fs"; fs.statfsSync(".");',
  'import fs from "node:fs"; [...fs.globSync("*.txt")];',
  'process.umask();',
  'process.getgroups();',
  'process.getegid();',
  'process.availableMemory();',
  'process.loadEnvFile("a.txt");',
  'Deno.umask();',
  'import dns from "node:dns"; dns.getServers();',
  'import net from "node:net"; const s = net.createServer(); s.listen("./s.sock", () => s.close());',
  'import http from "node:http"; const s = http.createServer(); s.listen(18495, "localhost", () => s.close());',
  'Deno.createHttpClient({ proxy: { url: "http://127.0.0.1:18498" } }).close();',
];

/** A module that hands on what it has, under its own name and under others. */
const IO =
  'export { readFileSync } from "node:fs";\nexport function load(path: string) { return Deno.readTextFileSync(path); }\nload("a.txt");\nexport { load as take };\nexport default load;\n';

describe.skipIf(deno === undefined)('with the real deno', () => {
  test('the service serves with exactly the derived flags and fails without any one of them', async () => {
    const port = 18_431;
    write(service(port));
    const argv = migrated(service(port));
    expect(argv).toContain('--no-prompt');
    const flags = argv.filter((word) => word.startsWith('--allow-'));
    expect(flags.map((flag) => flag.replace(/=.*/, ''))).toEqual([
      '--allow-net',
      '--allow-read',
      '--allow-write',
      '--allow-env',
      '--allow-sys',
      '--allow-run',
    ]);
    expect(await serves(argv, port)).toEqual({ greeting: 'Hello world', answer: 42, host: true, program: true });
    for (const flag of flags) {
      const without = argv.filter((word) => word !== flag);
      await expect(serves(without, port), `without ${flag}`).rejects.toThrow(/NotCapable|Requires|500|exited/);
    }
  }, 120_000);

  test('every value of a list is needed', async () => {
    const port = 18_432;
    write(service(port));
    const argv = migrated(service(port));
    const reads = (argv.find((word) => word.startsWith('--allow-read=')) ?? '').slice('--allow-read='.length).split(',');
    expect(reads.length).toBeGreaterThan(1);
    for (const path of reads) {
      const rest = `--allow-read=${reads.filter((other) => other !== path).join(',')}`;
      await expect(
        serves(
          argv.map((word) => (word.startsWith('--allow-read=') ? rest : word)),
          port,
        ),
        `without ${path}`,
      ).rejects.toThrow(/NotCapable|Requires|500|exited/);
    }
  }, 120_000);

  test('flags derived from a real audit log serve what no source scan can see', async () => {
    const port = 18_433;
    const texts: Readonly<Record<string, string>> = {
      Dockerfile: `FROM denoland/deno:2.9.1\nWORKDIR ${app}\nCOPY . .\nENTRYPOINT ["deno", "run", "-A", "main.ts"]\n`,
      'main.ts': `const { run } = await import("./plugins/" + (Deno.args[0] ?? "first") + ".ts");\nDeno.serve({ port: ${port}, hostname: "127.0.0.1" }, () => Response.json(run()));\n`,
      'plugins/first.ts':
        'export const run = () => ({ value: Deno.readTextFileSync("./plugins/first.txt").trim(), env: Deno.env.get("GREETED") });\n',
      'plugins/first.txt': 'plugged\n',
    };
    write(texts);
    expect(plan(texts).outcomes.find(({ transform }) => transform === 'deno-permissions')?.kind).toBe('refused');
    const log = join(root, 'audit.jsonl');
    const recording = [
      'run',
      '--allow-read=/',
      '--allow-write=/',
      '--allow-net',
      '--allow-env',
      '--allow-sys',
      '--allow-run',
      '--allow-ffi',
      'main.ts',
    ];
    await serves(recording, port, { DENO_AUDIT_PERMISSIONS: log });
    const records = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as DenoAuditRecord);
    expect(records.map(({ permission }) => permission)).toEqual(expect.arrayContaining(['net', 'read', 'env']));
    const argv = migrated(texts, { denoAudit: records });
    expect(argv.some((word) => word.startsWith('--allow-env=GREETED'))).toBe(true);
    expect(await serves(argv, port)).toEqual({ value: 'plugged', env: 'world' });
    await expect(
      serves(
        argv.filter((word) => !word.startsWith('--allow-read')),
        port,
      ),
    ).rejects.toThrow(/NotCapable|Requires|500|exited/);
  }, 120_000);

  test.each(CALLS)('what is derived for a call is what deno asks for: %s', (call) => {
    const texts = {
      Dockerfile: `FROM denoland/deno:2.9.1\nWORKDIR ${app}\nCOPY . .\nCMD ["run", "-A", "main.ts"]\n`,
      'main.ts': `${call}\n`,
      'a.txt': 'x=1\n',
      'worker.ts': 'self.close();\n',
      'io.ts': IO,
    };
    write(texts);
    const argv = migrated(texts);
    const said = (words: readonly string[]): string =>
      spawnSync(deno ?? '', words, {
        cwd: app,
        env: { PATH: `${dirname(deno ?? '')}:${process.env['PATH']}`, DENO_DIR: join(root, 'deno-dir'), NO_COLOR: '1' },
        encoding: 'utf8',
        timeout: 10_000,
      }).stderr;
    expect(said(argv)).not.toMatch(DENIED);
    write(texts);
    expect(said(argv.filter((word) => !word.startsWith('--allow-')))).toMatch(DENIED);
  });

  test('deno serve needs no net flag for its own address', async () => {
    const port = 18_434;
    const texts: Readonly<Record<string, string>> = {
      Dockerfile: `FROM denoland/deno:2.9.1\nWORKDIR ${app}\nCOPY . .\nCMD ["serve", "-A", "--host", "127.0.0.1", "--port", "${port}", "main.ts"]\n`,
      'main.ts': 'export default { fetch: () => Response.json("served") };\n',
    };
    write(texts);
    const argv = migrated(texts);
    expect(argv.filter((word) => word.startsWith('--allow-'))).toEqual([]);
    expect(await serves(argv, port)).toBe('served');
  }, 60_000);
});

function write(texts: Readonly<Record<string, string>>): void {
  rmSync(app, { recursive: true, force: true });
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(app, path)), { recursive: true });
    writeFileSync(join(app, path), text);
  }
}

function plan(texts: Readonly<Record<string, string>>, settings: Partial<Settings> = {}): ReturnType<typeof planTree> {
  return planTree(
    memoryFiles(new Map(Object.entries(texts).map(([path, text]) => [path as RepoPath, text]))),
    ['deno-permissions'],
    settings,
  );
}

/** The argv of deno in the rewritten Dockerfile. */
function migrated(texts: Readonly<Record<string, string>>, settings: Partial<Settings> = {}): readonly string[] {
  const after = plan(texts, settings).changes.find(({ path }) => path === 'Dockerfile')?.after;
  const json = /^(?:CMD|ENTRYPOINT) (\[[\s\S]*\])\s*$/m.exec(after ?? '')?.[1]?.replace(/\\\n/g, '');
  if (json === undefined) throw new Error(`not migrated: ${JSON.stringify(plan(texts, settings).outcomes)}`);
  const argv = JSON.parse(json) as string[];
  return argv[0] === 'deno' ? argv.slice(1) : argv;
}

/** Starts the service, asks it twice (once through itself where it offers that) and stops it. Rejects with what deno said. */
async function serves(argv: readonly string[], port: number, env: Readonly<Record<string, string>> = {}): Promise<unknown> {
  let said = '';
  const child = spawn(deno ?? '', argv, {
    cwd: app,
    env: {
      PATH: `${dirname(deno ?? '')}:${process.env['PATH']}`,
      DENO_DIR: join(root, 'deno-dir'),
      GREETED: 'world',
      NO_COLOR: '1',
      ...env,
    },
  });
  child.stderr.on('data', (chunk: Buffer) => void (said += chunk.toString()));
  const ended = new Promise<never>((_done, fail) => child.once('exit', (code) => fail(new Error(`exited with ${code}: ${said}`))));
  ended.catch(() => undefined);
  try {
    const answer = await Promise.race([ended, ask(`http://127.0.0.1:${port}/`)]);
    if (argv.includes('main.ts') && readFileSync(join(app, 'main.ts'), 'utf8').includes('/self'))
      await Promise.race([ended, ask(`http://127.0.0.1:${port}/self`)]);
    return answer;
  } finally {
    await stop(child);
  }
}

async function ask(url: string): Promise<unknown> {
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
      if (!response.ok) throw new Error(`answered ${response.status}`);
      return await response.json();
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('answered'))
        throw new Error(`${error.message} (500 means that the request failed inside)`);
      if (attempt > 100) throw error;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await gone;
}

function findDeno(): string | undefined {
  const { platform, arch } = process;
  const names = [`@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}/deno`];
  for (const name of names) {
    try {
      const path = createRequire(createRequire(import.meta.url).resolve('deno/package.json')).resolve(name);
      if (spawnSync(path, ['--version']).status === 0) return path;
    } catch {
      // Not installed for this platform.
    }
  }
  return spawnSync('deno', ['--version']).status === 0 ? 'deno' : undefined;
}
