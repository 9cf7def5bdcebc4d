/** What a Go program's sources say about its run time: files it opens, ports, probes, programs it starts. */

import type { RepositoryFiles } from '../repository/files.ts';
import type { Location } from '../repository/location.ts';
import type { RepoPath } from '../repository/path.ts';
import type { GoFile } from './go-file.ts';
import { callArguments, goString } from './go-lexer.ts';
import type { GoModule } from './go-module.ts';
import { goPackages, goReachable, parsedGoFile, type GoPackage } from './go-source.ts';
import { lineIndex } from './lines.ts';
import { perFiles } from './memo.ts';
import type { Execution, ListenPort, ProgramFacts, RuntimeFile, SelfProbe } from './program.ts';

/** Run-time facts of the program in `packageDir` (of all programs of the module without it), over what it reaches. */
export function goFacts(files: RepositoryFiles, module: GoModule, packageDir?: RepoPath): ProgramFacts {
  return collect(files, module, packageDir);
}

const decides = (path: RepoPath): boolean => path.endsWith('.go') || path.endsWith('go.mod') || path.endsWith('go.work');

const collect = perFiles(decides, (files, module: GoModule, packageDir: RepoPath | undefined): ProgramFacts => {
  const { complete, packages } = packageDir === undefined ? goPackages(files, module) : goReachable(files, module, packageDir);
  const facts: Collected = { files: [], computedFiles: [], executes: [], ports: [], probes: [], embeds: [], timezones: [], users: [], healthPaths: [] };
  for (const found of packages) packageFacts(files, found, facts);
  return { complete: complete && packages.length > 0, ...facts };
});

interface Collected {
  readonly files: RuntimeFile[];
  readonly computedFiles: { via: string; at: Location }[];
  readonly executes: Execution[];
  readonly ports: ListenPort[];
  readonly probes: SelfProbe[];
  readonly embeds: { pattern: string; at: Location }[];
  readonly timezones: Location[];
  readonly users: Location[];
  readonly healthPaths: { path: string; at: Location }[];
}

/** Which arguments of a call are paths, and what happens to them. */
interface FileCall {
  readonly access: RuntimeFile['access'];
  /** Index of the first path argument; negative counts from the end. */
  readonly from: number;
  /** All arguments from `from` on are paths. */
  readonly variadic?: boolean;
}

const reads = (from: number, variadic = false): FileCall => ({ access: 'read', from, variadic });
const writes = (from: number): FileCall => ({ access: 'write', from });
const serves = (from: number): FileCall => ({ access: 'serve', from });

const FILE_CALLS: ReadonlyMap<string, FileCall> = new Map([
  ...['os.Open', 'os.ReadFile', 'os.ReadDir', 'os.Stat', 'os.DirFS', 'ioutil.ReadFile', 'ioutil.ReadDir', 'filepath.Glob', 'filepath.WalkDir', 'filepath.Walk',
    'viper.SetConfigFile', 'viper.AddConfigPath', 'plugin.Open', 'iris.HTML', 'html.New', 'django.New', 'handlebars.New', 'mustache.New'].map((name) => [name, reads(0)] as const),
  ['template.ParseFiles', reads(0, true)], ['template.ParseGlob', reads(0)], ['template.ParseFS', reads(1, true)],
  ['godotenv.Load', reads(0, true)], ['godotenv.Overload', reads(0, true)], ['godotenv.Read', reads(0, true)],
  ['tls.LoadX509KeyPair', reads(0, true)], ['credentials.NewServerTLSFromFile', reads(0, true)],
  ...['os.Create', 'os.WriteFile', 'os.Mkdir', 'os.MkdirAll', 'ioutil.WriteFile', 'os.CreateTemp', 'ioutil.TempFile', 'os.MkdirTemp'].map((name) => [name, writes(0)] as const),
  ['http.Dir', serves(0)], ['http.ServeFile', serves(2)], ['gin.Dir', serves(0)], ['static.LocalFile', serves(0)],
]);

/** Methods of web frameworks (gin, echo, fiber, chi) and of html/template values: the receiver's type is not known. */
const METHOD_CALLS: ReadonlyMap<string, FileCall> = new Map([
  ['ParseFiles', reads(0, true)], ['ParseGlob', reads(0)], ['LoadHTMLGlob', reads(0)], ['LoadHTMLFiles', reads(0, true)],
  ['Static', serves(1)], ['StaticFile', serves(1)], ['SendFile', serves(0)], ['ServeFiles', serves(1)], ['AddConfigPath', reads(0)], ['SetConfigFile', reads(0)],
]);

