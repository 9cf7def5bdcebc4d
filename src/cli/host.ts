/** The process as commands see it. This file is the only one that reads `process`. */

export interface Sink {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  /** Width in characters; 80 where it is not known. */
  readonly columns: number;
}

export interface Host {
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Milliseconds on a steady clock. */
  readonly now: () => number;
  /** Runs `work` to its end even when somebody presses Ctrl-C meanwhile; the signal is obeyed right after it. */
  readonly uninterrupted: <T>(work: () => T | Promise<T>) => Promise<T>;
  /** Runs `work`, and tells it through the signal when somebody presses Ctrl-C: it clears up, then the signal is obeyed. */
  readonly interruptible: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Asks a person; `undefined` where nobody sits at a terminal. */
  readonly ask: (question: string) => Promise<string | undefined>;
  readonly pid: number;
  /** The Node.js that runs this. */
  readonly node: string;
  readonly isRoot: boolean;
  /** Whether a process with this id runs on this machine. */
  readonly isAlive: (pid: number) => boolean;
}

/** The real process. Writing to a pipe that was closed (`| head`) is not an error: the rest is dropped. */
export function processHost(): Host {
  return {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    stdout: sink(process.stdout),
    stderr: sink(process.stderr),
    now: () => performance.now(),
    uninterrupted,
    interruptible,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    ask,
    pid: process.pid,
    node: process.execPath,
    isRoot: process.getuid?.() === 0,
    isAlive,
  };
}

/** Sets the code that the process ends with once everything is written. */
export function endWith(code: number): void {
  process.exitCode = code;
}

/** Where Node starts to print stack traces or warnings of its own accord, this takes over. */
export function onStrayError(report: (error: unknown) => number): void {
  const end = (error: unknown): void => process.exit(report(error));
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

function sink(stream: NodeJS.WriteStream): Sink {
  let open = true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    open = false;
  });
  return {
    write: (text) => {
      if (open) stream.write(text);
    },
    isTerminal: stream.isTTY === true,
    columns: stream.columns ?? 80,
  };
}

async function uninterrupted<T>(work: () => T | Promise<T>): Promise<T> {
  let received: NodeJS.Signals | undefined;
  const note = (signal: NodeJS.Signals): void => {
    received = signal;
  };
  process.on('SIGINT', note).on('SIGTERM', note);
  try {
    const result = await work();
    // Signals that arrived during synchronous work are delivered by the event loop: let it turn once.
    await new Promise((resolve) => setImmediate(resolve));
    return result;
  } finally {
    process.off('SIGINT', note).off('SIGTERM', note);
    if (received !== undefined) process.kill(process.pid, received);
  }
}

async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const note = (signal: NodeJS.Signals): void => {
    received = signal;
    controller.abort();
  };
  process.on('SIGINT', note).on('SIGTERM', note);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', note).off('SIGTERM', note);
    if (received !== undefined) process.kill(process.pid, received);
  }
}

async function ask(question: string): Promise<string | undefined> {
  if (process.stdin.isTTY !== true) return undefined;
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // Ctrl-D closes the line without an answer; Ctrl-C, too.
    const closed = new Promise<undefined>((done) => terminal.once('close', () => done(undefined)));
    return await Promise.race([terminal.question(question), closed]);
  } finally {
    terminal.close();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may not be signalled, but it is there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
