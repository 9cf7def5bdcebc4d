/** The commands: name, one line of help, and how to load the file that does it. Nothing is loaded that is not run. */

import type { Register } from './register.ts';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly register: Register }>;
}

export const COMMANDS: readonly CommandEntry[] = [
  { name: 'diff', summary: 'print what would change as a patch, and why', load: () => import('./diff.ts') },
  { name: 'apply', summary: 'make the changes in place', load: () => import('./apply.ts') },
  { name: 'explain', summary: 'say what every transform thinks of one Dockerfile, with evidence', load: () => import('./explain.ts') },
  { name: 'list', summary: 'list the transforms', load: () => import('./list.ts') },
  {
    name: 'verify',
    summary: 'build and run every changed image before and after, and say same, better or worse',
    load: () => import('./verify.ts'),
  },
  { name: 'size', summary: 'say how large images are, and what the changes would do to them', load: () => import('./size.ts') },
  { name: 'bot', summary: 'keep one pull request per service as it should be, on GitHub or in a clone', load: () => import('./bot.ts') },
  { name: 'plan', summary: 'write plan files for many repositories', load: () => import('./plan.ts') },
  { name: 'publish', summary: 'publish plan files as pull requests', load: () => import('./publish.ts') },
  { name: 'status', summary: 'say how far the migration is, for each decision', load: () => import('./status.ts') },
  { name: 'doctor', summary: 'say what works with the credential that is found, and what does not', load: () => import('./doctor.ts') },
  { name: 'init', summary: 'write the configuration and the workflows, after asking', load: () => import('./init.ts') },
];
