/** Parser directives of the leading lines: `# syntax=`, `# escape=`, `# check=` (frontend/dockerfile/parser/directives.go). */

import type { Directive } from './dockerfile.ts';
import type { PhysicalLines } from './physical-lines.ts';
import { skipSpaces, trimEnd } from './whitespace.ts';

export interface Directives {
  readonly directives: readonly Directive[];
  readonly escape: '\\' | '`';
  /** Value of `# syntax=`, which BuildKit also finds after a `#!` line. */
  readonly syntax: string | undefined;
  readonly problem: { readonly line: number; readonly detail: string } | undefined;
}

const LINE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.*)$/;

/** `from` is the offset after a byte-order mark. */
export function readDirectives(text: string, lines: PhysicalLines, from: number): Directives {
  const directives: Directive[] = [];
  let escape: '\\' | '`' = '\\';
  const problem = (line: number, detail: string): Directives => ({ directives, escape, syntax: undefined, problem: { line, detail } });
  for (let line = 0; line < lines.count; line++) {
    const directive = directiveAt(text, lines, line, line === 0 ? from : lines.start(line));
    if (directive === undefined) break;
    if (directives.some(({ name }) => name === directive.name)) return problem(line, `only one ${directive.name} directive is allowed`);
    if (directive.name === 'escape') {
      if (directive.value !== '\\' && directive.value !== '`')
        return problem(line, `invalid escape character ${directive.value.slice(0, 20)}`);
      escape = directive.value;
    }
    directives.push(directive);
  }
  const syntax = directives.find(({ name }) => name === 'syntax') ?? afterShebang(text, lines, from);
  return { directives, escape, syntax: syntax?.value.split(' ')[0], problem: undefined };
}

function afterShebang(text: string, lines: PhysicalLines, from: number): Directive | undefined {
  if (!text.startsWith('#!', from)) return undefined;
  for (let line = 1; line < lines.count; line++) {
    const directive = directiveAt(text, lines, line, lines.start(line));
    if (directive === undefined || directive.name === 'syntax') return directive;
  }
  return undefined;
}

function directiveAt(text: string, lines: PhysicalLines, line: number, from: number): Directive | undefined {
  const end = lines.contentEnd(line);
  const start = skipSpaces(text, from, end);
  const written = text.slice(start, trimEnd(text, start, end));
  const match = LINE.exec(written);
  const name = match?.[1]?.toLowerCase();
  const value = match?.[2] ?? '';
  if ((name !== 'syntax' && name !== 'escape' && name !== 'check') || value === '') return undefined;
  const valueEnd = start + written.length;
  return {
    name,
    value,
    valueSpan: { start: valueEnd - value.length, end: valueEnd },
    span: { start, end: valueEnd },
    lines: { start: lines.start(line), end: lines.end(line) },
  };
}
