/** TOML files as plain data, parsed once, with accessors that answer `undefined` instead of trusting shapes. */

import { parse } from 'smol-toml';
import { textOf, type RepositoryFiles } from '../repository/files.ts';
import type { RepoPath } from '../repository/path.ts';
import { perFiles } from './memo.ts';

export type Table = Readonly<Record<string, unknown>>;

export type TomlFile =
  | { readonly kind: 'table'; readonly table: Table; readonly text: string }
  | { readonly kind: 'broken'; readonly detail: string }
  | { readonly kind: 'absent' };

/** Parsers nest by recursion; a manifest this large is not one. */
const MAX_TEXT = 2_000_000;

export const tomlFile = perFiles(
  (path) => /\.toml$|\.lock$|\/config$|^Pipfile$/.test(path),
  (files: RepositoryFiles, path: RepoPath): TomlFile => {
    const text = textOf(files, path);
    if (text === undefined) return { kind: 'absent' };
    if (text.length > MAX_TEXT) return { kind: 'broken', detail: `${path} is too large` };
    try {
      return { kind: 'table', table: parse(text.replace(/^\uFEFF/, '')), text };
    } catch (error) {
      const detail = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      return { kind: 'broken', detail };
    }
  },
);

export function tableIn(table: Table | undefined, key: string): Table | undefined {
  const value = table?.[key];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : undefined;
}

export function tablesIn(table: Table | undefined, key: string): readonly Table[] {
  const value = table?.[key];
  return Array.isArray(value) ? value.filter((one): one is Table => typeof one === 'object' && one !== null && !Array.isArray(one)) : [];
}

export function textIn(table: Table | undefined, key: string): string | undefined {
  const value = table?.[key];
  return typeof value === 'string' ? value : undefined;
}

export function textsIn(table: Table | undefined, key: string): readonly string[] {
  const value = table?.[key];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

export function flagIn(table: Table | undefined, key: string): boolean | undefined {
  const value = table?.[key];
  return typeof value === 'boolean' ? value : undefined;
}
