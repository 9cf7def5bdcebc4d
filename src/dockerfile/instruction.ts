/** Builds one instruction from its joined line. Its place among lines, stages and heredocs is filled in by the caller. */

import type { Span } from '../repository/location.ts';
import type { CommandForm, Flag, JoinedText, Keyword, Pair, Word } from './dockerfile.ts';
import { instructionLine } from './instruction-line.ts';
import { argumentProblem, flagProblem, isKeyword } from './instruction-rules.ts';
import { jsonForm } from './json-form.ts';
import { pairsOf } from './pairs.ts';
import { skipBlanks } from './whitespace.ts';
import { blankRanges, quotedRanges, wordsOf, type Range } from './words.ts';

/** The parts of an instruction that its own text decides. */
export interface InstructionParts {
  readonly keyword: Keyword;
  readonly keywordSpan: Span;
  readonly flags: readonly Flag[];
  readonly args: JoinedText;
  readonly words: readonly Word[];
  readonly pairs: readonly Pair[];
  readonly form: CommandForm | undefined;
  readonly onbuild: InstructionParts | undefined;
}

export type InstructionResult =
  | { readonly kind: 'instruction'; readonly parts: InstructionParts }
  | { readonly kind: 'error'; readonly detail: string };

interface Body {
  readonly words?: readonly Word[];
  readonly pairs?: readonly Pair[];
  readonly form?: CommandForm;
  readonly onbuild?: InstructionParts;
  readonly problem?: string;
}

export function readInstruction(line: JoinedText, escape: '\\' | '`'): InstructionResult {
  const { keyword: written, keywordSpan, flags, args } = instructionLine(line, escape);
  const keyword = written.toUpperCase();
  if (!isKeyword(keyword)) return { kind: 'error', detail: `unknown instruction ${written.slice(0, 40)}` };
  const body = readBody(keyword, args, escape);
  const problem = flagProblem(keyword, flags) ?? body.problem ?? argumentProblem(keyword, body.words ?? []);
  if (problem !== undefined) return { kind: 'error', detail: problem };
  const { words = [], pairs = [], form, onbuild } = body;
  return { kind: 'instruction', parts: { keyword, keywordSpan, flags, args, words, pairs, form, onbuild } };
}

function readBody(keyword: Keyword, args: JoinedText, escape: '\\' | '`'): Body {
  switch (keyword) {
    case 'ENV':
    case 'LABEL':
    case 'ARG': {
      const ranges = quotedRanges(args.text, escape);
      const result = pairsOf(keyword, args, ranges);
      return result.kind === 'error' ? { problem: result.detail } : { words: wordsOf(args, ranges, escape), pairs: result.pairs };
    }
    case 'RUN':
    case 'CMD':
    case 'ENTRYPOINT':
      return commandBody(args);
    case 'SHELL': {
      const json = jsonForm(args);
      if (json.kind === 'json' && json.form.argv.length > 0) return { form: json.form };
      return { problem: 'SHELL needs the JSON form' };
    }
    case 'COPY':
    case 'ADD':
    case 'VOLUME':
      return listBody(args, escape);
    case 'HEALTHCHECK':
      return healthcheckBody(args);
    case 'FROM':
    case 'EXPOSE':
      return { words: wordsOf(args, blankRanges(args.text), escape) };
    case 'USER':
    case 'WORKDIR':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
      return { words: wordsOf(args, args.text === '' ? [] : [[0, args.text.length]], escape) };
    case 'ONBUILD':
      return onbuildBody(args, escape);
  }
}

function commandBody(args: JoinedText): Body {
  const json = jsonForm(args);
  if (json.kind === 'not-strings') return { problem: 'a JSON list may only hold strings' };
  if (json.kind === 'json') return { form: json.form };
  return { form: { kind: 'shell', text: args, span: args.span(0, args.text.length) } };
}

function listBody(args: JoinedText, escape: '\\' | '`'): Body {
  const json = jsonForm(args);
  if (json.kind === 'not-strings') return { problem: 'a JSON list may only hold strings' };
  if (json.kind === 'not-json') return { words: wordsOf(args, blankRanges(args.text), escape) };
  const { form, raws } = json;
  const words = form.elements.map((span, index): Word => ({ raw: raws[index] ?? '', value: form.argv[index] ?? '', span }));
  return { words, form };
}

function healthcheckBody(args: JoinedText): Body {
  const { text } = args;
  let end = 0;
  while (end < text.length && text.charCodeAt(end) > 32) end++;
  const type = text.slice(0, end).toUpperCase();
  const start = skipBlanks(text, end); // BuildKit goes by bytes here: only ASCII blanks count
  const first: Range = [0, end];
  if (type === 'NONE') {
    return start < text.length ? { problem: 'HEALTHCHECK NONE takes no arguments' } : { words: wordsOf(args, [first], '\\') };
  }
  if (type !== 'CMD') return { problem: 'HEALTHCHECK takes CMD or NONE' };
  if (start >= text.length) return { problem: 'HEALTHCHECK CMD without a command' };
  const command = commandBody(args.slice(start, text.length));
  if (command.form?.kind === 'exec' && command.form.argv.length === 0) return { problem: 'HEALTHCHECK CMD without a command' };
  return { ...command, words: wordsOf(args, [first], '\\') };
}

function onbuildBody(args: JoinedText, escape: '\\' | '`'): Body {
  if (args.text === '') return { problem: 'ONBUILD needs an instruction' };
  const inner = readInstruction(args, escape);
  if (inner.kind === 'error') return { problem: inner.detail };
  const { keyword } = inner.parts;
  if (keyword === 'ONBUILD' || keyword === 'FROM' || keyword === 'MAINTAINER') return { problem: `ONBUILD cannot trigger ${keyword}` };
  return { onbuild: inner.parts };
}
