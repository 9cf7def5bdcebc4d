/** A verification for people: the verdict first, then numbers, then what was seen. */

import { formatBytes, formatChange } from '../size/bytes.ts';
import { layersAsText } from '../size/layer-table.ts';
import type { LayerRow } from '../size/layers.ts';
import type { Measure } from '../size/measure.ts';
import { endsAlike, type Finding } from './judge.ts';
import type { Observation } from './observe.ts';
import type { Side, Verification } from './verification.ts';

const VERDICTS: Readonly<Record<Verification['judgement'], string>> = {
  same: 'same: works as before',
  better: 'better: works as before, and improved',
  worse: 'WORSE: something that worked does not',
  unknown: 'unknown: nothing was proven',
  unchanged: 'nothing to change',
  aborted: 'interrupted',
};

const SIGNS = { worse: '-', better: '+', note: ' ' } as const;

/** What there is to say about a verification, whatever it is written in. All of it is untrusted: renderers must neutralise it. */
export interface VerificationView {
  readonly service: string;
  readonly judgement: Verification['judgement'];
  /** The verdict in words. */
  readonly verdict: string;
  /** What, before, after. */
  readonly rows: readonly (readonly [string, string, string])[];
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  readonly layers: readonly LayerRow[];
  /** The end of what the two printed, where the verdict leaves a question. */
  readonly logs: readonly { readonly name: 'before' | 'after'; readonly lines: readonly string[] }[];
}

export function verificationView(verification: Verification): VerificationView {
  const { service, judgement, before, after, findings, notes, rebuild, engine, layers = [] } = verification;
  const alike =
    judgement === 'same' &&
    before?.observation !== undefined &&
    after?.observation !== undefined &&
    endsAlike(before.observation, after.observation);
  const all: [string, string, string][] =
    before === undefined || after === undefined
      ? []
      : [
          ['build', built(before), built(after)],
          ['pull', bytes(before.measure, 'pull'), `${bytes(after.measure, 'pull')}${change(before.measure, after.measure, 'pull')}`],
          ['disk', bytes(before.measure, 'disk'), `${bytes(after.measure, 'disk')}${change(before.measure, after.measure, 'disk')}`],
          ['run', ran(before.observation), ran(after.observation)],
          ['user', user(before), user(after)],
          ['health', before.observation?.health ?? '-', after.observation?.health ?? '-'],
          ['ports', ports(before.observation), ports(after.observation)],
          ['CVEs', scanned(before), scanned(after)],
          ...(rebuild === undefined
            ? []
            : [
                ['rebuild', again(rebuild.before), `${again(rebuild.after)} (after touching ${rebuild.touched})`] as [
                  string,
                  string,
                  string,
                ],
              ]),
        ];
  return {
    service,
    judgement,
    findings,
    layers,
    verdict: alike ? 'same: fails as before, for want of something that is not here' : VERDICTS[judgement],
    rows: all.filter(([, left, right]) => left !== '-' || right !== '-'),
    notes: [...notes, ...(before === undefined ? [] : [`built and run by ${engine}`])],
    logs: judgement === 'worse' || judgement === 'unknown' || alike ? [...tail('before', before), ...tail('after', after)] : [],
  };
}

/** Lines of plain text; the first holds the service and the verdict. */
export function verificationText(verification: Verification, options: { readonly layers?: boolean } = {}): string {
  const { service, verdict, rows, findings, notes, layers, logs } = verificationView(verification);
  const lines = [
    `${service}: ${verdict}`,
    ...rows.map(([name, left, right]) => `  ${name.padEnd(10)} ${left}  ->  ${right}`),
    ...findings.map(({ kind, text }) => `  ${SIGNS[kind]} ${text}`),
    ...notes.map((note) => `    ${note}`),
    ...logs.flatMap((log) => [`    log ${log.name}:`, ...log.lines.map((line) => `      ${line}`)]),
    ...(options.layers === true && layers.length > 0
      ? [
          '',
          ...layersAsText(layers)
            .trimEnd()
            .split('\n')
            .map((line) => `  ${line}`),
          '',
        ]
      : []),
  ];
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
  if (outcome === 'up')
    return `up${readyAfter === undefined ? '' : `, ready after ${(readyAfter / 1000).toFixed(1)} s`}${profile === 'plain' ? ' (not hardened)' : ''}`;
  return outcome === 'exited' ? `ended with ${exitCode ?? '?'}` : outcome.replace('-', ' ');
}

function user({ observation, config }: Side): string {
  if (observation?.uid !== undefined) return `uid ${observation.uid}`;
  return config === undefined ? '-' : config.user === '' ? 'root (configured)' : `${config.user} (configured)`;
}

function ports(observation: Observation | undefined): string {
  if (observation === undefined || observation.ports.length === 0) return '-';
  return observation.ports.map(({ port, open, http }) => `${port} ${open ? answered(http) : 'closed'}`).join(', ');
}

/** The first path that there is, else what the root says: many services have nothing there. */
function answered(http: Readonly<Record<string, number>>): string {
  const [path, status] = Object.entries(http).find(([, code]) => code < 300) ?? Object.entries(http)[0] ?? [];
  return path === undefined ? 'open' : `HTTP ${status} at ${path}`;
}

function scanned({ scan }: Side): string {
  if (scan === undefined) return '-';
  const { critical, high, medium, low } = scan.vulnerabilities;
  return `${critical} critical, ${high} high, ${medium + low} lower${scan.packages === undefined ? '' : ` in ${scan.packages} packages`} (${scan.scanner}, database ${scan.databaseDate === undefined ? 'without a date' : `of ${scan.databaseDate.slice(0, 10)}`})`;
}

function tail(name: 'before' | 'after', side: Side | undefined): VerificationView['logs'] {
  const log = side?.observation?.log ?? (side !== undefined && side.build.kind !== 'built' ? side.build.log : '');
  const last = log
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-8);
  return last.length === 0 ? [] : [{ name, lines: last.map((line) => line.slice(0, 200)) }];
}
