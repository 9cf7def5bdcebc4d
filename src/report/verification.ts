/** Proofs as documents: markdown for step summaries and pull requests, and an HTML page. */

import { verificationView, type VerificationView } from '../engine/verification-text.ts';
import type { Verification } from '../engine/verification.ts';
import { escapeHtml, htmlPage, htmlTable } from '../size/html-page.ts';
import { layersAsHtml, layersAsMarkdown } from '../size/layer-table.ts';
import { code, codeBlock, prose } from './neutralise.ts';
import { redactSecrets } from './redact.ts';

const TITLE = 'Built and run, before and after';

export function verificationMarkdown(verifications: readonly Verification[]): string {
  return `${[`# ${TITLE}`, ...verifications.map(verificationView).flatMap(sectionOf)].join('\n\n')}\n`;
}

function sectionOf({ service, verdict, rows, findings, notes, layers, logs }: VerificationView): readonly string[] {
  const cell = (text: string): string => prose(redactSecrets(text));
  return [
    `## ${code(service)}: ${prose(verdict)}`,
    ...(rows.length === 0
      ? []
      : [['| | before | after |', '| --- | --- | --- |', ...rows.map((cells) => `| ${cells.map(cell).join(' | ')} |`)].join('\n')]),
    ...(findings.length + notes.length === 0
      ? []
      : [
          [
            ...findings.map(({ kind, text }) => `- ${kind === 'note' ? '' : `**${kind}**: `}${cell(text)}`),
            ...notes.map((text) => `- ${cell(text)}`),
          ].join('\n'),
        ]),
    ...logs.flatMap(({ name, lines }) => [`Log ${name}:`, codeBlock(redactSecrets(lines.join('\n')))]),
    ...(layers.length === 0
      ? []
      : ['<details><summary>Layers (compressed)</summary>', redactSecrets(layersAsMarkdown(layers)).trimEnd(), '</details>']),
  ];
}

export function verificationHtml(verifications: readonly Verification[]): string {
  return htmlPage(TITLE, verifications.map(verificationView).map(articleOf).join('\n'));
}

function articleOf({ service, judgement, verdict, rows, findings, notes, layers, logs }: VerificationView): string {
  const text = (raw: string): string => escapeHtml(redactSecrets(raw));
  const items = [
    ...findings.map(({ kind, text: said }) => (kind === 'note' ? `<li>${text(said)}</li>` : `<li class="${kind}">${text(said)}</li>`)),
    ...notes.map((note) => `<li>${text(note)}</li>`),
  ];
  return [
    `<h2><code>${text(service)}</code>: <span class="${judgement}">${text(verdict)}</span></h2>`,
    ...(rows.length === 0
      ? []
      : [
          htmlTable(
            ['', 'before', 'after'],
            rows.map((cells) => ({ cells: cells.map(text) })),
          ),
        ]),
    ...(items.length === 0 ? [] : [`<ul>\n${items.join('\n')}\n</ul>`]),
    ...logs.map(({ name, lines }) => `<h3>Log ${name}</h3>\n<pre>${lines.map(text).join('\n')}</pre>`),
    ...(layers.length === 0 ? [] : [`<h3>Layers (compressed)</h3>\n${redactSecrets(layersAsHtml(layers))}`]),
  ].join('\n');
}
