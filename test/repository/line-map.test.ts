/** Line maps: lines that nobody edited are exact, in both directions, over any number of rounds; the rest is near. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdits, type Edit } from '../../src/repository/edit.ts';
import { composeLineMaps, lineMap, locationAfter, locationBefore, type LineMaps } from '../../src/repository/line-map.ts';
import type { RepoPath } from '../../src/repository/path.ts';

const path = 'Dockerfile' as RepoPath;

function edited(
  before: string,
  edits: readonly Omit<Edit, 'path'>[],
): { readonly after: string; readonly map: ReturnType<typeof lineMap> } {
  const all = edits.map((edit) => ({ path, ...edit }));
  const after = applyEdits(before, all);
  if (after === undefined) throw new Error('overlapping edits');
  return { after, map: lineMap(before, after, all) };
}

/** An edit that replaces one passage of the text. */
function replacing(before: string, passage: string, text: string): Omit<Edit, 'path'> {
  const start = before.indexOf(passage);
  return { start, end: start + passage.length, text };
}

describe('one round of edits', () => {
  const before = 'FROM a\nRUN b \\\n  && c\nCMD d\n';

  it('maps an inserted line to the line it was inserted at', () => {
    const { after, map } = edited(before, [{ start: 7, end: 7, text: '# why\nENV X=1\n' }]);
    expect(after.split('\n')[3]).toBe('RUN b \\');
    expect(map.before).toEqual([0, 1, 2, 2, 2, 3, 4, 5]);
    expect(map.after).toEqual([0, 1, 4, 5, 6, 7]);
  });

  it('maps a line inserted at the end of another to that one', () => {
    const { map } = edited(before, [{ start: 6, end: 6, text: '\nENV X=1' }]);
    expect(map.before).toEqual([0, 1, 1, 2, 3, 4, 5]);
    expect(map.after).toEqual([0, 1, 3, 4, 5, 6]);
  });

  it('maps what follows a removed line', () => {
    const { map } = edited(before, [replacing(before, 'RUN b \\\n  && c\n', '')]);
    expect(map.before).toEqual([0, 1, 4, 5]);
    expect(map.after).toEqual([0, 1, 2, 2, 2, 3]);
  });

  it('maps a rewritten range line by line, within the range', () => {
    const { map } = edited(before, [replacing(before, 'RUN b \\\n  && c', 'RUN x \\\n  && y \\\n  && z')]);
    expect(map.before).toEqual([0, 1, 2, 3, 3, 4, 5]);
  });

  it('sees that a replacement only puts a comment above what it replaces', () => {
    const { map } = edited(before, [replacing(before, 'CMD d', '# why\nCMD d')]);
    expect(map.after).toEqual([0, 1, 2, 3, 5, 6]);
  });

  it('leaves files and places alone that no edit knows', () => {
    const maps: LineMaps = new Map([[path, edited(before, [{ start: 0, end: 0, text: '# syntax\n' }]).map]]);
    const elsewhere = { path: 'compose.yaml' as RepoPath, line: 3 };
    expect(locationBefore(maps, elsewhere)).toEqual(elsewhere);
    expect(locationBefore(maps, { path, line: 0 })).toEqual({ path, line: 0 });
    expect(locationBefore(maps, { path, line: 3, endLine: 4 })).toEqual({ path, line: 2, endLine: 3 });
    expect(locationAfter(maps, { path, line: 2, endLine: 3 })).toEqual({ path, line: 3, endLine: 4 });
    expect(locationBefore(maps, { path, line: 1, endLine: 2 })).toEqual({ path, line: 1 });
  });
});

/** What one round does to each line, by position: nothing (mostly), remove it, rewrite its middle, put lines above it or below it. */
const round = fc.array(fc.constantFrom('', '', '', 'remove', 'rewrite', 'above', 'below'), { maxLength: 30 });

it('maps every line that no round touched exactly, in both directions', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(round, { minLength: 1, maxLength: 5 }), fc.boolean(), (count, rounds, final) => {
      const original = Array.from({ length: count }, (_, index) => `line ${index}`);
      let text = original.join('\n') + (final ? '\n' : '');
      let maps: LineMaps = new Map();
      for (const [turn, actions] of rounds.entries()) {
        const edits: Omit<Edit, 'path'>[] = [];
        let start = 0;
        for (const [index, line] of text.split('\n').entries()) {
          const [end, added] = [start + line.length, `added ${turn}.${index}`];
          if (actions[index] === 'remove' && end < text.length) edits.push({ start, end: end + 1, text: '' });
          if (actions[index] === 'rewrite' && line.length > 2) edits.push({ start: start + 1, end: end - 1, text: `${added}\n${added}` });
          if (actions[index] === 'above') edits.push({ start, end: start, text: `${added}\n` });
          if (actions[index] === 'below') edits.push({ start: end, end, text: `\n${added}\n` });
          start = end + 1;
        }
        const { after, map } = edited(text, edits);
        maps = composeLineMaps(maps, new Map([[path, map]]));
        text = after;
      }
      for (const [index, line] of text.split('\n').entries()) {
        const was = original.indexOf(line);
        const before = locationBefore(maps, { path, line: index + 1 }).line;
        if (was < 0) expect(before >= 1 && before <= count + 1).toBe(true);
        else {
          expect(before).toBe(was + 1);
          expect(locationAfter(maps, { path, line: was + 1 }).line).toBe(index + 1);
        }
      }
    }),
  );
});
