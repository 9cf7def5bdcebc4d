/** Files that are left alone: templates that only look like Dockerfiles, and Windows images. */

import { isTemplateName } from '../repository/dockerfile-names.ts';
import type { RepoPath } from '../repository/path.ts';
import type { Dockerfile } from './dockerfile.ts';

/** A line that no Dockerfile has and template languages do: Jinja, gomplate, ERB, cpp, m4, autoconf. */
const TEMPLATE_LINE =
  /^[ \t]*(?:\{\{|\{%|\{#|<%|<#|@@|@[A-Z][A-Z0-9_]*@|%%|#(?:include\s*["<]|ifn?def\s+\w)|(?:include|define|dnl|changequote|m4_\w+)\(|\$\{?[A-Za-z_]\w*\}?[ \t]*\r?$)/m;
/** A tag inside a line; `{{` alone is also Go's format syntax (`docker inspect -f '{{.Id}}'`). */
const TEMPLATE_TAG =
  /\{%-?[ \t]*(?:if|elif|else|endif|for|endfor|set|block|endblock|include|import|macro|raw|extends|with)\b|<%[=-]?[^%\n]*%>/;
const PLACEHOLDER = /\{\{|\{%|<%|@[A-Za-z][A-Za-z0-9_]*@|%%[A-Za-z_]+%%/;

/** What shows that the text is a template, with the offset; `undefined` when nothing does. `broken` texts need less evidence. */
export function templateMarker(
  path: RepoPath,
  text: string,
  broken: boolean,
): { readonly offset: number; readonly detail: string } | undefined {
  const found =
    TEMPLATE_TAG.exec(text) ??
    (broken ? TEMPLATE_LINE.exec(text) : undefined) ??
    (broken || isTemplateName(path) ? PLACEHOLDER.exec(text) : undefined);
  if (found === null || found === undefined) return undefined;
  const blank = found[0].length - found[0].trimStart().length;
  return { offset: found.index + blank, detail: `a template: ${found[0].trim().slice(0, 40)}` };
}

/** Instructions whose arguments are no shell code: a placeholder there is never meant for the builder. */
const PLAIN: ReadonlySet<string> = new Set(['FROM', 'ARG', 'ENV', 'COPY', 'ADD', 'WORKDIR', 'USER', 'EXPOSE', 'VOLUME', 'STOPSIGNAL']);

/** A placeholder in an instruction of a file that parses. */
export function templateInstruction({
  instructions,
  text,
}: Pick<Dockerfile, 'instructions' | 'text'>): { readonly offset: number; readonly detail: string } | undefined {
  for (const { keyword, args, argsSpan, form } of instructions) {
    const code = PLAIN.has(keyword) ? args.text : form?.kind === 'shell' ? withoutFormats(args.text) : '';
    const found =
      code.includes('{{') ||
      code.includes('<%') ||
      (PLAIN.has(keyword) && code.includes('@') && /(?:^|[\s=:/])@[A-Z][A-Z0-9_]*@/.test(code));
    const pointed = keyword === 'FROM' && /^<|%%|\$\(|\$\[/.test(args.text);
    if (found || pointed)
      return { offset: argsSpan.start, detail: `a template: ${text.slice(argsSpan.start, argsSpan.start + 40).split(/\r?\n/)[0]}` };
  }
  return undefined;
}

/** Shell code without quoted text and without Go formats, where `{{` is ordinary. */
function withoutFormats(code: string): string {
  if (!code.includes('{{')) return '';
  return code.replace(/\\.|'[^']*'|"(?:\\.|[^"\\])*"/gs, '').replace(/(?:-f|--format|--template|-t)[ =]?\s*\S+|\$\{\{|=\{\{\.\S*/g, '');
}

/** Not every name with `windows` in it: `dockcross/windows-static-x64` is a Linux image that cross-compiles. */
const WINDOWS_IMAGE = /(?:^|\/)windows(?:[/:]|$)|nanoserver|servercore|:[^/]*(?:windows|ltsc20\d\d)/i;

/** The line that shows a Windows image. */
export function windowsMarker({
  stages,
  instructions,
  escape,
}: Pick<Dockerfile, 'stages' | 'instructions' | 'escape'>): { readonly offset: number; readonly detail: string } | undefined {
  for (const { from, baseText, base, parent, platform } of stages) {
    if ((parent === undefined && WINDOWS_IMAGE.test(base ?? baseText)) || /^windows\b/i.test(platform ?? '')) {
      return { offset: from.span.start, detail: `a Windows image: ${baseText}` };
    }
  }
  for (const { keyword, form, args, span } of instructions) {
    const shell = keyword === 'SHELL' && form?.kind === 'exec' ? (form.argv[0] ?? '') : '';
    if (/(?:^|[\\/])(?:powershell|pwsh|cmd)(?:\.exe)?$/i.test(shell) && !shell.startsWith('/'))
      return { offset: span.start, detail: `a Windows shell: ${shell}` };
    if (escape === '`' && /\b[A-Za-z]:[\\/]|\bpowershell\b/i.test(args.text)) return { offset: span.start, detail: 'Windows paths' };
  }
  return undefined;
}
