import { expect, test } from 'vitest';
import { cgoUse, goFacts, goModule, goPackages, type GoModule } from '../../src/project/go.ts';
import { overlay, type RepositoryFiles } from '../../src/repository/files.ts';
import { at, tree } from './tree.ts';

const MOD =
  'module example.com/shop // the shop\n\ngo 1.24.3\n\ntoolchain go1.24.5\n\nrequire github.com/gin-gonic/gin v1.10.0\n\nrequire (\n\tgithub.com/mattn/go-sqlite3 v1.14.0 // indirect\n)\n\nreplace example.com/lib => ./lib\n';

function moduleOf(files: RepositoryFiles): GoModule {
  const module = goModule(files, at('.'), at('.'));
  if (!module) throw new Error('no module');
  return module;
}

test('go.mod is read with its blocks, comments, replaces and tool chain', () => {
  const module = moduleOf(tree({ 'go.mod': MOD, 'go.sum': '', 'lib/go.mod': 'module example.com/lib\n' }));
  expect(module).toMatchObject({ path: 'example.com/shop', go: '1.24.3', goLine: 3, toolchain: '1.24.5', sum: 'go.sum', vendored: false });
  expect(module.requires.map(({ path, indirect, line }) => [path, indirect, line])).toEqual([
    ['github.com/gin-gonic/gin', false, 7],
    ['github.com/mattn/go-sqlite3', true, 10],
  ]);
  expect(module.replaces).toMatchObject([{ from: 'example.com/lib', to: './lib', local: true, dir: 'lib', line: 13 }]);
});

test('the nearest module is found upwards but not above the context', () => {
  const files = tree({ 'go.mod': 'module m\n', 'services/a/cmd/main.go': 'package main\n' });
  expect(goModule(files, at('services/a/cmd'), at('.'))?.dir).toBe('.');
  expect(goModule(files, at('services/a/cmd'), at('services/a'))).toBeUndefined();
});

test('a go.work that does not use the module is not in force', () => {
  const work = 'go 1.24\nuse (\n\t./a\n\t./b\n)\n';
  const files = tree({ 'go.work': work, 'a/go.mod': 'module a.com/a\n', 'b/go.mod': 'module a.com/b\n', 'c/go.mod': 'module a.com/c\n' });
  expect(goModule(files, at('a'), at('.'))?.work?.uses).toEqual(['a', 'b']);
  expect(goModule(files, at('c'), at('.'))?.work).toBeUndefined();
});

test('files that go build leaves out are not part of a package', () => {
  const files = tree({
    'go.mod': 'module m\n',
    'main.go': '// hello\npackage main\n',
    'main_test.go': 'package main\nimport "C"\n',
    'win_windows.go': 'package main\nimport "C"\n',
    'gen.go': '//go:build ignore\n\npackage main\nimport "C"\n',
    'linux.go': '//go:build linux && !(windows || darwin)\n\npackage main\n',
    'tagged.go': '//go:build integration\n\npackage main\n',
    'old.go': '// +build !linux\n\npackage main\n',
    'testdata/x.go': 'package x\n',
    '_old/x.go': 'package x\n',
    'nested/go.mod': 'module n\n',
    'nested/x.go': 'package x\n',
  });
  expect(goPackages(files, moduleOf(files)).packages).toMatchObject([{ dir: '.', name: 'main', files: ['linux.go', 'main.go'] }]);
});

