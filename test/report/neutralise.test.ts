import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';

import { code, codeBlock, plain, prose } from '../../src/report/neutralise.ts';
import { forTerminal } from '../../src/report/untrusted.ts';
import { cpuTime } from '../support/cpu-time.ts';

// HTML on, as on GitHub: what is not escaped would act.
const markdown = new MarkdownIt({ html: true, linkify: true });

/** Text with plenty of what Markdown and GitHub act on. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        '`',
        '``',
        '|',
        '\\',
        '\\|',
        '@octocat',
        '#12',
        '<!--',
        '-->',
        '<img src=x onerror=y>',
        '</details>',
        '*',
        '_',
        '~~',
        '[a](b)',
        '![x](y)',
        '\n',
        '\r\n',
        '\n\n',
        '# ',
        '- ',
        '1. ',
        '> ',
        '$x$',
        'https://github.com/o/r/issues/1',
        'www.example.com',
        'GH-7',
        ':tada:',
        ' ',
        'a',
        '\u202e',
        '\u001b[31m',
        '&amp;',
        '```',
        '~~~',
        '---',
        '===',
        '\t',
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);

function shown(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('\u200b', '')
    .replace(/\s+/g, ' ')
    .trim();
}

function expected(text: string): string {
  const line = forTerminal(text.replace(/[\r\n\t\u2028\u2029]+/g, ' '))
    .replaceAll('\u200b', '')
    .replace(/\s+/g, ' ')
    .trim();
  return line.replaceAll('\u0000', '\ufffd');
}

function tags(html: string): string[] {
  return [...html.matchAll(/<\/?([a-z0-9]+)[^>]*>/g)].map((match) => match[1] ?? '');
}

describe('untrusted text in Markdown', () => {
  it('prose shows exactly what was written and produces no markup', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const html = markdown.render(`- ${prose(text)} end`);
        expect(new Set(tags(html))).toEqual(new Set(['ul', 'li']));
        expect(shown(html)).toBe(`${expected(text)} end`.trim());
      }),
      { numRuns: 1000 },
    );
  });

  it('code shows exactly what was written, in one code element', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        fc.pre(expected(text) !== '');
        const html = markdown.render(`- ${code(text)} end`);
        expect(tags(html)).toEqual(['ul', 'li', 'code', 'code', 'li', 'ul']);
        expect(shown(html)).toBe(`${expected(text)} end`);
      }),
      { numRuns: 1000 },
    );
  });

  it('a table keeps its columns whatever is in a cell', () => {
    fc.assert(
      fc.property(hostile, hostile, (first, second) => {
        const html = markdown.render(`| a | b |\n| --- | --- |\n| ${code(first, true)} | ${prose(second)} |\n`);
        expect(html.match(/<td/g)).toHaveLength(2);
        expect(html.match(/<tr/g)).toHaveLength(2);
        expect(html.replaceAll(/<\/?(?:table|thead|tbody|tr|th|td|code)>/g, '')).not.toMatch(/<[a-z]/);
      }),
      { numRuns: 1000 },
    );
  });

  it('a fenced block ends where it should', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const html = markdown.render(`${codeBlock(text)}\n\nafter`);
        expect(html.endsWith('</code></pre>\n<p>after</p>\n')).toBe(true);
        expect(html.match(/<pre/g)).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });

  it('nobody is mentioned and nothing is linked', () => {
    for (const text of ['@octocat', 'mail me@example.com', '#1', 'o/r#12', 'GH-5', 'https://github.com/o/r/pull/1', 'www.example.com']) {
      const html = markdown.render(prose(text)).replaceAll('&#8203;', '\u200b');
      expect(html).not.toMatch(/@\w|#\d|gh-\d|:\/\/|www\./i);
      expect(plain(text)).not.toMatch(/@\w|#\d/);
    }
  });

  it('empty text is visible', () => {
    expect(code('')).toBe('`(empty)`');
    expect(code(' \n ')).toBe('`(empty)`');
  });

  it('is linear in the length of the text', () => {
    const started = cpuTime();
    for (const unit of ['`', '@', ':a', '#1', '|', '\\', '<', 'a']) {
      const text = unit.repeat(200_000);
      prose(text);
      code(text, true);
      codeBlock(text);
    }
    expect(cpuTime() - started).toBeLessThan(4000);
  });
});
