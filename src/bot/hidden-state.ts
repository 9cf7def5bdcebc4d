/** The hidden line of a pull request body: what the bot last wrote there, so that it needs no database. */

/** Why the bot itself closed a pull request. */
export const CLOSE_REASONS = ['already-migrated', 'superseded', 'retracted'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

export interface HiddenState {
  readonly service: string;
  /** Hash of the plan that was published, `sha256:<hex>`. */
  readonly plan: string;
  /** Digest of the changed files as published: tells whether the branch has to be pushed again. */
  readonly changes: string;
  /** Commit that the branch started from. */
  readonly base: string;
  /** Commit that the bot pushed. Any other head means that somebody else pushed. */
  readonly head: string;
  /** Ids of the transforms that were applied. */
  readonly transforms: readonly string[];
  /** Title as the bot wrote it: a title that a person changed is left alone. */
  readonly title: string;
  /** Version of dockmod. */
  readonly tool: string;
  /** Set in the same request that closes the pull request. */
  readonly closed?: CloseReason;
}

const START = '<!-- dockmod:v1 ';
const END = ' -->';

/** One line of HTML comment. `--` and `>` would end it, and are written as JSON escapes. */
export function renderState(state: HiddenState): string {
  const json = JSON.stringify(state).replace(
    /[<>]|-(?=-)|[\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${START}${json}${END}`;
}

/** Finds and reads the line; `undefined` when there is none, or a person damaged it. */
export function parseState(body: string): HiddenState | undefined {
  for (const line of body.split(/\r?\n/)) {
    if (!line.startsWith(START) || !line.trimEnd().endsWith(END)) continue;
    try {
      return checked(JSON.parse(line.trimEnd().slice(START.length, -END.length)));
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function checked(value: unknown): HiddenState | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const field = (name: string): unknown => (value as Readonly<Record<string, unknown>>)[name];
  const [service, plan, changes, base, head, title, tool] = ['service', 'plan', 'changes', 'base', 'head', 'title', 'tool'].map((name) =>
    field(name),
  );
  const transforms = field('transforms');
  const closed = CLOSE_REASONS.find((reason) => reason === field('closed'));
  if (typeof service !== 'string' || typeof plan !== 'string' || typeof changes !== 'string' || typeof base !== 'string') return undefined;
  if (typeof head !== 'string' || typeof title !== 'string' || typeof tool !== 'string') return undefined;
  if (!Array.isArray(transforms) || !transforms.every((id) => typeof id === 'string')) return undefined;
  return { service, plan, changes, base, head, transforms, title, tool, ...(closed === undefined ? {} : { closed }) };
}
