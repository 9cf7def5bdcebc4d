/** Performs one action: the only place where the bot writes to a platform. Stopped anywhere, the next run completes it. */

import { prose } from '../report/neutralise.ts';
import { formatBytes } from '../size/bytes.ts';
import type { BotConfiguration } from '../plan/configuration.ts';
import type { Action, Outcome } from './action.ts';
import { renderBody, textOfPeople, withState, withTicks } from './body/body.ts';
import { isFact, type TransformInfo } from './body/view.ts';
import { renderCommit } from './commit-message.ts';
import type { Base } from './desired.ts';
import { LABEL, type Forge, type PullRequest, type PushResult } from './forge.ts';
import { parseState, type CloseReason, type HiddenState } from './hidden-state.ts';
import { changePath } from './names.ts';
import { renderTitle, titleFor, type Title } from './title.ts';
import type { Unit } from './unit.ts';

export interface PerformContext {
  readonly forge: Forge;
  readonly bot: BotConfiguration;
  readonly transforms: ReadonlyMap<string, TransformInfo>;
  /** Version of dockmod. */
  readonly tool: string;
  /** Applied to every text that is sent. */
  readonly redact: (text: string) => string;
  readonly warn: (message: string) => void;
}

/** What is to be published for a unit: everything that an action may need. */
export interface Offer {
  readonly unit: Unit;
  readonly base: Base;
  readonly branch: string;
}

/** `raced`: the platform changed meanwhile; observe and reconcile again. */
export type Performed = { readonly outcome: Outcome; readonly because: string; readonly pull?: PullRequest } | 'raced';

type Effect = Exclude<Action, { readonly kind: 'leave' }>;

export async function perform(
  action: Effect,
  offer: Offer | undefined,
  pull: PullRequest | undefined,
  context: PerformContext,
): Promise<Performed> {
  if (action.kind === 'close') return pull === undefined ? 'raced' : close(pull, action.reason, action.because, context);
  if (offer === undefined) return 'raced';
  const pushed = action.push ? await push(offer, action.lease, context) : undefined;
  if (pushed?.kind === 'raced') return 'raced';
  if (pushed?.kind === 'stale') return { outcome: 'failed', because: pushed.because };
  if (pushed?.kind === 'busy') return { outcome: 'deferred', because: pushed.because };
  const head = pushed?.head ?? action.lease;
  if (head === undefined) return 'raced';
  if (action.kind === 'create') return create(offer, head, action.because, context);
  return pull === undefined ? 'raced' : update(offer, head, pull, action, context);
}

/** The texts of a pull request that would be made: for dry runs. The commit does not exist, so its place is empty. */
export function previewOf(
  offer: Offer,
  context: Omit<PerformContext, 'forge'>,
): { readonly title: string; readonly body: string; readonly draft: boolean } {
  const draft = isDraft(offer.unit, context.bot);
  const { title, body } = textsOf(offer, '', offer.base.sha, '', draft, context);
  return { title, body: context.redact(body), draft };
}

function isDraft(unit: Unit, { draft }: BotConfiguration): boolean {
  return draft === 'always' || (draft === 'auto' && !wasBuilt(unit));
}

async function push({ unit, base, branch }: Offer, lease: string | undefined, { forge, redact }: PerformContext): Promise<PushResult> {
  const misplaced = unit.changes.find(({ path }) => changePath(path) === undefined);
  if (misplaced !== undefined) return { kind: 'stale', because: `${misplaced.path} is not a path that may be written` };
  const title = redact(renderTitle(titleOf(unit)));
  const text = unit.plans
    .map(
      (plan) => `${plan.dockerfile}: ${plan.outcomes.flatMap(({ kind, transform }) => (kind === 'applied' ? [transform] : [])).join(', ')}`,
    )
    .join('\n');
  return forge.push({
    branch,
    base: base.sha,
    changes: unit.changes,
    lease,
    message: (tree) => renderCommit({ title, text: redact(text.replace(/[\u0000-\u0009\u000b-\u001f]/g, ' ')), plan: unit.hash, tree }),
  });
}

