/** Asks a container's ports: from inside its own network, or through ports published on the host's loopback. */

import { runCommand } from './run-command.ts';

export interface PortAnswer {
  readonly port: number;
  /** A connection was accepted. */
  readonly open: boolean;
  /** HTTP status by path, where the port speaks HTTP. */
  readonly http: Readonly<Record<string, number>>;
}

export interface ProbeOptions {
  readonly ports: readonly number[];
  readonly paths: readonly string[];
  readonly signal?: AbortSignal;
}

/** How ports can be reached. `namespace` needs root on the machine where the engine runs; it leaves the container without any other network. */
export type Reach =
  | { readonly kind: 'namespace'; readonly pid: number; /** The Node.js that runs the questions inside. */ readonly node: string }
  | { readonly kind: 'published'; readonly ports: Readonly<Record<number, number>>; readonly node: string };

/**
 * Runs in a process of its own, since a network namespace belongs to a process: connects to each port, then speaks HTTP to
 * it. Both loopback addresses are tried. No redirect is followed, no body is kept.
 */
const SCRIPT = `
const net = require('node:net'), http = require('node:http');
const { targets, paths } = JSON.parse(process.argv[1]);
const open = (host, port) => new Promise((resolve) => {
  const socket = net.connect({ host, port, timeout: 1500 });
  const end = (value) => { socket.destroy(); resolve(value); };
  socket.once('connect', () => end(true)).once('error', () => end(false)).once('timeout', () => end(false));
});
const status = (host, port, path) => new Promise((resolve) => {
  const request = http.get({ host, port, path, timeout: 3000, headers: { host: 'localhost:' + port } }, (response) => { resolve(response.statusCode); response.destroy(); });
  request.once('error', () => resolve(0)).once('timeout', () => { request.destroy(); resolve(0); });
});
(async () => {
  const answers = await Promise.all(targets.map(async ([container, port]) => {
    let host = '127.0.0.1', reached = await open(host, port);
    if (!reached) { host = '::1'; reached = await open(host, port); }
    const found = {};
    if (reached) for (const path of paths) { const code = await status(host, port, path); if (code > 0) found[path] = code; }
    return { port: container, open: reached, http: found };
  }));
  process.stdout.write(JSON.stringify(answers));
})();
`;

/** One round of questions; `undefined` when they could not be asked. */
export async function probePorts(reach: Reach, { ports, paths, signal }: ProbeOptions): Promise<readonly PortAnswer[] | undefined> {
  if (ports.length === 0) return [];
  const targets = reach.kind === 'namespace' ? ports.map((port) => [port, port]) : ports.flatMap((port) => (reach.ports[port] === undefined ? [] : [[port, reach.ports[port]]]));
  const question = JSON.stringify({ targets, paths });
  const ask = [reach.node, '-e', SCRIPT, question];
  const [command = '', ...args] = reach.kind === 'namespace' ? ['nsenter', '-t', String(reach.pid), '-n', ...ask] : ask;
  const result = await runCommand(command, args, { timeout: 20_000, env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }, ...(signal === undefined ? {} : { signal }) });
  if (result.outcome !== 'exited' || result.code !== 0) return undefined;
  try {
    const answers: unknown = JSON.parse(result.stdout);
    return Array.isArray(answers) ? (answers as readonly PortAnswer[]) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether network namespaces can be entered here: Linux, root, and nsenter at hand. */
export async function canEnterNamespaces(isRoot: boolean): Promise<boolean> {
  if (!isRoot) return false;
  const result = await runCommand('nsenter', ['--version'], { timeout: 5000, env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' } });
  return result.outcome === 'exited' && result.code === 0;
}
