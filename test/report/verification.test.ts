import { describe, expect, test } from 'vitest';
import MarkdownIt from 'markdown-it';
import type { Verification } from '../../src/engine/verification.ts';
import { verificationHtml, verificationMarkdown } from '../../src/report/verification.ts';

const HOSTILE = 'RUN echo "|<img src=x onerror=alert(1)>`@team" \u001b[31m && true';
const built = { kind: 'built', seconds: 1.25, steps: 6, cached: 4, log: '' } as const;
const VERIFICATION: Verification = {
  service: 'api<b>',
  dockerfile: 'Dockerfile',
  engine: 'docker 28.5',
  judgement: 'worse',
  differences: [],
  notes: ['a note with ghp_0123456789abcdefghijklmnopqrstuvwxyz'],
  findings: [
    { kind: 'worse', text: 'ran before, now ends with 1: <script>' },
    { kind: 'note', text: 'the image grew' },
  ],
  before: { build: built, measure: { kind: 'built', pull: 68e6, disk: 162e6, platform: 'linux/amd64', method: 'docker' } },
  after: {
    build: { kind: 'failed', reason: 'no', log: 'line one\n```\n</pre><script>\n' },
    measure: { kind: 'built', pull: 11e6, disk: 27e6, platform: 'linux/amd64', method: 'docker' },
  },
  rebuild: { touched: 'main.go', before: built, after: { ...built, cached: 5 } },
  layers: [
    { instruction: HOSTILE, before: 5e6, after: undefined },
    { instruction: 'COPY app /app', before: undefined, after: 3e6 },
  ],
};

describe('a proof as a document', () => {
  test('markdown: numbers, findings, the rebuild, and the layers', () => {
    const text = verificationMarkdown([VERIFICATION]);
    expect(text).toContain('| pull | 68 MB | 11 MB (−84 %, built) |');
    expect(text).toContain('- **worse**: ran before');
    expect(text).toContain('| total | 5.0 MB | 3.0 MB |');
    const html = new MarkdownIt({ html: true }).render(text).replaceAll('\u200b', '');
    expect(html).toContain('<td>1.3 s, 5 of 6 steps cached (after touching main.go)</td>');
    expect(html).toContain('echo &quot;|&lt;img');
    expect(html).not.toMatch(/<(?:script|img|b)>|<img/);
    expect(html.match(/<table>/g)).toHaveLength(2);
  });
  test('html: one page that loads nothing, with everything escaped', () => {
    const page = verificationHtml([VERIFICATION]);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).not.toMatch(/<(?:script|img|link|iframe)\b|https?:|\u001b/);
    expect(page).toContain('&lt;img src=x');
    expect(page).toContain('<tr class="gone">');
    expect(page).toContain('<li class="worse">');
    expect(page.match(/<table>/g)).toHaveLength(2);
  });
  test('no document holds a secret', () => {
    for (const text of [verificationMarkdown([VERIFICATION]), verificationHtml([VERIFICATION])]) expect(text).not.toContain('ghp_0123');
  });
});
