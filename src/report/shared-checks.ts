/** Checks that several services have in common, so that a report of many services says each of them once. */

import type { Plan } from '../plan/plan.ts';
import type { Check } from '../transforms/transform.ts';
import { entry, type TerminalStyle } from './layout.ts';
import { sentence } from './untrusted.ts';

/** From so many services on, a check stands at the end of the report instead of under each of them. */
const SHARED_BY = 3;
const MAX_NAMES = 8;

export interface SharedChecks {
  readonly has: (check: Check) => boolean;
  /** The checks, with who has them; empty when none is shared. */
  readonly lines: (style: TerminalStyle) => readonly string[];
}

/** Only checks without a place of their own can be shared: the others are about one line. */
export function sharedChecks(plans: readonly Plan[]): SharedChecks {
  const services = new Map<string, { readonly check: Check; readonly names: Set<string> }>();
  for (const { checks, service } of plans) {
    for (const check of checks) {
      if (check.at !== undefined) continue;
      const known = services.get(keyOf(check));
      if (known) known.names.add(service);
      else services.set(keyOf(check), { check, names: new Set([service]) });
    }
  }
  const shared = [...services].filter(([, { names }]) => names.size >= SHARED_BY);
  const keys = new Set(shared.map(([key]) => key));
  return {
    has: (check) => check.at === undefined && keys.has(keyOf(check)),
    lines: (style) =>
      shared.flatMap(
        ([
          ,
          {
            check: { text, command },
            names,
          },
        ]) => {
          const rest = [...(command === undefined ? [] : [sentence(command)]), style.paint.dim(namesOf([...names]))];
          return entry('check', style.paint.cyan, sentence(text), rest, style);
        },
      ),
  };
}

function keyOf({ text, command }: Check): string {
  return JSON.stringify([text, command]);
}

function namesOf(names: readonly string[]): string {
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return `for ${names.slice(0, MAX_NAMES).map(sentence).join(', ')}${more}`;
}
