/** `dockmod diff`. */

import type { Register } from './commands.ts';
import { UsageError } from './exit.ts';

export const register: Register = (command, _host, run) => {
  command.action(run(async () => { throw new UsageError('not there yet'); }));
};
