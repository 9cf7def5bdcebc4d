/** The permission-relevant calls of one module. */

import type { RepositoryFiles } from '../repository/files.ts';
import type { Location } from '../repository/location.ts';
import { dirname, repoPath, type RepoPath } from '../repository/path.ts';
import { bindingsOf, memberOf, nameOf, nodes, unwrap } from './deno-bindings.ts';
import type { DenoConfig } from './deno-config.ts';
import { isGlobal, propertyOf, type Constants, type Known } from './deno-constants.ts';
import { resolveSpecifier } from './deno-graph.ts';
import { nodeListen, optionsAddress, serveOptions } from './deno-listen.ts';
import { isNode, walkSyntax, type DenoModule, type SyntaxNode } from './deno-module.ts';
import { dynamicImport, importedNames } from './deno-imports.ts';
import { DENO_APIS, DENO_FREE, NODE_APIS, NODE_FS, STD_FS, wholeModule, type DenoPermission, type Need } from './deno-rules.ts';
import { ANY, targetOf, type AccessTarget } from './deno-targets.ts';

/** An access whose target is settled, or hangs on what the calls of a function pass. */
export interface PendingAccess {
  readonly permission: DenoPermission;
  readonly via: string;
  readonly at: Location;
  readonly module: DenoModule;
  readonly before?: readonly [number, number];
  readonly value:
    | { readonly kind: 'target'; readonly target: AccessTarget }
    | { readonly kind: 'parameter'; readonly of: string; readonly index: number; readonly fallback: SyntaxNode | undefined };
}

export interface ModuleCalls {
  readonly accesses: readonly PendingAccess[];
  readonly gaps: readonly { readonly at: Location; readonly reason: string }[];
  /** Modules that workers start from. */
  readonly workers: readonly RepoPath[];
}

/** Functions of web frameworks that read files by a path that the program gives. */
const FILE_SERVERS: ReadonlySet<string> = new Set([
  'static',
  'serveStatic',
  'sendFile',
  'sendfile',
  'download',
  'send',
  'staticFiles',
  'sendStatic',
]);

const PERMISSIONS: readonly DenoPermission[] = ['read', 'write', 'net', 'env', 'run', 'sys', 'ffi', 'import'];

const DENO_BINARIES = ['/usr/bin/deno', '/bin/deno'];

/** Members of the global object that ask for permissions. */
const GLOBALS: ReadonlySet<string> = new Set([
  'Deno',
  'fetch',
  'process',
  'WebSocket',
  'WebSocketStream',
  'EventSource',
  'Worker',
  'eval',
  'Function',
]);

