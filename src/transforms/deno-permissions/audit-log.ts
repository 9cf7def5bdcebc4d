/** A recording of `DENO_AUDIT_PERMISSIONS` as accesses. It shows what a source scan cannot: what packages ask for. */

import type { DenoAccess, DenoPermission } from '../../project/deno.ts';
import { isInside } from '../../dockerfile/image-path.ts';
import type { Location } from '../../repository/location.ts';
import type { DenoAuditRecord } from '../settings.ts';

const PERMISSIONS: ReadonlySet<string> = new Set(['read', 'write', 'net', 'env', 'run', 'ffi', 'sys', 'import']);

/** Directories that mean the same on the machine that recorded and in the image. */
const COMMON = ['/run', '/var/run', '/tmp', '/etc', '/proc', '/sys', '/usr', '/dev/null', '/data'];

/**
 * Paths as the program wrote them: relative ones count from the working directory; absolute ones below `workdir` or in a system
 * directory are kept, any other belongs to the machine that recorded and widens the flag.
 */
export function recordedAccesses(records: readonly DenoAuditRecord[], workdir: string, at: Location): readonly DenoAccess[] {
  const seen = new Set<string>();
  return records.flatMap(({ permission, value }) => {
    const key = `${permission}\0${value ?? ''}`;
    if (!PERMISSIONS.has(permission) || seen.has(key)) return [];
    seen.add(key);
    return [
      { permission: permission as DenoPermission, target: target(permission as DenoPermission, value, workdir), via: 'recorded', at },
    ];
  });
}

function target(permission: DenoPermission, value: string | null, workdir: string): DenoAccess['target'] {
  if (value === null || value === '' || /[,\s"'\\]/.test(value)) return { kind: 'any' };
  if (permission === 'read' || permission === 'write' || permission === 'ffi') {
    const path = value.replace(/^file:\/\//, '');
    const known = !path.startsWith('/') || isInside(path, workdir) || COMMON.some((dir) => isInside(path, dir));
    return known ? { kind: 'path', path, from: undefined } : { kind: 'any' };
  }
  if (permission !== 'net' && permission !== 'import') return { kind: 'name', name: value };
  if (value.startsWith('unix:')) return { kind: 'any' };
  const host = /^(?:[a-z]+:\/\/)?(?:[^/@]*@)?(\[[0-9a-fA-F:]+\]|[\w.-]+)(:\d+)?(?:[/?#]|$)/i.exec(value);
  return host === null ? { kind: 'any' } : { kind: 'name', name: `${host[1]}${host[2] ?? ''}` };
}
