/** Runs other programs: with limits on time and output, and without leaving anything behind. The only place that does. */

import { spawn } from 'node:child_process';
import { kill } from 'node:process';

export interface CommandOptions {
  /** Milliseconds; then the whole process group is ended. */
  readonly timeout: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Bytes of each stream to keep; the middle is dropped, so that both the cause and the end remain. */
  readonly maxOutput?: number;
  readonly signal?: AbortSignal;
  /** Takes standard output in place of the result: for streams too large to keep. Awaited before the result. */
  readonly onStdout?: (chunks: AsyncIterable<Buffer>) => Promise<void>;
}

export interface CommandResult {
  /** exited: see `code`; missing: there is no such program. */
  readonly outcome: 'exited' | 'timeout' | 'aborted' | 'missing' | 'failed';
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const DEFAULT_OUTPUT = 1 << 20;
/** Milliseconds between asking a process to end and ending it. */
const GRACE = 3000;

/** Total: a program that cannot be started, hangs or floods is an outcome. */
export async function runCommand(command: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  if (options.signal?.aborted === true) return { outcome: 'aborted', code: undefined, stdout: '', stderr: '' };
  return new Promise((resolve) => {
    // A group of its own: what the program started ends with it.
    const child = spawn(command, [...args], {
      cwd: options.cwd,
      env: options.env as NodeJS.ProcessEnv | undefined,
      stdio: 'pipe',
      detached: true,
    });
    const max = options.maxOutput ?? DEFAULT_OUTPUT;
    const stdout = keeper(max);
    const stderr = keeper(max);
    let outcome: CommandResult['outcome'] = 'exited';
    let killer: NodeJS.Timeout | undefined;
    const end = (why: 'timeout' | 'aborted'): void => {
      if (outcome !== 'exited') return;
      outcome = why;
      endGroup(child.pid, 'SIGTERM');
      killer = setTimeout(() => endGroup(child.pid, 'SIGKILL'), GRACE);
    };
    const timer = setTimeout(() => end('timeout'), options.timeout);
    const onAbort = (): void => end('aborted');
    options.signal?.addEventListener('abort', onAbort, { once: true });

    const consumed = options.onStdout?.(child.stdout).catch(() => {
      outcome = outcome === 'exited' ? 'failed' : outcome;
      endGroup(child.pid, 'SIGKILL');
    });
    if (consumed === undefined) child.stdout.on('data', stdout.add);
    child.stderr.on('data', stderr.add);
    // The program may end without reading what it is given.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');

    const finish = (code: number | undefined): void => {
      clearTimeout(timer);
      clearTimeout(killer);
      options.signal?.removeEventListener('abort', onAbort);
      resolve({ outcome, code, stdout: stdout.text(), stderr: stderr.text() });
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      outcome = error.code === 'ENOENT' ? 'missing' : 'failed';
      if (child.pid === undefined) finish(undefined);
    });
    child.once('close', (code) => {
      void (consumed ?? Promise.resolve()).then(() => finish(code ?? undefined));
    });
  });
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    kill(-pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** Keeps the first and the last half of what arrives. */
function keeper(max: number): { readonly add: (chunk: Buffer) => void; readonly text: () => string } {
  const half = Math.floor(max / 2);
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let dropped = 0;
  return {
    add: (chunk) => {
      const room = half - head.length;
      head = room > 0 ? Buffer.concat([head, chunk.subarray(0, room)]) : head;
      const rest = room > 0 ? chunk.subarray(room) : chunk;
      if (rest.length === 0) return;
      const joined = Buffer.concat([tail, rest]);
      dropped += Math.max(0, joined.length - half);
      tail = joined.length > half ? Buffer.from(joined.subarray(joined.length - half)) : joined;
    },
    text: () => `${head.toString('utf8')}${dropped > 0 ? `\n... ${dropped} bytes left out ...\n` : ''}${tail.toString('utf8')}`,
  };
}