/** One module's accesses. Only what the module itself says; see deno-accesses.ts for the graph. */
export function callsOf(module: DenoModule, constants: Constants, files: RepositoryFiles, config: DenoConfig | undefined): ModuleCalls {
  const accesses: PendingAccess[] = [];
  const gaps: { at: Location; reason: string }[] = [];
  const workers: RepoPath[] = [];
  const { names: bindings, top } = bindingsOf(module);
  /** `node:fs`, `@std/fs`: the name of a module from outside. */
  const sourceOf = (specifier: string): string | undefined => {
    const found = resolveSpecifier(files, module.path, specifier, config);
    return found.kind !== 'external' ? undefined : found.external.kind === 'node' ? `node:${found.external.name}` : found.external.name;
  };
  /** Local names of what comes from node: modules and the standard library. */
  const imported = importedNames(module, sourceOf);
  for (const { specifier, typeOnly, start } of module.reexports) if (!typeOnly) whole(sourceOf(specifier), start);
  for (const { specifier, names, start } of module.imports) {
    const source = sourceOf(specifier);
    if (source === undefined) continue;
    if (/^@std\/dotenv(?:\/load)?$/.test(source) && (names.length === 0 || source.endsWith('/load'))) dotenv(start);
    if (source.startsWith('@std/log') && names.some((one) => /FileHandler/.test(one.imported)))
      add('write', ANY, '@std/log file handler', start);
  }
  /** A name that only an inner scope binds may still mean the global elsewhere: then more is granted than is used. */
  const isFree = (name: string): boolean => !top.has(name);

  function add(permission: DenoPermission, target: AccessTarget, via: string, offset: number, before?: readonly [number, number]): void {
    accesses.push({
      permission,
      via,
      at: module.at(offset),
      module,
      value: { kind: 'target', target },
      ...(before === undefined ? {} : { before }),
    });
  }
  /** A module whose functions cannot be told apart from here on. */
  function whole(source: string | undefined, offset: number): void {
    if (source === undefined) return;
    if (source.startsWith('@std/fs'))
      return apply(
        [...new Set([...STD_FS.values()].flat().map(({ permission }) => permission))].map((permission) => ({ permission })),
        undefined,
        source,
        offset,
      );
    if (!source.startsWith('node:')) return;
    const needs = wholeModule(source.slice('node:'.length));
    if (needs === undefined) gap(offset, `${source} is handed on as a value`);
    else apply(needs, undefined, source, offset);
  }
  function gap(offset: number, reason: string): void {
    gaps.push({ at: module.at(offset), reason });
  }
  /** A permission whose target an argument gives. */
  function fromArgument(permission: DenoPermission, argument: SyntaxNode | undefined, via: string, offset: number): void {
    const known = argument === undefined ? undefined : constants.value(module, argument);
    if (known === undefined && argument !== undefined) {
      const node = unwrap(argument);
      const binding = node.type === 'Identifier' ? bindings.get(nameOf(node)) : undefined;
      if (binding?.kind === 'parameter') {
        accesses.push({
          permission,
          via,
          at: module.at(offset),
          module,
          value: { kind: 'parameter', of: binding.of, index: binding.index, fallback: binding.fallback },
        });
        return;
      }
    }
    add(permission, targetOf(permission, known), via, offset);
  }
  function apply(needs: readonly Need[], args: readonly SyntaxNode[] | undefined, via: string, offset: number): void {
    for (const { permission, arg, name } of needs) {
      if (name !== undefined) add(permission, { kind: 'name', name }, via, offset);
      else if (arg === undefined || args === undefined || args.some(({ type }) => type === 'SpreadElement'))
        add(permission, ANY, via, offset);
      else fromArgument(permission, args[arg], via, offset);
    }
  }
  function dotenv(offset: number, path?: Known): void {
    add('env', ANY, '@std/dotenv', offset);
    for (const file of path === undefined ? ['.env', '.env.defaults', '.env.example'] : [])
      add('read', { kind: 'path', path: file, from: undefined }, '@std/dotenv', offset);
    if (path !== undefined) add('read', targetOf('read', path), '@std/dotenv', offset);
  }
  function listening(target: AccessTarget | 'socket', via: string, offset: number): void {
    if (target !== 'socket') return add('net', target, via, offset);
    for (const permission of ['net', 'read', 'write'] as const) add(permission, ANY, `${via} on a unix socket`, offset);
  }

  function denoMember(name: string, node: SyntaxNode, parent: SyntaxNode | undefined, grandparent: SyntaxNode | undefined): void {
    const offset = node.start;
    const via = `Deno.${name}`;
    const called =
      parent !== undefined &&
      (parent.type === 'CallExpression' || parent.type === 'NewExpression') &&
      isNode(parent['callee']) &&
      unwrap(parent['callee']) === node;
    const args = called ? nodes(parent['arguments']) : undefined;
    switch (name) {
      case 'env': {
        const method = parent === undefined ? undefined : memberOf(parent);
        const call =
          grandparent?.type === 'CallExpression' && isNode(grandparent['callee']) && unwrap(grandparent['callee']) === parent
            ? nodes(grandparent['arguments'])
            : undefined;
        if (method === undefined || call === undefined || method.name === 'toObject')
          add('env', ANY, method === undefined ? via : `${via}.${method.name}`, offset);
        else fromArgument('env', call[0], `${via}.${method.name}`, offset);
        return;
      }
      case 'permissions': {
        const method = parent === undefined ? undefined : memberOf(parent);
        const call = method !== undefined && grandparent?.type === 'CallExpression' ? nodes(grandparent['arguments']) : [];
        return /^(?:query|request)(?:Sync)?$/.test(method?.name ?? '')
          ? descriptor(call[0], offset)
          : gap(offset, 'the program gives up permissions itself');
      }
      case 'cwd':
        return workingDirectory(via, offset);
      case 'mainModule':
        return add('read', { kind: 'path', path: '.', from: undefined }, via, offset, [2, 0]);
      case 'execPath':
        // denoland/deno#29620
        for (const path of DENO_BINARIES) add('read', { kind: 'path', path, from: undefined }, via, offset, [2, 4]);
        return;
      case 'createHttpClient': {
        const options = args?.[0] === undefined ? undefined : constants.object(module, args[0]);
        if (options === undefined || propertyOf(options.node, 'proxy') !== undefined) add('net', ANY, via, offset);
        return;
      }
      case 'open':
      case 'openSync':
        return opened(args, via, offset);
      case 'makeTempFile':
      case 'makeTempFileSync':
      case 'makeTempDir':
      case 'makeTempDirSync': {
        const options = args?.[0] === undefined ? undefined : constants.object(module, args[0]);
        if (args?.[0] !== undefined && options === undefined) return add('write', ANY, via, offset);
        const dir = options === undefined ? undefined : propertyOf(options.node, 'dir');
        if (dir === undefined) add('write', { kind: 'path', path: '/tmp', from: undefined }, via, offset);
        else fromArgument('write', dir, via, offset);
        return;
      }
      case 'openKv': {
        const known = args?.[0] === undefined ? undefined : constants.value(module, args[0]);
        if (args?.length === 0 || known?.text === ':memory:') return;
        if (known !== undefined && /^https?:/.test(known.text)) {
          add('net', ANY, via, offset);
          return add('env', { kind: 'name', name: 'DENO_KV_ACCESS_TOKEN' }, via, offset);
        }
        return apply(
          [
            { permission: 'read', arg: 0 },
            { permission: 'write', arg: 0 },
          ],
          args,
          via,
          offset,
        );
      }
      case 'Command':
      case 'spawn':
      case 'spawnSync':
      case 'spawnAndWait':
      case 'spawnAndWaitSync':
      case 'run':
        return command(name, args, via, offset);
      case 'serve': {
        const options = args === undefined ? 'unclear' : serveOptions(constants, module, args);
        return listening(
          options === 'unclear'
            ? ANY
            : optionsAddress(constants, module, options === 'default' ? undefined : options, { host: '0.0.0.0', port: '8000' }),
          via,
          offset,
        );
      }
      case 'listen':
      case 'listenTls':
      case 'listenDatagram':
        return listening(
          args?.[0] === undefined ? ANY : optionsAddress(constants, module, args[0], { host: '0.0.0.0', port: undefined }),
          via,
          offset,
        );
      case 'connect':
      case 'connectTls':
        return listening(
          args?.[0] === undefined ? ANY : optionsAddress(constants, module, args[0], { host: '127.0.0.1', port: undefined }),
          via,
          offset,
        );
    }
    const needs = DENO_APIS.get(name);
    if (needs !== undefined) apply(needs, args, via, offset);
    else if (!DENO_FREE.has(name)) gap(offset, `nothing is known about what Deno.${name} asks for`);
  }

  /** denoland/deno#27192; resolving a relative path asks for it too. */
  function workingDirectory(via: string, offset: number): void {
    add('read', { kind: 'path', path: '.', from: undefined }, via, offset, [2, 2]);
  }

  /** A program that asks whether it may usually stops when it may not. */
  function descriptor(argument: SyntaxNode | undefined, offset: number): void {
    const object = constants.object(module, argument);
    const name = object === undefined ? undefined : constants.value(object.module, propertyOf(object.node, 'name'))?.text;
    const permission = PERMISSIONS.find((one) => one === name);
    if (object === undefined || permission === undefined) return gap(offset, 'the program asks for permissions that cannot be told');
    const value = ['path', 'host', 'variable', 'command', 'kind']
      .map((key) => propertyOf(object.node, key))
      .find((one) => one !== undefined);
    const known = value === undefined ? undefined : constants.value(object.module, value);
    const host = permission === 'net' && known !== undefined && !known.open && /^[\w.-]+(?::\d+)?$/.test(known.text);
    add(permission, host ? { kind: 'name', name: known.text } : targetOf(permission, known), 'Deno.permissions', offset);
  }

  function opened(args: readonly SyntaxNode[] | undefined, via: string, offset: number): void {
    const options = args?.[1];
    const object = options === undefined ? undefined : constants.object(module, options);
    const set = (key: string): boolean => object !== undefined && propertyOf(object.node, key) !== undefined;
    const unclear = options !== undefined && object === undefined;
    const writes = unclear || ['write', 'append', 'truncate', 'create', 'createNew'].some(set);
    if (unclear || !writes || set('read')) apply([{ permission: 'read', arg: 0 }], args, via, offset);
    if (writes) apply([{ permission: 'write', arg: 0 }], args, via, offset);
  }

  function command(name: string, args: readonly SyntaxNode[] | undefined, via: string, offset: number): void {
    let program = args?.[0];
    if (name === 'run') {
      const options = program === undefined ? undefined : constants.object(module, program);
      const list = options === undefined ? undefined : propertyOf(options.node, 'cmd');
      program = list?.type === 'ArrayExpression' ? nodes(list['elements'])[0] : undefined;
    }
    const options = args?.[1] === undefined ? undefined : constants.object(module, args[1]);
    const environment = options === undefined ? undefined : propertyOf(options.node, 'env');
    // LD_PRELOAD and the like, or a computed environment, need the whole permission.
    const everything =
      environment !== undefined &&
      (environment.type !== 'ObjectExpression' ||
        nodes(environment['properties']).some(
          (one) => one.type === 'SpreadElement' || (isNode(one['key']) && /^(?:LD|DYLD)_/.test(nameOf(one['key']))),
        ));
    const callee = program === undefined ? undefined : unwrap(program);
    const itself = callee?.type === 'CallExpression' && isNode(callee['callee']) ? memberOf(unwrap(callee['callee'])) : undefined;
    if (everything || program === undefined) add('run', ANY, via, offset);
    else if (itself?.name === 'execPath') add('run', { kind: 'name', name: 'deno' }, via, offset);
    else fromArgument('run', program, via, offset);
  }

  /** A function of an imported module is called or handed on. */
  function importedCall(source: string, name: string, args: readonly SyntaxNode[] | undefined, offset: number): void {
    const plain = name.replace(/Sync$/, '');
    const via = `${source} ${name}`;
    if (source === 'node:fs' || source === 'node:fs/promises') {
      const flags = plain === 'open' ? constants.value(module, args?.[1]) : undefined;
      if (plain === 'mkdtemp') {
        // The argument is the beginning of a name.
        const known = constants.value(module, args?.[0]);
        return add('write', targetOf('write', known === undefined ? undefined : { ...known, open: true }), via, offset);
      }
      const needs =
        plain === 'open' && args !== undefined && (args[1] === undefined || flags?.text === 'r')
          ? [{ permission: 'read', arg: 0 } as const]
          : NODE_FS.get(plain);
      if (needs !== undefined) apply(needs, args, via, offset);
      return;
    }
    if (source === 'node:child_process') {
      if (!/^(?:exec|execFile|fork|spawn)$/.test(plain)) return;
      // It copies the whole environment for the child.
      add('env', ANY, via, offset);
      const shell = args?.slice(1).some((one) => {
        const object = constants.object(module, one);
        return (
          object !== undefined &&
          nodes(object.node['properties']).some((property) => isNode(property['key']) && nameOf(property['key']) === 'shell')
        );
      });
      if (plain === 'exec' || plain === 'fork' || shell === true) return add('run', ANY, via, offset);
    }
    if (/^node:(?:http|https|net|tls)$/.test(source)) {
      if (/^(?:get|request|connect|createConnection|Socket)$/.test(name)) {
        const known = constants.value(module, args?.[0]);
        add('net', source === 'node:http' || source === 'node:https' ? targetOf('net', known) : ANY, via, offset);
      } else if (/^(?:createServer|Server)$/.test(name) && !listens()) add('net', ANY, via, offset);
      return;
    }
    if (name === 'cwd' && source === 'node:process') return workingDirectory(via, offset);
    if (/^(?:node:path|@std\/path)/.test(source)) return /^(?:resolve|relative)$/.test(name) ? workingDirectory(via, offset) : undefined;
    if (name === 'getBuiltinModule' && source === 'node:process') {
      const known = constants.value(module, args?.[0]);
      return known === undefined || known.open
        ? gap(offset, 'a module is loaded by a computed name')
        : whole(`node:${known.text.replace(/^node:/, '')}`, offset);
    }
    if (source === 'node:worker_threads' && name === 'Worker') return worker(args?.[0], via, offset);
    if (source === 'node:sqlite' && name === 'DatabaseSync' && constants.value(module, args?.[0])?.text === ':memory:') return;
    if (source === 'node:module' && name === 'createRequire') return gap(offset, 'modules are loaded by createRequire');
    if (source === '@std/dotenv' && /^load/.test(name)) {
      const options = args?.[0] === undefined ? undefined : constants.object(module, args[0]);
      const path = options === undefined ? undefined : propertyOf(options.node, 'envPath');
      if (path === undefined) return dotenv(offset);
      const known = constants.value(module, path);
      return known === undefined ? (add('env', ANY, via, offset), add('read', ANY, via, offset)) : dotenv(offset, known);
    }
    if (/^@std\/http\/file-server$/.test(source)) {
      if (name === 'serveFile') return fromArgument('read', args?.[1], via, offset);
      const options = args?.[1] === undefined ? undefined : constants.object(module, args[1]);
      const root = options === undefined ? undefined : propertyOf(options.node, 'fsRoot');
      if (name === 'serveDir')
        return root === undefined
          ? add('read', args?.[1] === undefined || options !== undefined ? { kind: 'path', path: '.', from: undefined } : ANY, via, offset)
          : fromArgument('read', root, via, offset);
      return;
    }
    if (/^@std\/http/.test(source) && /^(?:serve|serveTls|listenAndServe|listenAndServeTls|Server)$/.test(name)) {
      const options = name === 'serve' && args !== undefined ? serveOptions(constants, module, args) : 'unclear';
      return listening(
        options === 'unclear'
          ? ANY
          : optionsAddress(constants, module, options === 'default' ? undefined : options, { host: '0.0.0.0', port: '8000' }),
        via,
        offset,
      );
    }
    if (/^@std\/net/.test(source))
      return name === 'getNetworkAddress'
        ? add('sys', { kind: 'name', name: 'networkInterfaces' }, via, offset)
        : add('net', ANY, via, offset);
    if (/^@std\/fs(?:\/|$)/.test(source)) {
      const needs = STD_FS.get(plain);
      if (needs !== undefined) apply(needs, args, via, offset);
      return;
    }
    const needs = source.startsWith('node:') ? apisOf(source, name, plain) : undefined;
    if (needs !== undefined) apply(needs, args, via, offset);
  }

  let listenFound: boolean | undefined;
  /** Some `x.listen(...)` of the module says where its node server listens. */
  function listens(): boolean {
    if (listenFound !== undefined) return listenFound;
    listenFound = false;
    walkSyntax(module.program, (node) => {
      const member = node.type === 'CallExpression' && isNode(node['callee']) ? memberOf(unwrap(node['callee'])) : undefined;
      if (member?.name !== 'listen' || isGlobal(member.object, 'Deno')) return;
      listenFound = true;
      for (const target of nodeListen(constants, module, nodes(node['arguments']))) listening(target, 'server.listen', node.start);
    });
    return listenFound;
  }

  /** The worker's module and all that it imports are read when it starts. */
  function worker(argument: SyntaxNode | undefined, via: string, offset: number): void {
    const known = argument === undefined ? undefined : constants.value(module, argument);
    const path = known === undefined || known.open || known.from === undefined ? undefined : repoPath(known.text, dirname(known.from));
    if (path === undefined || !files.isFile(path)) return gap(offset, 'a worker is started from a module that cannot be told');
    workers.push(path);
    add('read', { kind: 'path', path: known?.text ?? '', from: known?.from }, via, offset);
  }

  function environmentUse(parent: SyntaxNode | undefined, node: SyntaxNode): void {
    if (parent?.type === 'MemberExpression' && isNode(parent['object']) && unwrap(parent['object']) === node) {
      const member = memberOf(parent);
      if (member !== undefined)
        return add('env', targetOf('env', { text: member.name, open: false }), `process.env.${member.name}`, node.start);
      return fromArgument('env', isNode(parent['property']) ? parent['property'] : undefined, 'process.env', node.start);
    }
    const names = parent === undefined ? undefined : destructuring(parent);
    if (names === undefined) return add('env', ANY, 'process.env', node.start);
    for (const name of names) add('env', { kind: 'name', name }, `process.env.${name}`, node.start);
  }

  /** `express.static("public")`, `serveStatic({ root })`, `res.sendFile(path)`, `ctx.send({ root })`: whatever the framework, the program names the files. */
  function served(node: SyntaxNode): void {
    const callee = isNode(node['callee']) ? unwrap(node['callee']) : undefined;
    const member = callee === undefined ? undefined : memberOf(callee);
    const name = member?.name ?? (callee?.type === 'Identifier' ? nameOf(callee) : '');
    if (!FILE_SERVERS.has(name)) return;
    const args = nodes(node['arguments']);
    const roots = args.flatMap((one) => {
      const object = constants.object(module, one);
      const root = object === undefined ? undefined : (propertyOf(object.node, 'root') ?? propertyOf(object.node, 'path'));
      return root === undefined ? [] : [root];
    });
    // `res.send(body)` answers with a value.
    if (name === 'send' && roots.length === 0) return;
    fromArgument('read', roots[0] ?? args[0], name, node.start);
  }

  /** What everybody can call without an import. */
  function globalUse(name: string, node: SyntaxNode, parent: SyntaxNode): void {
    const args = callArguments(parent, node);
    if (name === 'fetch') {
      const known = constants.value(module, args?.[0]);
      if (known?.from !== undefined) return add('read', targetOf('read', known), 'fetch', node.start);
      return fromArgument('net', args?.[0], 'fetch', node.start);
    }
    if (name === 'WebSocket' || name === 'EventSource' || name === 'WebSocketStream') {
      if (parent.type === 'NewExpression') fromArgument('net', args?.[0], name, node.start);
    } else if (name === 'Worker' && parent.type === 'NewExpression') worker(args?.[0], 'Worker', node.start);
    else if (name === 'require' && args !== undefined) gap(node.start, 'modules are loaded by require');
    else if ((name === 'eval' || name === 'Function') && args !== undefined) gap(node.start, `code is made at run time by ${name}`);
  }

  walkSyntax(module.program, (node, ancestors) => {
    const parent = ancestors.at(-1);
    if (node.type === 'CallExpression') served(node);
    if (node.type === 'ImportExpression') {
      const loaded = dynamicImport(node, ancestors);
      if (loaded?.bound === false) whole(sourceOf(loaded.specifier), node.start);
      return;
    }
    if (node.type === 'MemberExpression') {
      const member = memberOf(node);
      if (member !== undefined && parent !== undefined && isGlobalObject(member.object)) globalUse(member.name, node, parent);
      const denoObject = isNode(node['object']) && isDeno(unwrap(node['object']));
      if (denoObject && member === undefined) return gap(node.start, 'a computed member of Deno is used');
      if (member === undefined) {
        const object = isNode(node['object']) ? unwrap(node['object']) : undefined;
        const origin = object?.type === 'Identifier' ? imported.get(nameOf(object)) : undefined;
        if (origin?.name === '*' || origin?.name === 'default') whole(origin.source, node.start);
        return;
      }
      if (denoObject) return denoMember(member.name, node, outer(ancestors, 0), outer(ancestors, 1));
      const processObject =
        (member.object.type === 'Identifier' &&
          ((nameOf(member.object) === 'process' && isFree('process')) || isImport(member.object, 'node:process', ['default', '*']))) ||
        (isGlobal(member.object, 'process') && isFree('globalThis'));
      if (processObject && member.name === 'env') return environmentUse(outer(ancestors, 0), node);
      if (processObject) return importedCall('node:process', member.name, callArguments(parent, node), node.start);
      // fs.readFile, fs.promises.readFile
      const inner = memberOf(member.object);
      const root = inner === undefined ? member.object : inner.object;
      const origin = root.type === 'Identifier' ? imported.get(nameOf(root)) : undefined;
      if (origin === undefined) return;
      const itself = origin.name === '*' || origin.name === 'default';
      if (inner === undefined && (itself || origin.name === 'promises'))
        importedCall(origin.source, member.name, callArguments(parent, node), node.start);
      else if (inner !== undefined && itself && /^(?:promises|default)$/.test(inner.name))
        importedCall(origin.source, member.name, callArguments(parent, node), node.start);
      return;
    }
    if (node.type !== 'Identifier' || parent === undefined) return;
    const name = nameOf(node);
    if (
      isPropertyName(parent, node) ||
      parent.type.startsWith('TSQualified') ||
      parent.type === 'TSTypeReference' ||
      parent.type === 'TSTypeQuery'
    )
      return;
    if (name === 'Deno' && isFree('Deno')) {
      if (parent.type === 'MemberExpression' && parent['object'] === node) return;
      if (parent.type === 'UnaryExpression' && parent['operator'] === 'typeof') return;
      if (/^(?:TS\w+Expression|ParenthesizedExpression|ChainExpression)$/.test(parent.type)) return;
      const names = destructuring(parent);
      if (names === undefined) return gap(node.start, 'Deno is handed on as a value');
      for (const one of names) denoMember(one, node, undefined, undefined);
      return;
    }
    const origin = imported.get(name);
    if (origin !== undefined && !/^Import/.test(parent.type)) {
      if (origin.source === 'node:process' && origin.name === 'env') return environmentUse(parent, node);
      if (origin.name !== '*' && origin.name !== 'default')
        return importedCall(origin.source, origin.name, callArguments(parent, node), node.start);
      if (outer(ancestors, 0)?.type === 'MemberExpression' || declares(parent, node)) return;
      if (origin.source === 'node:process') add('env', ANY, 'process', node.start);
      const names = destructuring(parent);
      if (names === undefined) whole(origin.source, node.start);
      else for (const one of names) importedCall(origin.source, one, undefined, node.start);
      return;
    }
    if (isGlobalObject(node)) {
      const names = destructuring(parent);
      const passes =
        parent.type === 'CallExpression' &&
        isNode(parent['callee']) &&
        /^(?:bind|call|apply)$/.test(memberOf(unwrap(parent['callee']))?.name ?? '');
      const plain = outer(ancestors, 0)?.type === 'MemberExpression' || parent.type === 'UnaryExpression' || passes;
      if (!plain && (names === undefined || names.some((one) => GLOBALS.has(one)))) gap(node.start, `${name} is handed on as a value`);
      return;
    }
    if (isFree(name)) globalUse(name, node, parent);
  });

  function isGlobalObject(node: SyntaxNode): boolean {
    return (
      node.type === 'Identifier' &&
      (nameOf(node) === 'globalThis' || (/^(?:self|window)$/.test(nameOf(node)) && !bindings.has(nameOf(node))))
    );
  }

  function isDeno(node: SyntaxNode): boolean {
    return isGlobal(node, 'Deno') && isFree('Deno');
  }
  function isImport(node: SyntaxNode, source: string, names: readonly string[]): boolean {
    const origin = imported.get(nameOf(node));
    return origin?.source === source && names.includes(origin.name);
  }

  return { accesses, gaps, workers };
}

