/** Compose files and manifests that start deno with `-A` themselves. */

import { derive } from './derivation.ts';
import { yamlGrant, type Override } from './overrides.ts';
import { flagWords } from './permission-set.ts';
import type { Run } from './run.ts';
import { unfit } from './unfit.ts';

/** A compose file or manifest that states `-A` itself changes with the image, or is named. */
export function grantOverride(run: Run, override: Override, stage: number, workdir: string): void {
  const { subject, context, journal } = run;
  const { dependent, words, parsed } = override;
  if (parsed.grantsAll.length === 0 || parsed.subcommand === 'other' || parsed.subcommand === 'task' || parsed.watches) return;
  const text = `deno ${words.join(' ')}`;
  const script = parsed.script === undefined ? undefined : words[parsed.script];
  const directory = override.workdir ?? workdir;
  const refuse = (reason: string): void =>
    void journal.refusals.push({
      code: 'dependent-command',
      at: dependent.at,
      reason,
      unblock: 'Replace it by the flags of the Dockerfile, or remove the override.',
    });
  if (context === undefined) return refuse(`${dependent.by} starts \`${text}\` itself`);
  const derived = derive(subject, context, [
    { arguments: parsed, script, at: dependent.at, stage, workdir: directory, startDirectory: directory, compiled: false, relative: false },
  ]);
  if (derived.kind === 'refused') return refuse(`${dependent.by} starts \`${text}\` itself, and ${derived.refusal.reason}`);
  const edit = yamlGrant(subject.files, override, [...flagWords(derived.flags), ...(parsed.noPrompt ? [] : ['--no-prompt'])]);
  if (edit === undefined || unfit(words, text, dependent.at, parsed) !== undefined)
    return refuse(`${dependent.by} starts \`${text}\` itself`);
  run.edits.push(edit);
  journal.because.push(
    { text: `${dependent.by} starts \`${text}\` itself: it gets the same treatment`, at: dependent.at },
    ...derived.flags.flatMap(({ evidence }) => evidence),
  );
}