const METHODS = [...METHOD_CALLS.keys()].join('|');
const CALL = new RegExp(`\\b(?:(os|ioutil|filepath|template|http|tls|godotenv|viper|credentials|plugin|exec|syscall|time|user|net|flag|static|html|gin|django|handlebars|mustache|pflag|iris)\\.(\\w+)|\\w\\)?\\.(${METHODS}|Run|RunTLS|Start|Listen))\\s*\\(`, 'g');

function packageFacts(files: RepositoryFiles, found: GoPackage, facts: Collected): void {
  const parsed = found.files.flatMap((path) => parsedGoFile(files, path) ?? []);
  const constants = stringConstants(parsed);
  const asksItself = parsed.some(({ text: { code } }) => SELF_REQUEST.test(code));
  for (const file of parsed) fileFacts(file, constants, asksItself, facts);
}

function fileFacts(file: GoFile, constants: ReadonlyMap<string, string>, asksItself: boolean, facts: Collected): void {
  const { code, directives } = file.text;
  const lineOf = lineIndex(code);
  const at = (offset: number): Location => ({ path: file.path, line: lineOf(offset) });
  const value = (argument: string | undefined): string | undefined => (argument === undefined ? undefined : constantText(argument, constants));

  for (const { text, start } of directives) {
    if (!text.startsWith('//go:embed')) continue;
    for (const pattern of text.slice('//go:embed'.length).trim().split(/\s+/)) if (pattern !== '') facts.embeds.push({ pattern: goString(pattern) ?? pattern, at: at(start) });
  }
  for (const match of code.matchAll(CALL)) {
    const [, namespace, name = '', method] = match;
    const open = match.index + match[0].length - 1;
    const where = at(match.index);
    const callee = namespace === undefined ? (method ?? '') : `${namespace}.${name}`;
    const shape = FILE_CALLS.get(callee) ?? METHOD_CALLS.get(method ?? name);
    const args = callArguments(code, open);
    if (callee === 'os.OpenFile') {
      const access = /O_(?:CREATE|WRONLY|RDWR|APPEND|TRUNC)/.test(args[1] ?? '') ? 'write' : 'read';
      addFile(facts, args[0], value(args[0]), access, callee, where);
    } else if (callee === 'exec.Command' || callee === 'exec.LookPath') facts.executes.push({ program: value(args[0]), at: where });
    else if (callee === 'exec.CommandContext') facts.executes.push({ program: value(args[1]), at: where });
    else if (callee === 'syscall.Exec') facts.executes.push({ program: value(args[0]), at: where });
    else if (callee === 'time.LoadLocation') facts.timezones.push(where);
    else if (namespace === 'user') facts.users.push(where);
    else if (/^(?:http\.ListenAndServe(?:TLS)?|Run|RunTLS|Start|Listen)$/.test(callee)) addPort(facts, value(args[0]), where);
    else if (callee === 'net.Listen') addPort(facts, value(args[1]), where);
    else if (namespace === 'flag' || namespace === 'pflag') {
      const flag = /^(?:Bool|BoolP)$/.test(name) ? value(args[0]) : /^BoolVarP?$/.test(name) ? value(args[1]) : undefined;
      if (flag !== undefined && PROBE_NAME.test(flag)) facts.probes.push({ argv: [`${namespace === 'pflag' ? '--' : '-'}${flag}`], at: where, confirmed: asksItself });
    } else if (shape && (namespace !== undefined || args.length > shape.from)) {
      const paths = shape.variadic ? args.slice(shape.from) : [args.at(shape.from)];
      for (const path of paths) addFile(facts, path, value(path), shape.access, callee, where);
    }
  }
  for (const match of code.matchAll(ADDRESS_FIELD)) addPort(facts, value(match[1]), at(match.index));
  for (const match of code.matchAll(PORT_VARIABLE)) environmentPort(facts, code, match.index, match[1] ?? '', at);
  for (const match of code.matchAll(PROBE_ARGUMENT)) {
    const argument = goString(match[1] ?? '');
    if (argument !== undefined && PROBE_NAME.test(argument.replace(/^-+/, ''))) facts.probes.push({ argv: [argument], at: at(match.index), confirmed: asksItself });
  }
  for (const match of code.matchAll(HEALTH_PATH)) facts.healthPaths.push({ path: match[1] ?? '', at: at(match.index) });
  for (const match of code.matchAll(FILE_URL)) facts.files.push({ path: match[1] ?? '', access: 'read', via: 'file://', at: at(match.index) });
}

