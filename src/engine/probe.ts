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
 * Runs in a process of its own, since a network namespace belongs to a process. Every connection carries a whole HTTP
 * exchange, as a client's would: a server that falls over a connection closed early is not what is looked for here.
 * Both loopback addresses are tried, no redirect is followed, no body is kept.
 */
const SCRIPT = `
const http = require('node:http');
const { targets, paths } = JSON.parse(process.argv[1]);
const ask = (host, port, path) => new Promise((resolve) => {
  let open = false;
  const request = http.get({ host, port, path, agent: false, timeout: 4000, headers: { host: 'localhost:' + port, connection: 'close' } }, (response) => {
    const end = () => resolve({ open: true, status: response.statusCode });
    let bytes = 0;
    response.on('data', (chunk) => { bytes += chunk.length; if (bytes > 1e6) response.destroy(); }).once('close', end).once('error', end);
  });
  request.once('socket', (socket) => socket.once('connect', () => { open = true; }));
  request.once('error', () => resolve({ open, status: 0 })).once('timeout', () => request.destroy());
});
(async () => {
  const answers = await Promise.all(targets.map(async ([container, port]) => {
    let host = '127.0.0.1', first = await ask(host, port, paths[0]);
    if (!first.open) { host = '::1'; first = await ask(host, port, paths[0]); }
    const found = {};
    if (first.status > 0) {
      found[paths[0]] = first.status;
      for (const path of paths.slice(1)) { const { status } = await ask(host, port, path); if (status > 0) found[path] = status; }
    }
    return { port: container, open: first.open, http: found };
  }));
  process.stdout.write(JSON.stringify(answers));
})();
`;

/** One round of questions; `undefined` when they could not be asked. */
export async function probePorts(reach: Reach, { ports, paths, signal }: ProbeOptions): Promise<readonly PortAnswer[] | undefined> {
  if (ports.length === 0) return [];
  const targets =
    reach.kind === 'namespace'
      ? ports.map((port) => [port, port])
      : ports.flatMap((port) => (reach.ports[port] === undefined ? [] : [[port, reach.ports[port]]]));
  const question = JSON.stringify({ targets, paths });
  const ask = [reach.node, '-e', SCRIPT, question];
  const [command = '', ...args] = reach.kind === 'namespace' ? ['nsenter', '-t', String(reach.pid), '-n', ...ask] : ask;
  const result = await runCommand(command, args, {
    timeout: 20_000,
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    ...(signal === undefined ? {} : { signal }),
  });
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
  const result = await runCommand('nsenter', ['--version'], {
    timeout: 5000,
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  return result.outcome === 'exited' && result.code === 0;
}
