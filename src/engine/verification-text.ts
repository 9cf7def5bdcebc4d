/** A verification for people: the verdict first, then numbers, then what was seen. */

import { formatBytes, formatChange } from '../size/bytes.ts';
import type { Measure } from '../size/measure.ts';
import type { Observation } from './observe.ts';
import type { Side, Verification } from './verify.ts';

const VERDICTS: Readonly<Record<Verification['judgement'], string>> = {
  same: 'same: works as before',
  better: 'better: works as before, and improved',
  worse: 'WORSE: something that worked does not',
  unknown: 'unknown: nothing was proven',
  unchanged: 'nothing to change',
  aborted: 'interrupted',
};

const SIGNS = { worse: '-', better: '+', note: ' ' } as const;

/** Lines of plain text; the first holds the service and the verdict. What containers printed is untrusted: sinks must neutralise it. */
export function verificationText(verification: Verification): string {
  const { service, judgement, before, after, findings, notes, rebuild, engine } = verification;
  const lines = [`${service}: ${VERDICTS[judgement]}`];
  if (before !== undefined && after !== undefined) {
    const row = (name: string, left: string, right: string): void => {
      if (left !== '-' || right !== '-') lines.push(`  ${name.padEnd(10)} ${left}  ->  ${right}`);
    };
    row('build', built(before), built(after));
    row('pull', bytes(before.measure, 'pull'), `${bytes(after.measure, 'pull')}${change(before.measure, after.measure, 'pull')}`);
    row('disk', bytes(before.measure, 'disk'), `${bytes(after.measure, 'disk')}${change(before.measure, after.measure, 'disk')}`);
    row('run', ran(before.observation), ran(after.observation));
    row('user', user(before), user(after));
    row('health', before.observation?.health ?? '-', after.observation?.health ?? '-');
    row('ports', ports(before.observation), ports(after.observation));
    row('CVEs', scanned(before), scanned(after));
  }
  if (rebuild !== undefined) {
    lines.push(`  rebuild    ${again(rebuild.before)}  ->  ${again(rebuild.after)}  (after touching ${rebuild.touched})`);
  }
  for (const { kind, text } of findings) lines.push(`  ${SIGNS[kind]} ${text}`);
  for (const note of notes) lines.push(`    ${note}`);
  if (judgement === 'worse' || judgement === 'unknown') lines.push(...tail('before', before), ...tail('after', after));
  if (before !== undefined) lines.push(`    built and run by ${engine}`);
  return `${lines.join('\n')}\n`;
}

function built({ build }: Side): string {
  return build.kind === 'built' ? `${build.seconds.toFixed(1)} s, ${build.cached} of ${build.steps} steps cached` : build.kind;
}

function again({ seconds, cached, steps }: { readonly seconds: number; readonly cached: number; readonly steps: number }): string {
  return `${seconds.toFixed(1)} s, ${cached} of ${steps} steps cached`;
}

function bytes(measure: Measure | undefined, which: 'pull' | 'disk'): string {
  const value = measure === undefined || measure.kind === 'unknown' ? undefined : measure[which];
  return value === undefined ? '-' : formatBytes(value);
}

function change(before: Measure | undefined, after: Measure | undefined, which: 'pull' | 'disk'): string {
  if (before === undefined || after === undefined || before.kind === 'unknown' || after.kind === 'unknown') return '';
  const [left, right] = [before[which], after[which]];
  return left === undefined || right === undefined ? '' : ` (${formatChange(left, right)}, ${after.kind})`;
}

function ran(observation: Observation | undefined): string {
  if (observation === undefined) return '-';
  const { outcome, exitCode, readyAfter, profile } = observation;
  if (outcome === 'up') return `up${readyAfter === undefined ? '' : `, ready after ${(readyAfter / 1000).toFixed(1)} s`}${profile === 'plain' ? ' (not hardened)' : ''}`;
  return outcome === 'exited' ? `ended with ${exitCode ?? '?'}` : outcome.replace('-', ' ');
}

function user({ observation, config }: Side): string {
  if (observation?.uid !== undefined) return `uid ${observation.uid}`;
  return config === undefined ? '-' : config.user === '' ? 'root (configured)' : `${config.user} (configured)`;
}

function ports(observation: Observation | undefined): string {
  if (observation === undefined || observation.ports.length === 0) return '-';
  return observation.ports.map(({ port, open, http }) => `${port}${open ? (http['/'] === undefined ? ' open' : ` HTTP ${http['/']}`) : ' closed'}`).join(', ');
}

function scanned({ scan }: Side): string {
  if (scan === undefined) return '-';
  const { critical, high } = scan.vulnerabilities;
  return `${critical} critical, ${high} high${scan.packages === undefined ? '' : ` in ${scan.packages} packages`} (${scan.scanner}${scan.databaseDate === undefined ? '' : `, database of ${scan.databaseDate.slice(0, 10)}`})`;
}

/** The end of what a side printed, where it matters. */
function tail(name: string, side: Side | undefined): readonly string[] {
  const log = side?.observation?.log ?? (side !== undefined && side.build.kind !== 'built' ? side.build.log : '');
  const last = log.split('\n').filter((line) => line.trim() !== '').slice(-8);
  return last.length === 0 ? [] : [`    log ${name}:`, ...last.map((line) => `      ${line.slice(0, 200)}`)];
}