const PROBE_NAME = /^(?:health|healthcheck|health-check|healthz|probe|ping)$/;
/** A client call that names the loopback host or builds its own address. */
const SELF_REQUEST = /(?:http\.(?:Get|Head|NewRequest\w*)|\.(?:Get|Head|Do|Dial|DialContext|DialTimeout|Check)|net\.Dial\w*|grpc\.(?:Dial|NewClient))\s*\([^\n]{0,300}(?:localhost|127\.0\.0\.1|\[::1\]|[Pp]ort|[Aa]ddr|[Uu]rl|URL|ctx|req)/;
const ADDRESS_FIELD = /\bAddr:\s*("[^"\n]*"|\w+)/g;
const PORT_VARIABLE = /\b(?:os\.(?:Getenv|LookupEnv)|\w{0,40}[eE]nv\w{0,40})\(\s*"([A-Z][A-Z0-9_]*PORT|PORT|[A-Z0-9_]*ADDR(?:ESS)?)"/g;
const PROBE_ARGUMENT = /(?:os\.Args\[\d+\]\s*==\s*|args\[\d+\]\s*==\s*|\bcase\s+|\bUse:\s*)("[^"\n]*")/g;
const HEALTH_PATH = /"(\/(?:[\w/-]*\/)?(?:health|healthz|healthcheck|livez|readyz|ready|live|ping|status))"/g;
const FILE_URL = /"file:\/\/([^"\n]+)"/g;

function addFile(facts: Collected, source: string | undefined, path: string | undefined, access: RuntimeFile['access'], via: string, at: Location): void {
  if (path !== undefined && path !== '') facts.files.push({ path, access, via, at });
  else if (source !== undefined && path === undefined) facts.computedFiles.push({ via, at });
}

function addPort(facts: Collected, address: string | undefined, at: Location, env?: string): void {
  const port = Number(/(?:^|:)(\d{1,5})$/.exec(address ?? '')?.[1] ?? NaN);
  if (port > 0 && port < 65536 && !facts.ports.some((known) => known.port === port && known.env === env)) facts.ports.push({ port, at, ...(env === undefined ? {} : { env }) });
}

/** `getenv("PORT", "8080")` and `if port == "" { port = "8080" }`: the default stands within the next few lines. */
function environmentPort(facts: Collected, code: string, start: number, env: string, at: (offset: number) => Location): void {
  const near = code.slice(start + env.length + 2, start + 400).split('\n').slice(0, 6).join('\n');
  const literal = /"(?:[\w.[\]-]*:)?(\d{2,5})"/.exec(near);
  if (literal) addPort(facts, literal[1], at(start), env);
}

/** Package-level and local string constants with exactly one value. */
function stringConstants(files: readonly GoFile[]): ReadonlyMap<string, string> {
  const values = new Map<string, string | undefined>();
  for (const { text: { code } } of files) {
    for (const match of code.matchAll(/(?:^|[\s(])(\w+)(?:\s+string)?\s*:?=\s*("[^"\n]*"|`[^`\n]*`)[ \t]*(?:$|[\n;])/gm)) {
      const name = match[1] ?? '';
      const value = goString(match[2] ?? '');
      values.set(name, values.has(name) && values.get(name) !== value ? undefined : value);
    }
  }
  return new Map([...values].flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

/** The text of a constant expression: a literal, a known constant, `filepath.Join` and `+` of such. */
function constantText(expression: string, constants: ReadonlyMap<string, string>, depth = 0): string | undefined {
  const text = expression.trim();
  const literal = goString(text);
  if (literal !== undefined) return literal;
  if (depth > 4) return undefined;
  if (/^\w+$/.test(text)) return constants.get(text);
  const join = /^(?:filepath|path)\.Join\(/.exec(text);
  if (join) {
    const parts = callArguments(text, join[0].length - 1).map((part) => constantText(part, constants, depth + 1));
    return parts.includes(undefined) || parts.length === 0 ? undefined : parts.join('/');
  }
  if (!/^["`\w][^(){}]*\+/.test(text)) return undefined;
  const parts = text.split('+').map((part) => constantText(part, constants, depth + 1));
  return parts.includes(undefined) ? undefined : parts.join('');
}
