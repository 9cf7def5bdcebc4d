/** Colours and widths: what the user's terminal can show and wants to see. */

import picocolors from 'picocolors';
import type { TerminalStyle } from '../report/layout.ts';
import type { Host, Sink } from './host.ts';
import type { Workspace } from './workspace.ts';

/** Whether `sink` gets colours: the option, then NO_COLOR (https://no-color.org), FORCE_COLOR, then whether it is a terminal. */
export function hasColor({ env }: Host, sink: Sink, option: boolean): boolean {
  if (!option || (env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return sink.isTerminal && env['TERM'] !== 'dumb';
}

/** How to write to `sink`: lines are only broken for people. */
export function styleFor(host: Host, sink: Sink, color: boolean, { show }: Pick<Workspace, 'show'>): TerminalStyle {
  return {
    paint: picocolors.createColors(hasColor(host, sink, color)),
    show,
    columns: sink.isTerminal ? Math.max(60, sink.columns) : Infinity,
  };
}
