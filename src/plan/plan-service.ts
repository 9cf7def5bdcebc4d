/** Plans one service: runs the transforms in order, verifies each proposal, and repeats until nothing more changes. */

import { ignoredInstructions } from '../dockerfile/ignore-comments.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import type { Images } from '../images/images.ts';
import type { Edit } from '../repository/edit.ts';
import type { RepositoryFiles } from '../repository/files.ts';
import { composeLineMaps, type LineMap, type LineMaps } from '../repository/line-map.ts';
import { lineAt, type Location } from '../repository/location.ts';
import type { RepoPath } from '../repository/path.ts';
import { movedService } from '../repository/moved-service.ts';
import { present } from '../repository/present.ts';
import type { Service } from '../repository/service.ts';
import { withHint, type Refusal } from '../transforms/refusal.ts';
import type { Settings } from '../transforms/settings.ts';
import type { Check, NonEmpty, Proposal, Subject, Transform, Verdict } from '../transforms/transform.ts';
import { checkBefore, outcomeBefore } from './base-lines.ts';
import { contractChanges } from './contract-changes.ts';
import { oneLine } from './one-line.ts';
import { planHash } from './plan-hash.ts';
import { PLAN_SCHEMA, type FileChange, type Plan, type TransformOutcome, type Unusable } from './plan.ts';
import { createSubject } from './subject.ts';
import { verifyProposal } from './verify-proposal.ts';

export interface ScheduledTransform {
  readonly transform: Transform;
  readonly state: 'on' | 'report' | 'off';
}

export interface PlanOptions {
  readonly transforms: readonly ScheduledTransform[];
  readonly images: Images;
  readonly settings: Settings;
  readonly base?: string;
  /** Where the lines of files went that earlier plans of the run changed; this plan adds what it does to files that services share. */
  readonly lines?: Map<RepoPath, LineMap>;
}

/** One pass usually settles everything; a later transform may enable an earlier one once. More is a cycle. */
const MAX_PASSES = 3;

/** The longest among 4,783 public Dockerfiles has some 500. The parser takes more; transforms look at pairs of instructions. */
const MAX_INSTRUCTIONS = 2_000;

/** Total: whatever the file holds, the answer is a plan. */
export function planService(files: RepositoryFiles, service: Service, options: PlanOptions): Plan {
  const { images, settings } = options;
  const read = files.read(service.dockerfile);
  const top: Location = { path: service.dockerfile, line: 1 };
  if (read.kind !== 'text') return unusablePlan(service, options, { reason: read.reason, at: top, detail: read.detail });
  const parsed = parseDockerfile(service.dockerfile, read.text);
  if (parsed.kind !== 'parsed') return unusablePlan(service, options, parsed);
  const { instructions } = parsed.dockerfile;
  const first = instructions[MAX_INSTRUCTIONS];
  if (first)
    return unusablePlan(service, options, {
      reason: 'too-large',
      at: first.at,
      detail: `${instructions.length} instructions: more than ${MAX_INSTRUCTIONS}, which nobody writes by hand`,
    });
  if (ignoredInstructions(parsed.dockerfile).file) {
    return unusablePlan(service, options, {
      reason: 'ignored',
      at: top,
      detail: 'a comment asks to leave the file alone (`# dockmod: ignore-file`)',
    });
  }

  const outcomes = new Map<string, TransformOutcome>();
  const applied = new Set<Transform>();
  const checks = new Map<string, Check>();
  const texts = new Map<RepoPath, string>();
  const original = createSubject(movedService(service, options.lines ?? NOTHING_MOVED), parsed.dockerfile, files, images, settings);
  let subject = original;
  let lines: LineMaps = new Map(options.lines);
  let settled = false;
  /** What each transform was last asked about: on the same subject its answer is the same. */
  const asked = new Map<Transform, Subject>();
  for (let pass = 0; pass < MAX_PASSES && !settled; pass++) {
    settled = true;
    for (const { transform, state } of options.transforms) {
      if ((pass > 0 && outcomes.get(transform.id)?.kind === 'reported') || asked.get(transform) === subject) continue;
      const step = state === 'off' ? OFF : runTransform(transform, subject);
      record(outcomes, transform, outcomeBefore(lines, outcomeOf(transform.id, state, step)));
      if (step.kind === 'accepted' && state === 'on') {
        subject = step.subject;
        for (const [path, text] of step.texts) texts.set(path, text);
        for (const check of step.proposal.checks.map((one) => checkBefore(lines, one))) checks.set(JSON.stringify(check), check);
        lines = composeLineMaps(lines, step.moves);
        applied.add(transform);
        settled = false;
      }
      // Verification has asked it about its own result already.
      asked.set(transform, subject);
    }
  }
  const doubt = settled
    ? secondOpinion(subject)
    : ({ code: 'not-idempotent', at: top, reason: 'the transforms undo each other on this file' } as const);
  if (doubt) {
    const withdrawn = [...outcomes.values()].map((outcome): TransformOutcome =>
      outcome.kind === 'applied' ? { transform: outcome.transform, kind: 'refused', refusals: [doubt] } : outcome,
    );
    return finish(service, options, withdrawn, [], [], []);
  }
  for (const [path, map] of lines) if (path !== service.dockerfile) options.lines?.set(path, map);
  const changes = changesOf(files, texts);
  const noticed = contractChanges(original, subject);
  return {
    ...finish(service, options, [...outcomes.values()], changes, [...checks.values()], [...applied]),
    ...(noticed.length === 0 ? {} : { noticed }),
  };
}

