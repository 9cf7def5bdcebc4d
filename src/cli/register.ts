/** What a command's file gives to the command line: a function that declares it. */

import type { Command } from 'commander';
import type { Host } from './host.ts';

/**
 * Adds arguments, options, help and examples to `command`. `run` takes the command's function: what it resolves to
 * becomes the exit code of the process.
 */
export type Register = (command: Command, host: Host, run: Run) => void;

/** Wraps the function of a command for commander: positional arguments first, then the options. */
export type Run = <Args extends unknown[]>(action: (...args: Args) => Promise<number>) => (...args: Args) => Promise<void>;
