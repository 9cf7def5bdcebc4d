/** Reads `dockmod.yaml`: text -> complete configuration, or every problem with its line. Loaded only where a file exists. */

import * as v from 'valibot';
import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { ConfigError, type ConfigProblem } from './configuration-error.ts';
import { configurationSchema } from './configuration-schema.ts';
import { DEFAULT_CONFIGURATION, type Configuration } from './configuration.ts';
import { didYouMean } from './suggestion.ts';

type KeyPath = readonly (string | number)[];

/**
 * Parses and validates `text`; `path` is only used to name the file.
 * @param ids the known transform ids
 * @throws ConfigError with all problems
 */
export function readConfiguration(path: string, text: string, ids: readonly string[]): Configuration {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number): number => lines.linePos(offset).line;
  if (document.errors.length > 0) {
    throw new ConfigError(
      path,
      document.errors.map((error) => ({ line: lineOf(error.pos[0]), message: `not valid YAML: ${error.message}` })),
    );
  }
  const value = plain(path, document);
  if (value === null || value === undefined) return DEFAULT_CONFIGURATION;

  const schema = configurationSchema(ids);
  const result = v.safeParse(schema, value);
  const problems: ConfigProblem[] = [...unknownKeys(schema, value, [])].map(({ keys, message }) => ({
    line: keyLine(document, keys, lineOf),
    message,
  }));
  for (const issue of result.issues ?? []) {
    if (issue.type === 'strict_object' && issue.expected === 'never') continue;
    const keys = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));
    problems.push({
      line: keyLine(document, keys, lineOf),
      message: `${keys.length === 0 ? 'the file' : name(keys)}: ${complaint(issue)}`,
    });
  }
  if (problems.length > 0)
    throw new ConfigError(
      path,
      problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    );
  if (!result.success) throw new ConfigError(path, [{ line: undefined, message: 'the configuration is not valid' }]);
  return result.output;
}

/** Aliases may stand for values, not for bombs: the parser's own limit on expansion turns into a problem of the file. */
function plain(path: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    throw new ConfigError(path, [{ line: undefined, message: 'aliases (`*name`) expand too far' }]);
  }
}

/** Every key that no schema entry names. Valibot reports only the first one of an object. */
function* unknownKeys(schema: unknown, value: unknown, at: KeyPath): Generator<{ readonly keys: KeyPath; readonly message: string }> {
  if (!isObject(schema) || !isObject(value)) return;
  if (isObject(schema['wrapped'])) return yield* unknownKeys(schema['wrapped'], value, at);
  if (Array.isArray(value)) {
    // Valibot takes a list for a mapping with the keys 0, 1, ...
    if (isObject(schema['entries']))
      yield { keys: at, message: `${at.length === 0 ? 'the file' : name(at)}: expected a mapping, found a list` };
    for (const [index, item] of value.entries()) yield* unknownKeys(schema['item'], item, [...at, index]);
    return;
  }
  const entries = schema['entries'];
  if (!isObject(entries)) return;
  for (const [key, item] of Object.entries(value)) {
    if (Object.hasOwn(entries, key)) yield* unknownKeys(entries[key], item, [...at, key]);
    else {
      const place = at.at(-1) === 'transforms' ? 'unknown transform' : at.length === 0 ? 'unknown key' : `${name(at)}: unknown key`;
      yield {
        keys: [...at, key],
        message: `${place} "${short(key)}"${didYouMean(key, Object.keys(entries)) || `; known are ${Object.keys(entries).join(', ')}`}`,
      };
    }
  }
}

function complaint(issue: v.BaseIssue<unknown>): string {
  if (issue.kind === 'validation') return issue.message;
  if (!issue.message.startsWith('Invalid ')) return issue.message;
  const expected = (issue.expected ?? '')
    .replace(/^\((.*)\)$/, '$1')
    .split(' | ')
    .map((part) => WORDS[part] ?? part.replace(/^"(.*)"$/, '$1'));
  const list = expected.length > 1 ? `${expected.slice(0, -1).join(', ')} or ${expected.at(-1)}` : expected.join('');
  if (issue.received === 'undefined') return 'missing';
  return `expected ${list}, found ${WORDS[issue.received] ?? short(issue.received)}`;
}

/** Enough to recognise what was written. */
function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

const WORDS: Readonly<Record<string, string>> = {
  Array: 'a list',
  Object: 'a mapping',
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  null: 'nothing',
};

/** Line of the key that `keys` leads to, or of the innermost one that exists. */
function keyLine(document: Document, keys: KeyPath, lineOf: (offset: number) => number): number | undefined {
  for (let length = keys.length; length > 0; length--) {
    const parent = document.getIn(keys.slice(0, length - 1), true) ?? document.contents;
    const last = keys[length - 1];
    const node = isMap(parent)
      ? parent.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(last))?.key
      : document.getIn(keys.slice(0, length), true);
    if (isObject(node) && Array.isArray(node['range']) && typeof node['range'][0] === 'number') return lineOf(node['range'][0]);
  }
  return isObject(document.contents) && Array.isArray(document.contents['range'])
    ? lineOf(Number(document.contents['range'][0]))
    : undefined;
}

function name(keys: KeyPath): string {
  return keys.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