test('import "C" counts only where the program reaches it, and not in comments or strings', () => {
  const files = tree({
    'go.mod': 'module m.com/m\n',
    'cmd/a/main.go': 'package main\n\nimport (\n\t"fmt" // import "C"\n\tx "m.com/m/pure"\n)\nvar s = `\nimport "C"\n`\n',
    'cmd/b/main.go': 'package main\nimport "m.com/m/native"\n',
    'pure/p.go': 'package pure\n/*\nimport "C"\n*/\n',
    'native/n.go': 'package native\n\n// #cgo LDFLAGS: -lpcap -lm\n// #include <pcap.h>\nimport "C"\n',
  });
  const module = moduleOf(files);
  expect(cgoUse(files, module, at('cmd/a'))).toEqual({ kind: 'none' });
  expect(cgoUse(files, module, at('cmd/b'))).toEqual({
    kind: 'cgo',
    reasons: [{ module: 'm.com/m/native', at: { path: 'native/n.go', line: 5 }, libraries: ['libpcap.so'], cxx: false }],
  });
  expect(cgoUse(files, module).kind).toBe('cgo');
});

test('known cgo modules count when they are imported, wrapped, or required indirectly', () => {
  const main = (...imports: string[]): string => `package main\nimport (\n${imports.map((one) => `\t_ "${one}"\n`).join('')})\n`;
  const judge = (go: string, mod = 'module m\n'): string => {
    const files = tree({ 'go.mod': mod, 'main.go': go });
    return cgoUse(files, moduleOf(files)).kind;
  };
  expect(judge(main('github.com/mattn/go-sqlite3'))).toBe('cgo');
  expect(judge(main('gorm.io/driver/sqlite'))).toBe('cgo');
  expect(judge(main('github.com/confluentinc/confluent-kafka-go/v2/kafka'))).toBe('cgo');
  expect(judge(main('github.com/google/gopacket/layers'))).toBe('none');
  expect(judge(main('github.com/google/gopacket/pcap'))).toBe('cgo');
  expect(judge(main('fmt'), 'module m\nrequire github.com/mattn/go-sqlite3 v1.0.0 // indirect\n')).toBe('unknown');
  expect(judge(main('fmt'), 'module m\nrequire github.com/mattn/go-sqlite3 v1.0.0\n')).toBe('none');
  expect(judge('not go')).toBe('unknown');
});

test('a vendored tree answers for indirect requirements, and local replaces are followed', () => {
  const files = tree({
    'go.mod': 'module m.com/m\nrequire github.com/mattn/go-sqlite3 v1.0.0 // indirect\nreplace lib.com/lib => ./lib\n',
    'main.go': 'package main\nimport "a.com/a"\n',
    'vendor/modules.txt': '',
    'vendor/a.com/a/a.go': 'package a\n',
    'lib/go.mod': 'module lib.com/lib\n',
    'lib/sub/l.go': 'package sub\nimport "C"\n',
  });
  expect(cgoUse(files, moduleOf(files))).toEqual({ kind: 'none' });
  const using = overlay(files, new Map([[at('main.go'), 'package main\nimport "lib.com/lib/sub"\n']]));
  expect(cgoUse(using, moduleOf(using))).toMatchObject({ kind: 'cgo', reasons: [{ at: { path: 'lib/sub/l.go', line: 2 } }] });
});

