/** `--deno-audit FILE`: the log that Deno writes with DENO_AUDIT_PERMISSIONS, one JSON object per line. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DenoAuditRecord } from '../transforms/settings.ts';
import { UsageError } from './exit.ts';

/** @throws UsageError when the file cannot be read or a line is not a record */
export function readDenoAudit(cwd: string, file: string): readonly DenoAuditRecord[] {
  let text: string;
  try {
    text = readFileSync(resolve(cwd, file), 'utf8');
  } catch {
    throw new UsageError(`--deno-audit ${file}: cannot be read`, 'Record it with: DENO_AUDIT_PERMISSIONS=/abs/audit.jsonl deno run ...');
  }
  return text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [record(line, `${file}:${index + 1}`)]));
}

function record(line: string, where: string): DenoAuditRecord {
  const expected = new UsageError(
    `${where}: expected a line like {"v":1,"permission":"net","value":"0.0.0.0:8080"}`,
    'Give the file that DENO_AUDIT_PERMISSIONS wrote, unchanged.',
  );
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw expected;
  }
  if (typeof value !== 'object' || value === null || !('permission' in value) || typeof value.permission !== 'string') throw expected;
  const detail = 'value' in value ? value.value : null;
  return { permission: value.permission, value: typeof detail === 'string' ? detail : null };
}
