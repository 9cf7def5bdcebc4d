/** Which words of an instruction announce heredocs, by BuildKit's own expression: `3<<EOF`, `<< EOF`, `<<-'EOF'`. */

import { expandWord, type Variable } from './word-lexer.ts';

export interface HeredocWord {
  readonly name: string;
  readonly quoted: boolean;
  readonly dash: boolean;
  /** The word as BuildKit sees it. */
  readonly raw: string;
}

const HEREDOC = /^(\d*)<<(-?)\s*([^<]*)$/;
const UNSET: Variable = { kind: 'unset' };
const LEX = { escape: '\\', lookup: () => UNSET, keepUnset: true } as const;

/** Heredocs of a whole joined instruction line, keyword included. A line that BuildKit cannot lex (an open quote) has none. */
export function heredocWords(line: string): readonly HeredocWord[] {
  if (!line.includes('<<')) return [];
  const result = expandWord(line, { ...LEX, rawQuotes: true, rawEscapes: true });
  if (result.kind !== 'expanded') return [];
  return result.words.flatMap((word) => heredocWord(word) ?? []);
}

/** `undefined` for a word that is no heredoc. */
export function heredocWord(raw: string): HeredocWord | undefined {
  const match = HEREDOC.exec(raw);
  const rest = match?.[3] ?? '';
  if (rest === '') return undefined;
  const plain = expandWord(rest, LEX);
  const quoted = expandWord(rest, { ...LEX, rawQuotes: true });
  if (plain.kind !== 'expanded' || quoted.kind !== 'expanded' || plain.words.length !== 1) return undefined;
  const name = plain.words[0] ?? '';
  return { name, quoted: quotes(name) !== quotes(quoted.words[0] ?? ''), dash: match?.[2] === '-', raw };
}

function quotes(word: string): number {
  return word.split(/['"]/).length - 1;
}
