/** Same, better or worse: two observations compared, and nothing else. Pure. */

import type { ConfigDifference } from './image-config.ts';
import type { Observation } from './observe.ts';
import type { PortAnswer } from './probe.ts';

export interface Finding {
  readonly kind: 'worse' | 'better' | 'note';
  readonly text: string;
}

/** worse: something that worked does not; unknown: nothing worked before, so nothing was proven. */
export type Judgement = 'same' | 'better' | 'worse' | 'unknown';

export interface Sizes {
  readonly before: number;
  readonly after: number;
}

/** Smaller differences than this share come from timestamps and compression. */
const NOISE = 0.005;

export function judge(
  before: Observation,
  after: Observation,
  differences: readonly ConfigDifference[],
  disk: Sizes | undefined,
): { readonly judgement: Judgement; readonly findings: readonly Finding[] } {
  const findings = [
    ...compareRuns(before, after),
    ...compareConfigurations(differences),
    ...(disk === undefined ? [] : compareSizes(disk)),
  ];
  const works = before.outcome === 'up' || (before.outcome === 'exited' && before.exitCode === 0);
  if (findings.some(({ kind }) => kind === 'worse')) return { judgement: 'worse', findings };
  if (endsAlike(before, after)) return { judgement: 'same', findings: [...findings, ALIKE] };
  if (!works && after.outcome !== 'up')
    return {
      judgement: 'unknown',
      findings: [
        ...findings,
        {
          kind: 'note',
          text: 'the image does not run on its own before the change either: it may need other services, secrets or arguments',
        },
      ],
    };
  return { judgement: findings.some(({ kind }) => kind === 'better') ? 'better' : 'same', findings };
}

/** It needs a database, a secret or an argument that is not here: how far it got is the same, and no more was seen. */
const ALIKE: Finding = {
  kind: 'note',
  text: 'on its own it fails before and after the change, with the same code and the same last words: what would follow was not seen',
};

/** Neither runs on its own, and both give up alike. */
export function endsAlike(before: Observation, after: Observation): boolean {
  const words = lastWords(before.log);
  return (
    before.outcome === 'exited' &&
    after.outcome === 'exited' &&
    before.exitCode !== 0 &&
    before.exitCode === after.exitCode &&
    words !== '' &&
    words === lastWords(after.log)
  );
}

/** The last line of a log without what differs from run to run: times, addresses, ids. */
function lastWords(log: string): string {
  return (log.split('\n').findLast((line) => line.trim() !== '') ?? '')
    .slice(0, 1000)
    .replace(/0x[0-9a-f]+|\d+/gi, '#')
    .trim();
}

function compareRuns(before: Observation, after: Observation): readonly Finding[] {
  const findings: Finding[] = [];
  const worse = (text: string): void => void findings.push({ kind: 'worse', text });
  const better = (text: string): void => void findings.push({ kind: 'better', text });
  if (before.outcome === 'up' && after.outcome !== 'up') worse(`ran before, now ${ended(after)}`);
  else if (before.outcome === 'exited' && before.exitCode === 0 && after.outcome !== 'up' && after.exitCode !== 0)
    worse(`ended with 0 before, now ${ended(after)}`);
  else if (before.outcome !== 'up' && after.outcome === 'up') better(`runs now; before it ${ended(before)}`);
  if (after.outOfMemory && !before.outOfMemory) worse('is killed for its memory, which it was not before');

  if (before.health === 'healthy' && after.health !== 'healthy')
    worse(
      `the health check passed before and is ${after.health === 'none' ? 'gone' : after.health} now${after.healthLog === '' ? '' : `: ${after.healthLog}`}`,
    );
  if (before.health === 'unhealthy' && after.health === 'healthy') better('the health check failed before and passes now');
  for (const probe of before.probes) {
    const now = after.probes.find(({ key }) => key === probe.key);
    if (now === undefined && after.outcome === 'up')
      findings.push({ kind: 'note', text: `the probe at ${probe.at} runs no command in the container any more` });
    else if (probe.code === 0 && now?.code !== 0)
      worse(
        `the probe at ${probe.at} passed before and ${now === undefined ? 'could not be run' : `ends with ${now.code ?? 'an error'}`} now${now?.output ? `: ${now.output}` : ''}`,
      );
    if (probe.code !== 0 && now?.code === 0) better(`the probe at ${probe.at} failed before and passes now`);
  }

  for (const was of before.ports)
    findings.push(
      ...comparePort(
        was,
        after.ports.find(({ port }) => port === was.port),
        after,
      ),
    );
  for (const symptom of after.symptoms) {
    if (before.symptoms.some(({ kind, subject }) => kind === symptom.kind && subject === symptom.subject)) continue;
    const text = `${symptom.kind}${symptom.subject === '' ? '' : ` ${symptom.subject}`}: ${symptom.line}`;
    // A line in a log of a service that works all the same is worth reading, no more.
    findings.push({ kind: 'note', text: `new in the log: ${text}` });
  }
  if (before.uid === 0 && after.uid !== undefined && after.uid !== 0) better(`runs as uid ${after.uid}, no longer as root`);
  if (before.uid !== undefined && before.uid !== 0 && after.uid === 0) worse(`runs as root now, before as uid ${before.uid}`);
  if (before.profile === 'plain' && after.profile === 'plain')
    findings.push({
      kind: 'note',
      text: 'does not start with a read-only root and without capabilities, so both were run without these limits',
    });
  return findings;
}

function comparePort(was: PortAnswer, now: PortAnswer | undefined, after: Observation): readonly Finding[] {
  if (was.open && now?.open !== true)
    return after.outcome === 'up' && after.asked ? [{ kind: 'worse', text: `port ${was.port} answered before, and not now` }] : [];
  if (!was.open && now?.open === true) return [{ kind: 'better', text: `port ${was.port} answers now` }];
  const findings: Finding[] = [];
  for (const [path, status] of Object.entries(was.http)) {
    const answer = now?.http[path];
    if (answer === status) continue;
    const text = `GET :${was.port}${path} was ${status}, is ${answer ?? 'no HTTP answer'} now`;
    findings.push({
      kind: status < 500 && (answer === undefined || answer >= 500 || (status < 400 && answer >= 400)) ? 'worse' : 'note',
      text,
    });
  }
  return findings;
}

function compareConfigurations(differences: readonly ConfigDifference[]): readonly Finding[] {
  return differences.map(({ field, key, before, after, declared }) => {
    const text = `${field}${key === undefined ? '' : ` ${key}`}: ${quoted(before)} is ${quoted(after)} now`;
    return declared ? { kind: 'note', text } : { kind: 'worse', text: `${text}, which no decision meant to change` };
  });
}

function compareSizes({ before, after }: Sizes): readonly Finding[] {
  if (after > before * (1 + NOISE)) return [{ kind: 'note', text: 'the image grew' }];
  return after < before * (1 - NOISE) ? [{ kind: 'better', text: 'the image is smaller' }] : [];
}

function ended({ outcome, exitCode, error, symptoms }: Observation): string {
  const why = symptoms[0] === undefined ? (error === '' ? '' : `: ${error}`) : `: ${symptoms[0].line}`;
  return `${outcome === 'not-started' ? 'does not start' : `ends with ${exitCode ?? 'an unknown code'}`}${why}`;
}

function quoted(text: string): string {
  return text === '' ? 'nothing' : `\`${text.length > 120 ? `${text.slice(0, 117)}...` : text}\``;
}
