import { describe, expect, test } from 'vitest';
import { scriptValues } from '../../../src/repository/references/script-values.ts';
import { fillings, hole } from '../../../src/repository/syntax/holes.ts';
import { withHoles } from '../../../src/repository/syntax/shell-commands.ts';
import { cpuTime } from '../../support/cpu-time.ts';

const filled = (script: string, text: string): readonly string[] =>
  fillings([withHoles(text)], scriptValues(script)).map(([first = '']) => first);

describe('variables of a script', () => {
  test('are filled through each other', () => {
    expect(filled('root=services\ndir="$root/api"\n', '$dir/Dockerfile')).toEqual(['services/api/Dockerfile']);
  });
  test('end where the next command begins', () => {
    expect(filled('context=out/web; rm -rf "$context"; mkdir -p "$context"\n', '$context/Dockerfile')).toEqual(['out/web/Dockerfile']);
    expect(filled('a=one && echo "$a"\n', '$a')).toEqual(['one']);
  });
  test('that name themselves say nothing new', () => {
    expect(filled('args="--x"\nargs="$args --y"\n', '$args')).toEqual(['--x']);
  });
  test('that grow each other, or multiply, come to an end', () => {
    const started = cpuTime();
    expect(filled('a="$b$b$b$b"\nb="$a$a$a$a"\n', '$a').every((text) => text.length < 5000)).toBe(true);
    const chain = Array.from({ length: 9 }, (_, level) =>
      Array.from({ length: 60 }, (__, index) => `v${level}="\${v${level + 1}}${index}"`).join('\n'),
    ).join('\n');
    expect(filled(chain, '$v0').length).toBeLessThanOrEqual(64 * 2);
    expect(filled('', '$unknown')).toEqual([hole('unknown')]);
    expect(cpuTime() - started).toBeLessThan(1000);
  });
});