async function create(offer: Offer, head: string, because: string, context: PerformContext): Promise<Performed> {
  const { forge, bot, redact } = context;
  const draft = isDraft(offer.unit, bot);
  const { title, body } = textsOf(offer, head, offer.base.sha, '', draft, context);
  const pull = await forge.createPull({ branch: offer.branch, base: offer.base.branch, title, body: redact(body), draft });
  if (pull === 'raced') return 'raced';
  await decorate(pull.number, context);
  return { outcome: 'created', because, pull };
}

/** Labels and reviewers are decoration: they are set once, and failing to set them is a warning. */
async function decorate(number: number, { forge, bot, warn }: PerformContext): Promise<void> {
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      warn(`${what} of #${number}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  if (bot.labels.length > 0) await attempt('labels', () => forge.addLabels(number, bot.labels));
  const { reviewers } = bot;
  if (reviewers !== 'codeowners' && reviewers.length > 0) await attempt('reviewers', () => forge.requestReviewers(number, reviewers));
}

async function update(
  offer: Offer,
  head: string,
  pull: PullRequest,
  action: Extract<Action, { readonly kind: 'update' }>,
  context: PerformContext,
): Promise<Performed> {
  const { forge, redact } = context;
  const before = parseState(pull.body);
  const base = action.push ? offer.base.sha : (before?.base ?? offer.base.sha);
  const { title, body: fresh } = textsOf(offer, head, base, textOfPeople(pull.body), pull.draft, context);
  // What a reviewer has checked of other files is to be checked again.
  const body = action.push ? fresh : withTicks(fresh, pull.body);
  const untouched = before?.title === pull.title;
  const written = await forge.updatePull(pull.number, { body: redact(body), ...(untouched && title !== pull.title ? { title } : {}) });
  if (written === 'raced') return 'raced';
  if (action.clearRetry) await forge.removeLabel(pull.number, LABEL.retry);
  return { outcome: 'updated', because: action.because, pull: written };
}

/** The request that closes also writes the reason into the hidden line: a closing of ours is never taken for a person's. */
async function close(pull: PullRequest, reason: CloseReason, because: string, { forge, redact, warn }: PerformContext): Promise<Performed> {
  const state = parseState(pull.body);
  if (state === undefined) return 'raced';
  const [line, ...rest] = withState(pull.body, { ...state, closed: reason }).split('\n');
  const note = `Closed by dockmod (${reason}): ${prose(because)}`;
  const written = await forge.updatePull(pull.number, { state: 'closed', body: redact([line, '', note, ...rest].join('\n')) });
  if (written === 'raced') return 'raced';
  try {
    await forge.addLabels(pull.number, [LABEL.superseded]);
    await forge.comment(pull.number, redact(note));
  } catch (error) {
    warn(`closing note of #${pull.number}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { outcome: 'closed', because: `${reason}: ${because}`, pull: written };
}

function textsOf(
  { unit }: Offer,
  head: string,
  startedFrom: string,
  kept: string,
  draft: boolean,
  { transforms, tool, redact }: Omit<PerformContext, 'forge'>,
): { readonly title: string; readonly body: string } {
  const title = redact(renderTitle(titleOf(unit)));
  const state: HiddenState = {
    service: unit.service,
    plan: unit.hash,
    changes: unit.digest,
    base: startedFrom,
    head,
    transforms: unit.transforms,
    title,
    tool,
  };
  return { title, body: renderBody(state, { unit, transforms, draft }, kept) };
}

/** Sizes go into the title only when both are facts. */
function titleOf({ plans, transforms, service }: Unit): Title {
  const [{ size }, ...others] = plans;
  const name = others.length === 0 ? service : `${service} and ${others.length} more`;
  if (others.length > 0 || size === undefined || !isFact(size.before) || !isFact(size.after)) return titleFor(name, transforms);
  return titleFor(name, transforms, { before: formatBytes(size.before.pull), after: formatBytes(size.after.pull) });
}

/** Whether an image with every change of the unit was built. */
function wasBuilt({ plans }: Unit): boolean {
  return plans.every(({ changes, size }) => changes.length === 0 || size?.after.kind === 'built');
}
