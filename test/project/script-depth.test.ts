import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isShallow } from '../../src/project/script-depth.ts';

const repeat = (text: string, count = 100_000): string => text.repeat(count);

test.each([
  ['arrays', `x=${repeat('[')}${repeat(']')}`],
  ['open brackets', repeat('[')],
  ['parentheses', repeat('(')],
  ['blocks', repeat('{')],
  ['templates', `x=${repeat('`${')}a`],
  ['arrows', `${repeat('()=>')}1`],
  ['types', `type X = ${repeat('A<')}1`],
  ['negations', `${repeat('!')}a`],
  ['sums', `x=a${repeat('+a')}`],
  ['conditions', `${repeat('if(a)')};`],
  ['conditions on lines', `${repeat('if(a)\n')};`],
  ['members', `a${repeat('.b')}`],
  ['calls', `a${repeat('()')}`],
  ['assignments', `${repeat('a=')}1`],
  ['ternaries', `${repeat('a?b:')}c`],
  ['labels', repeat('l:')],
  ['loops', `${repeat('for(;;)')};`],
  ['type operators', `type X = ${repeat('keyof ')}a`],
  ['awaits', `${repeat('await ')}a`],
  ['brackets behind comments', repeat('[/*]*/')],
  ['brackets behind strings', repeat('["]",')],
  ['brackets behind regular expressions', repeat('[/]/,')],
  ['nested functions', repeat('function f(){')],
  ['non-null', `x=a${repeat('!')}`],
  ['tagged templates', `a${repeat('``')}`],
])("%s in a row would overflow the parser's stack and are not given to it", (_name, text) => {
  expect(isShallow(text)).toBe(false);
});

test('real sources are shallow, in whatever style', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join('src', path), 'utf8'));
  expect(sources.length).toBeGreaterThan(50);
  for (const text of sources) expect(isShallow(text)).toBe(true);
  expect(isShallow(sources.join('\n').replaceAll(';', ''))).toBe(true);
  expect(isShallow(`const data = [${'1, '.repeat(200_000)}];`)).toBe(true);
  expect(isShallow(`const data = {\n${'  a: { b: [1, 2, "x"], c: `y${1}` },\n'.repeat(20_000)}};`)).toBe(true);
  expect(isShallow('call(a, b);\n'.repeat(100_000))).toBe(true);
  expect(isShallow('const re = /[`"\'({[]/g; // `"({[\n'.repeat(10_000))).toBe(true);
});
