/** Dockerfile text to the lossless model, by BuildKit's rules. The only entrance. */

import type { Location, Span } from '../repository/location.ts';
import { isTemplateName } from '../repository/dockerfile-names.ts';
import type { RepoPath } from '../repository/path.ts';
import { disagreement } from './cross-check.ts';
import { readDirectives } from './directives.ts';
import type { Dockerfile, ParseResult } from './dockerfile.ts';
import { readInstructions } from './instructions.ts';
import { physicalLines, type PhysicalLines } from './physical-lines.ts';
import { stagesOf } from './stages.ts';
import { templateInstruction, templateMarker, windowsMarker } from './unusable.ts';

type UnusableReason = Extract<ParseResult, { kind: 'unusable' }>['reason'];

const MAX_LENGTH = 1024 * 1024;
/** A text is parsed by whoever proposes it, by verification and as the next subject: the last few results are kept. */
const RECENT = 8;

interface Parsed {
  readonly path: RepoPath;
  readonly text: string;
  readonly result: ParseResult;
  readonly checked: boolean;
}

let recent: readonly Parsed[] = [];

/** Total and linear in the text: whatever cannot be used is an outcome with a line. */
export function parseDockerfile(path: RepoPath, text: string): ParseResult {
  return remembered(path, text, true);
}

/** The same without the second opinion: for texts between two edits, whose final form verification parses in full. */
export function parseDraft(path: RepoPath, text: string): ParseResult {
  return remembered(path, text, false);
}

function remembered(path: RepoPath, text: string, check: boolean): ParseResult {
  const known = recent.find((parsed) => parsed.path === path && parsed.text === text);
  if (known !== undefined && (known.checked || !check)) return known.result;
  const read = known?.result ?? readDockerfile(path, text);
  const differs = check && read.kind === 'parsed' ? disagreement(read.dockerfile) : undefined;
  const result: ParseResult =
    differs === undefined ? read : { kind: 'unusable', reason: 'disagreement', at: { path, line: differs.line }, detail: differs.detail };
  recent = [{ path, text, result, checked: check }, ...recent.filter((parsed) => parsed !== known)].slice(0, RECENT);
  return result;
}

function readDockerfile(path: RepoPath, text: string): ParseResult {
  const unusable = (reason: UnusableReason, line: number, detail: string): ParseResult => ({
    kind: 'unusable',
    reason,
    at: { path, line },
    detail,
  });
  if (text.length > MAX_LENGTH) return unusable('too-large', 1, `${text.length} characters: more than 1 MiB`);
  const lines = physicalLines(text);
  const lineOf = (offset: number): number => lines.indexAt(offset) + 1;
  const nul = text.indexOf('\0');
  if (nul >= 0) return unusable('unparsable', lineOf(nul), 'the text holds NUL bytes');
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  if (text.slice(start).trim() === '') return unusable('empty', 1, 'the file is empty');

  const broken = (reason: UnusableReason, line: number, detail: string): ParseResult => {
    const marker = templateMarker(path, text, true);
    if (marker !== undefined) return unusable('template', lineOf(marker.offset), marker.detail);
    return isTemplateName(path) ? unusable('template', line + 1, `named as a template: ${detail}`) : unusable(reason, line + 1, detail);
  };
  const { directives, escape, syntax, problem } = readDirectives(text, lines, start);
  if (problem !== undefined) return unusable('unparsable', problem.line + 1, problem.detail);
  const read = readInstructions(path, text, lines, start, escape, directives.length);
  if (read.kind === 'error') return broken(read.reason, read.line, read.detail);
  const { instructions, comments } = read;
  const stages = stagesOf(instructions, escape);
  if (stages.length === 0) return broken('unparsable', 0, 'there is no FROM');

  const locate = (span: Span): Location => location(path, lines, span);
  const eol = lines.count > 0 && lines.contentEnd(0) + 2 <= lines.end(0) ? '\r\n' : '\n';
  const dockerfile: Dockerfile = { path, text, eol, escape, directives, syntax, instructions, comments, stages, locate };
  const template = templateMarker(path, text, false) ?? templateInstruction(dockerfile);
  if (template !== undefined) return unusable('template', lineOf(template.offset), template.detail);
  const windows = windowsMarker(dockerfile);
  if (windows !== undefined) return unusable('windows', lineOf(windows.offset), windows.detail);
  return { kind: 'parsed', dockerfile };
}

function location(path: RepoPath, lines: PhysicalLines, { start, end }: Span): Location {
  const line = lines.indexAt(start) + 1;
  const endLine = lines.indexAt(Math.max(start, end - 1)) + 1;
  return endLine === line ? { path, line } : { path, line, endLine };
}
