/** Commit messages of the bot, with trailers that prove which plan made the commit and that nobody amended it. */

export interface CommitMessage {
  readonly title: string;
  /** Paragraphs below the title; may be empty. */
  readonly text: string;
  /** `sha256:<hex>`. */
  readonly plan: string;
  /**
   * Tree that the commit must have. `git commit --amend` and a rebase keep the message but change the tree: a commit
   * whose tree is another one is somebody else's work, whatever its author says.
   */
  readonly tree: string;
}

const TRAILERS = /\n\nDockmod-Plan: (sha256:[0-9a-f]{64})\nDockmod-Tree: ([0-9a-f]{40}|[0-9a-f]{64})\n*$/;

export function renderCommit({ title, text, plan, tree }: CommitMessage): string {
  return `${title}${text === '' ? '' : `\n\n${text}`}\n\nDockmod-Plan: ${plan}\nDockmod-Tree: ${tree}\n`;
}

/** Inverse of {@link renderCommit}; `undefined` for a message without our trailers. */
export function parseCommit(message: string): CommitMessage | undefined {
  const match = TRAILERS.exec(message);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const head = message.slice(0, match.index);
  const newline = head.indexOf('\n\n');
  const title = newline < 0 ? head : head.slice(0, newline);
  return { title, text: newline < 0 ? '' : head.slice(newline + 2), plan: match[1], tree: match[2] };
}