/** Both parsers must read the same in the text that would be written. */
function secondOpinion({ dockerfile: { path, text } }: Subject): Refusal | undefined {
  const parsed = parseDockerfile(path, text);
  if (parsed.kind === 'parsed') return undefined;
  return { code: 'reparse-failed', at: { path, line: 1 }, reason: `the result does not parse: ${parsed.detail}` };
}

type Step =
  | { readonly kind: 'off' }
  | { readonly kind: 'verdict'; readonly verdict: Exclude<Verdict, Proposal> }
  | { readonly kind: 'failed'; readonly detail: string }
  | {
      readonly kind: 'accepted';
      readonly proposal: Proposal;
      readonly subject: Subject;
      readonly texts: ReadonlyMap<RepoPath, string>;
      readonly lines: readonly Location[];
      readonly moves: LineMaps;
    };

const OFF: Step = { kind: 'off' };

const NOTHING_MOVED: LineMaps = new Map();

/** One transform on one subject. An exception is a bug of ours; it is named and stays inside this service. */
function runTransform(transform: Transform, subject: Subject): Step {
  try {
    const verdict = respectTwin(subject, respectIgnores(transform, subject, transform.apply(subject)));
    if (verdict.kind !== 'proposed') return { kind: 'verdict', verdict };
    const verification = verifyProposal(verdict, subject, (result) => respectIgnores(transform, result, transform.apply(result)));
    if (verification.kind === 'rejected') return { kind: 'verdict', verdict: { kind: 'refused', refusals: verification.refusals } };
    return {
      kind: 'accepted',
      proposal: verdict,
      subject: verification.subject,
      texts: verification.texts,
      lines: linesOf(verdict.edits, subject),
      moves: verification.lines,
    };
  } catch (error) {
    return { kind: 'failed', detail: error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error) };
  }
}

/** A file that nobody builds is reported, never migrated in place of the one that is in use. */
function respectTwin({ service, dockerfile }: Subject, verdict: Verdict): Verdict {
  if (verdict.kind !== 'proposed' || service.twinOf === undefined) return verdict;
  return {
    kind: 'refused',
    refusals: [
      {
        code: 'unreferenced-twin',
        at: { path: dockerfile.path, line: 1 },
        reason: `nothing references this file, while ${service.twinOf} is in use`,
        unblock: 'Delete it, or reference it.',
      },
    ],
  };
}

/** `# dockmod: ignore` wins over every transform: its edits are dropped where each stands alone, else the whole proposal is. */
function respectIgnores(transform: Transform, { dockerfile }: Subject, verdict: Verdict): Verdict {
  if (verdict.kind !== 'proposed') return verdict;
  const ignores = ignoredInstructions(dockerfile);
  const spans = dockerfile.instructions.filter(({ index }) => ignores.isIgnored(index, transform.id));
  if (spans.length === 0) return verdict;
  const hit = (edit: Edit) => spans.find(({ span }) => edit.path === dockerfile.path && edit.start < span.end && edit.end > span.start);
  const first = verdict.edits.map(hit).find((instruction) => instruction !== undefined);
  if (first === undefined) return verdict;
  const refusal = { code: 'ignored', at: first.at, reason: 'a comment above the instruction asks to leave it alone' } as const;
  const [edit, ...rest] = transform.independentEdits ? verdict.edits.filter((candidate) => hit(candidate) === undefined) : [];
  if (edit === undefined) return { kind: 'refused', refusals: [refusal] };
  return { ...verdict, edits: [edit, ...rest], refusals: [...(verdict.refusals ?? []), refusal] };
}

