/** Lets the sources arrive after an install step: manifests take the place of the COPY, which moves below the step. */

import type { Dockerfile, Instruction } from '../dockerfile/dockerfile.ts';
import type { Edit } from '../repository/edit.ts';
import { blockStart, insertBelow } from './instruction-block.ts';
import type { ExpandedCommand } from './shell-argv.ts';

/** Where a RUN is cut in two: after `last`, before `next`. */
export interface Cut {
  readonly last: ExpandedCommand;
  readonly next: ExpandedCommand;
}

/** `lines` replace the copy; `undefined` when the cut cannot be made without losing something. */
export function delaySources(dockerfile: Dockerfile, copy: Instruction, step: Instruction, lines: readonly string[], cut: Cut | undefined): readonly Edit[] | undefined {
  const { path, text, eol } = dockerfile;
  const start = blockStart(dockerfile, copy);
  const block = text.slice(start, copy.span.end).split(/\r?\n/);
  const put: Edit = { path, start, end: copy.lines.end, text: lines.map((line) => `${line}${eol}`).join('') };
  if (cut === undefined) {
    const spaced = /^[ \t]*\r?\n/.test(text.slice(copy.lines.end));
    return [put, insertBelow(dockerfile, step, spaced ? ['', ...block] : block)];
  }
  const split = splitStep(dockerfile, step, cut, block);
  return split === undefined ? undefined : [put, split];
}

/** Replaces the connector between two commands by the copy and a new RUN with the same flags. */
function splitStep(dockerfile: Dockerfile, step: Instruction, { last, next }: Cut, block: readonly string[]): Edit | undefined {
  const { path, text, eol, comments } = dockerfile;
  const start = last.command.span.end;
  const end = next.command.span.start;
  const between = text.slice(start, end);
  const inside = comments.filter((comment) => comment.inside === step.index && comment.span.start >= start && comment.span.end <= end);
  const bare = inside.reduce((left, comment) => left.replace(comment.text, ''), between);
  if (!/^[\s\\`]*&&[\s\\`]*$/.test(bare) || step.heredocs.length > 0 || last.script !== next.script) return undefined;
  const keyword = text.slice(step.keywordSpan.start, step.keywordSpan.end);
  const flags = step.flags.map(({ span }) => `${text.slice(span.start, span.end)} `).join('');
  const head = [...block, ...inside.map((comment) => comment.text.trim()), `${keyword} ${flags}`].join(eol);
  return { path, start, end, text: `${eol}${head}` };
}
