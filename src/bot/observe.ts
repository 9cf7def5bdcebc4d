/** Reads the actual state of one unit from the platform, with as few requests as its case needs. */

import type { Actual, ActualBranch, ActualPull } from './actual.ts';
import { parseCommit } from './commit-message.ts';
import { LABEL, type Commit, type Forge, type PullRequest } from './forge.ts';
import { parseState, type HiddenState } from './hidden-state.ts';

/** Open pull requests of a repository, and its branches where they are asked for: one request where nothing has to be done. */
export interface Snapshot {
  readonly pulls: ReadonlyMap<string, PullRequest>;
  /** Commit of a branch; asked for once, for all branches. */
  readonly head: (branch: string) => Promise<string | undefined>;
}

/** @param exact take the heads of branches from the branches, and not from their pull requests, which may lag behind */
export async function takeSnapshot(forge: Forge, prefix: string, exact = false): Promise<Snapshot> {
  const pulls = new Map<string, PullRequest>();
  // Two open ones for a branch (other bases) are a person's doing: the one that carries our line is ours.
  for (const pull of await forge.openPulls(prefix))
    if (!pulls.has(pull.branch) || parseState(pull.body) !== undefined) pulls.set(pull.branch, pull);
  let branches: Promise<ReadonlyMap<string, string>> | undefined;
  const head = async (branch: string): Promise<string | undefined> => {
    const known = exact ? undefined : pulls.get(branch)?.head;
    return known ?? (await (branches ??= forge.branches(prefix))).get(branch);
  };
  return { pulls, head };
}

export interface Observed {
  readonly actual: Actual;
  readonly pull: PullRequest | undefined;
}

/**
 * The state of one branch.
 * @param base branch and commit that the plan starts from, or `undefined` where nothing is planned
 * @param wanted whether a change is wanted: otherwise closed pull requests and conflicts do not matter
 */
export async function observe(
  forge: Forge,
  snapshot: Snapshot,
  name: string,
  base: { readonly branch: string; readonly sha: string },
  wanted: boolean,
): Promise<Observed> {
  const pull = snapshot.pulls.get(name);
  // What is neither wanted nor open does not matter.
  const head = pull === undefined && !wanted ? undefined : await snapshot.head(name);
  const state = pull === undefined ? undefined : parseState(pull.body);
  const past = pull === undefined && wanted ? await forge.closedPulls(name) : [];
  const records = [state, ...past.map(({ body }) => parseState(body))].flatMap((record) => record ?? []);
  const branch = head === undefined ? undefined : await tipOf(forge, head, state, records, base.branch);
  const conflict =
    pull !== undefined && wanted && state !== undefined && state.base !== base.sha && branch?.tip !== 'foreign'
      ? await forge.conflicts(pull)
      : false;
  return {
    pull,
    actual: {
      branch,
      open: pull === undefined ? undefined : described(pull, conflict, heldBy(pull)),
      closed: past.map((closed) => described(closed, undefined, undefined)),
    },
  };
}

/** The merge queue is asked only where something would be written: it costs a request. */
export async function withQueue(forge: Forge, { actual, pull }: Observed): Promise<Actual> {
  if (actual.open === undefined || pull === undefined || actual.open.held !== undefined || !(await forge.queued(pull))) return actual;
  return { ...actual, open: { ...actual.open, held: 'merge-queue' } };
}

function heldBy({ autoMerge }: PullRequest): ActualPull['held'] {
  return autoMerge ? 'auto-merge' : undefined;
}

function described(pull: PullRequest, conflict: boolean | undefined, held: ActualPull['held']): ActualPull {
  return {
    number: pull.number,
    state: pull.state,
    recorded: parseState(pull.body),
    retry: pull.labels.includes(LABEL.retry),
    superseded: pull.labels.includes(LABEL.superseded),
    conflict,
    held,
  };
}

/** More merges of the base than this on one branch are not followed. */
const MOST_MERGES = 20;

async function tipOf(
  forge: Forge,
  head: string,
  open: HiddenState | undefined,
  records: readonly HiddenState[],
  base: string,
): Promise<ActualBranch> {
  if (open?.head === head) return { head, tip: 'recorded', plan: open.plan, changes: open.changes };
  const merges: Commit[] = [];
  let at = head;
  while (merges.length <= MOST_MERGES) {
    const commit = await forge.commit(at);
    const record = records.find((candidate) => candidate.head === at);
    const trailer = parseCommit(commit.message);
    const ours = record !== undefined || (trailer !== undefined && trailer.tree === commit.tree && commit.parents.length === 1);
    if (ours) {
      if (merges.length > 0 && !(await changesNothing(forge, head, merges, at, commit, base))) break;
      const tip = merges.length > 0 && open?.head === at ? 'updated' : 'unrecorded';
      return { head, tip, plan: record?.plan ?? trailer?.plan, changes: record?.changes };
    }
    const [first, second, ...more] = commit.parents;
    if (first === undefined || second === undefined || more.length > 0) break;
    merges.push(commit);
    at = first;
  }
  return { head, tip: 'foreign', plan: undefined, changes: undefined };
}

/** Whether merges on top of our commit took in the base and nothing else: relative to the base, the tip differs exactly as our commit does. */
async function changesNothing(
  forge: Forge,
  head: string,
  merges: readonly Commit[],
  ours: string,
  { parents }: Commit,
  base: string,
): Promise<boolean> {
  for (const {
    parents: [, merged],
  } of merges) {
    if (merged === undefined || (await forge.difference(merged, base)).behind > 0) return false;
  }
  const [start] = parents;
  const taken = merges[0]?.parents[1];
  if (start === undefined || taken === undefined) return false;
  const [mine, now] = [await forge.difference(start, ours), await forge.difference(taken, head)];
  if (mine.files === undefined || now.files === undefined) return false;
  return [...now.files].every(([path, blob]) => blob !== undefined && mine.files?.get(path) === blob);
}