function apisOf(source: string, name: string, plain: string): readonly Need[] | undefined {
  const apis = NODE_APIS.get(source.slice('node:'.length).split('/')[0] ?? '');
  return apis?.get(name) ?? apis?.get(plain);
}

/** The n-th ancestor that is not a type operator or parenthesis. */
function outer(ancestors: readonly SyntaxNode[], skip: number): SyntaxNode | undefined {
  const found = ancestors.filter(
    ({ type }) =>
      !/^(?:TSAsExpression|TSNonNullExpression|TSSatisfiesExpression|ParenthesizedExpression|ChainExpression|AwaitExpression)$/.test(type),
  );
  return found.at(-1 - skip);
}

function callArguments(parent: SyntaxNode | undefined, node: SyntaxNode): readonly SyntaxNode[] | undefined {
  const called =
    parent !== undefined &&
    (parent.type === 'CallExpression' || parent.type === 'NewExpression') &&
    isNode(parent['callee']) &&
    unwrap(parent['callee']) === node;
  return called ? nodes(parent['arguments']) : undefined;
}

function isPropertyName(parent: SyntaxNode, node: SyntaxNode): boolean {
  if (parent.type === 'MemberExpression') return parent['property'] === node && parent['computed'] !== true;
  return (
    /^(?:Property|MethodDefinition|PropertyDefinition|TSPropertySignature|TSMethodSignature|TSEnumMember|LabeledStatement)$/.test(
      parent.type,
    ) &&
    parent['key'] === node &&
    parent['shorthand'] !== true
  );
}

/** The identifier is what its parent declares. */
function declares(parent: SyntaxNode, node: SyntaxNode): boolean {
  return parent.type === 'VariableDeclarator' && parent['id'] === node;
}

/** Names that `const { a } = x` takes out of `x`. */
function destructuring(parent: SyntaxNode): readonly string[] | undefined {
  return parent.type === 'VariableDeclarator' && isNode(parent['id']) && parent['id'].type === 'ObjectPattern'
    ? destructured(parent['id'])
    : undefined;
}

/** Keys of `const { a, b: c } = ...`; `undefined` with a rest element or computed keys. */
function destructured(pattern: SyntaxNode): readonly string[] | undefined {
  const names: string[] = [];
  for (const one of nodes(pattern['properties'])) {
    if (one.type !== 'Property' || one['computed'] === true || !isNode(one['key'])) return undefined;
    names.push(nameOf(one['key']));
  }
  return names;
}