test('run-time files, ports, programs and probes are found with their lines', () => {
  const files = tree({
    'go.mod': 'module m\n',
    'main.go': `package main

import ("net/http"; "os"; "os/exec"; "html/template"; "path/filepath"; "flag")

//go:embed static/* templates
var assets embed.FS

const configFile = "./config.yaml"

func main() {
	// os.Open("commented.txt")
	probe := flag.Bool("health", false, "probe")
	if len(os.Args) > 1 && os.Args[1] == "healthcheck" { check() }
	f, _ := os.Open(configFile)
	t := template.Must(template.ParseGlob("templates/*.html"))
	os.WriteFile(filepath.Join("/data", "state.json"), nil, 0o644)
	os.Open(os.Getenv("FILE"))
	exec.Command("git", "version")
	http.Handle("/", http.FileServer(http.Dir("./public")))
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	srv := &http.Server{Addr: ":9090"}
	http.HandleFunc("/healthz", ok)
	r.Static("/assets", "./assets")
	r.Run(":7070")
}

func check() { http.Get("http://localhost:8080/healthz") }
`,
  });
  const facts = goFacts(files, moduleOf(files), at('.'));
  expect(facts.complete).toBe(true);
  expect(facts.files.map(({ path, access, via }) => [path, access, via])).toEqual([
    ['./config.yaml', 'read', 'os.Open'],
    ['templates/*.html', 'read', 'template.ParseGlob'],
    ['/data/state.json', 'write', 'os.WriteFile'],
    ['./public', 'serve', 'http.Dir'],
    ['./assets', 'serve', 'Static'],
  ]);
  expect(facts.computedFiles).toEqual([{ via: 'os.Open', access: 'read', at: { path: 'main.go', line: 17 } }]);
  expect(facts.executes).toEqual([{ program: 'git', at: { path: 'main.go', line: 18 } }]);
  expect(facts.ports.map(({ port, env }) => [port, env])).toEqual([
    [7070, undefined],
    [9090, undefined],
    [8080, 'PORT'],
  ]);
  expect(facts.probes.map(({ argv, confirmed }) => [argv[0], confirmed])).toEqual([
    ['-health', true],
    ['healthcheck', true],
  ]);
  expect(facts.embeds.map(({ pattern }) => pattern)).toEqual(['static/*', 'templates']);
  expect(facts.healthPaths.map(({ path }) => path)).toContain('/healthz');
});

test('what libraries keep in files, directories that begin computed paths, and calls that only root may make', () => {
  const files = tree({
    'go.mod': 'module example.com/shop\n\ngo 1.24\n',
    'main.go': `package main

import (
	"database/sql"

	"go.uber.org/zap"
	"gopkg.in/natefinch/lumberjack.v2"
	_ "modernc.org/sqlite"
)

func main() {
	sql.Open("sqlite", "file:data/shop.db?mode=rwc")
	sql.Open("sqlite", ":memory:")
	sql.Open("pgx", os.Getenv("DSN"))
	log.SetOutput(&lumberjack.Logger{Filename: "/var/log/shop.log", MaxSize: 5})
	cfg := zap.Config{OutputPaths: []string{"stdout", "/logs/shop.json"}}
	dir, _ := os.MkdirTemp("", "shop")
	os.Create(filepath.Join(dir, name))
	os.WriteFile(fmt.Sprintf("uploads/%s.png", name), nil, 0o644)
	os.Create(*cpuprofile)
	exe, _ := os.Executable()
	exec.Command(exe, "worker")
	syscall.Chroot("/jail")
	os.Getenv("HOME")
	switch message.Kind {
	case "ping":
	}
}
`,
  });
  const facts = goFacts(files, moduleOf(files), at('.'));
  expect(facts.files.map(({ path, access, via }) => [path, access, via])).toEqual([
    ['/tmp/', 'write', 'os.Create'],
    ['uploads/', 'write', 'os.WriteFile'],
    ['/var/log/shop.log', 'write', 'lumberjack.Logger'],
    ['/logs/shop.json', 'write', 'zap.Config'],
    ['data/shop.db', 'write', 'sql.Open'],
  ]);
  expect(facts.computedFiles).toEqual([]);
  expect(facts.executes).toEqual([]);
  expect(facts.privileges?.map(({ call }) => call)).toEqual(['syscall.Chroot']);
  expect(facts.homes).toHaveLength(1);
  expect(facts.probes).toEqual([]);
});

test('facts survive an overlay that changes only a Dockerfile', () => {
  const files = tree({ 'go.mod': 'module m\n', 'main.go': 'package main\n' });
  const over = overlay(files, new Map([[at('Dockerfile'), 'FROM scratch\n']]));
  expect(goModule(over, at('.'), at('.'))).toBe(goModule(files, at('.'), at('.')));
  expect(goFacts(over, moduleOf(over))).toBe(goFacts(files, moduleOf(files)));
});
