/** Tiltfiles: `docker_build('image', 'context', dockerfile='...')`, read as text. */

import { basename, dirname } from '../path.ts';
import { lineAt } from '../location.ts';
import { present } from '../present.ts';
import type { Survey } from '../survey.ts';
import { references, type Reference } from './reference.ts';

const CALL = /\b(?:docker_build|docker_build_with_restart|custom_build)\s*\(/g;
const MAX_CALL = 4000;

/** @see https://docs.tilt.dev/api.html#api.docker_build */
export function tiltReferences(survey: Survey): readonly Reference[] {
  return survey.sources
    .filter((path) => /^Tiltfile(?:\..+)?$|\.tiltfile$/i.test(basename(path)))
    .flatMap((path) => {
      const text = survey.text(path) ?? '';
      return [...text.matchAll(CALL)].flatMap((call) => {
        const words = argumentsAt(text, call.index + call[0].length);
        const [image = words.get('ref'), context = words.get('context')] = [words.get('0'), words.get('1')];
        const file = words.get('dockerfile');
        const [target, line] = [words.get('target'), lineAt(text, call.index)];
        if (call[0].startsWith('custom_build') && file === undefined) return [];
        return references(survey, {
          by: 'tilt',
          at: { path, line },
          ...(image === undefined ? {} : { name: image, images: [image] }),
          bases: [dirname(path)],
          ...present({ file }),
          context: context ?? '.',
          fileFrom: 'cwd',
          ...present({ target }),
        });
      });
    });
}

/** String arguments of a call by name or position; whatever else stands there counts as a position. */
function argumentsAt(text: string, from: number): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let depth = 0;
  let position = 0;
  let start = from;
  const end = Math.min(text.length, from + MAX_CALL);
  const take = (until: number): void => {
    const match = /^\s*(?:#[^\n]*\n\s*)*(?:(\w+)\s*=\s*)?(['"])((?:[^'"\\\n]|\\.)*)\2\s*$/.exec(text.slice(start, until));
    if (match) found.set(match[1] ?? String(position), match[3] ?? '');
    position++;
    start = until + 1;
  };
  for (let at = from; at < end; at++) {
    const character = text[at];
    if (character === '"' || character === "'") {
      const close = text.indexOf(character, at + 1);
      if (close < 0 || close > end) return found;
      at = close;
    } else if (character === '(' || character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}' || (character === ')' && depth > 0)) depth--;
    else if (character === ')') {
      take(at);
      return found;
    } else if (character === ',' && depth === 0) take(at);
  }
  return found;
}
