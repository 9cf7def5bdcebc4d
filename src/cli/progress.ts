/** One line on the terminal that says how far a long run is. Silent in a pipe, and for runs that are over at once. */

import { forTerminal } from '../report/untrusted.ts';
import type { Host } from './host.ts';

export interface Progress {
  readonly update: (text: string) => void;
  /** Takes the line away. */
  readonly end: () => void;
}

/** Milliseconds before the first line, and between two lines. */
const PATIENCE = 300;
const PACE = 100;

const CLEAR = '\r\u001b[2K';

export function startProgress({ stderr, now, env }: Host, quiet: boolean): Progress {
  if (quiet || !stderr.isTerminal || env['TERM'] === 'dumb' || env['CI'] !== undefined) return { update: () => {}, end: () => {} };
  let next = now() + PATIENCE;
  let shown = false;
  return {
    update: (text) => {
      if (now() < next) return;
      next = now() + PACE;
      shown = true;
      stderr.write(`${CLEAR}${forTerminal(text.replace(/\s+/g, ' ')).slice(0, stderr.columns - 1)}`);
    },
    end: () => {
      if (shown) stderr.write(CLEAR);
    },
  };
}
