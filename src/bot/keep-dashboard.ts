/** Reads the dashboard issue before a repository is published, and writes it afterwards. It is decoration: its failure is a warning. */

import { parseDashboard, renderDashboard, type DashboardService } from './dashboard.ts';
import type { Forge } from './forge.ts';
import { isRemote } from './remote-error.ts';

export interface Board {
  /** Services whose box a person ticked. */
  readonly asked: ReadonlySet<string>;
  /** Writes only what is another text than before. */
  readonly save: (services: readonly DashboardService[]) => Promise<void>;
}

const NONE: Board = { asked: new Set(), save: async () => undefined };

/** A closed issue is a person's decision: it is left as it is until it is reopened. Repositories may have no issues at all. */
export async function openBoard({ dashboard }: Forge, redact: (text: string) => string, warn: (message: string) => void): Promise<Board> {
  if (dashboard === undefined) return NONE;
  const guarded = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!isRemote(error) || error.kind === 'rate-limited' || error.kind === 'unauthorised') throw error;
      warn(`dashboard: ${redact(error.message)}`);
      return otherwise;
    }
  };
  const found = await guarded<Awaited<ReturnType<typeof dashboard.read>> | 'unreadable'>(() => dashboard.read(), 'unreadable');
  if (found === 'unreadable' || found?.open === false) return NONE;
  const { hash, asked } = parseDashboard(found?.body ?? '');
  return {
    asked,
    save: (services) =>
      guarded(async () => {
        const body = redact(renderDashboard(services, asked));
        if (found === undefined) await dashboard.create(body);
        else if (hash !== parseDashboard(body).hash || !equal(asked, parseDashboard(body).asked))
          await dashboard.update(found.number, body);
      }, undefined),
  };
}

function equal(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((item) => b.has(item));
}