/** Later passes only add what changed: an `applied` is kept when the second look says `already`, and the first refusal, which speaks of the file as it is. */
function record(outcomes: Map<string, TransformOutcome>, { id }: Transform, outcome: TransformOutcome): void {
  const before = outcomes.get(id);
  if (before === undefined) outcomes.set(id, outcome);
  else if (before.kind !== 'applied') {
    if (outcome.kind !== 'refused') outcomes.set(id, outcome);
  } else if (outcome.kind === 'applied') {
    outcomes.set(id, {
      ...outcome,
      evidence: [...before.evidence, ...outcome.evidence],
      refusals: outcome.refusals,
      lines: [...before.lines, ...outcome.lines],
      declares: [...(before.declares ?? []), ...(outcome.declares ?? [])],
    });
  } else if (outcome.kind === 'failed') outcomes.set(id, outcome);
}

function outcomeOf(transform: string, state: ScheduledTransform['state'], step: Step): TransformOutcome {
  switch (step.kind) {
    case 'off':
      return { transform, kind: 'off' };
    case 'failed':
      return { transform, kind: 'failed', detail: step.detail };
    case 'accepted':
      return {
        transform,
        kind: state === 'on' ? 'applied' : 'reported',
        evidence: step.proposal.because.map((evidence) => ({ ...evidence, text: oneLine(evidence.text) })),
        refusals: (step.proposal.refusals ?? []).map((one) => withHint(readable(one))),
        lines: step.lines,
        declares: step.proposal.declares,
      };
    case 'verdict':
      return verdictOutcome(transform, step.verdict);
  }
}

function verdictOutcome(transform: string, verdict: Exclude<Verdict, Proposal>): TransformOutcome {
  const because = verdict.kind === 'refused' || verdict.because === undefined ? {} : { because: verdict.because };
  switch (verdict.kind) {
    case 'refused':
      return { transform, kind: 'refused', refusals: verdict.refusals.map((one) => withHint(readable(one))) };
    case 'already':
      return { transform, kind: 'already', at: verdict.evidence, ...because };
    case 'not-applicable':
      return { transform, kind: 'not-applicable', ...because };
  }
}

const readable = (refusal: Refusal): Refusal => ({ ...refusal, reason: oneLine(refusal.reason) });

/** The lines, before the change, that each edit touches. */
function linesOf(edits: NonEmpty<Edit>, { files, dockerfile }: Subject): readonly Location[] {
  return edits.map(({ path, start, end }) => {
    const read = path === dockerfile.path ? { kind: 'text' as const, text: dockerfile.text } : files.read(path);
    const text = read.kind === 'text' ? read.text : '';
    const line = lineAt(text, start);
    const endLine = lineAt(text, Math.max(start, end - 1));
    return endLine > line ? { path, line, endLine } : { path, line };
  });
}

function changesOf(files: RepositoryFiles, texts: ReadonlyMap<RepoPath, string>): readonly FileChange[] {
  const changes: FileChange[] = [];
  for (const [path, after] of texts) {
    const read = files.read(path);
    const before = read.kind === 'text' ? read.text : undefined;
    if (before !== after) changes.push({ path, before, after });
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function unusablePlan(service: Service, options: PlanOptions, { reason, at, detail }: Unusable): Plan {
  return finish(service, options, [], [], [], [], { reason, at, detail });
}

function finish(
  service: Service,
  { settings, base }: PlanOptions,
  outcomes: readonly TransformOutcome[],
  changes: readonly FileChange[],
  checks: readonly Check[],
  applied: readonly Transform[],
  unusable?: Unusable,
): Plan {
  return {
    schema: PLAN_SCHEMA,
    service: service.name,
    dockerfile: service.dockerfile,
    ...(service.twinOf === undefined ? {} : { twinOf: service.twinOf }),
    ...present({ base, unusable }),
    outcomes,
    changes,
    checks,
    hash: planHash(applied, settings, changes),
  };
}
