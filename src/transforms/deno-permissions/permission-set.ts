/** From single accesses to the smallest set of flags that covers them all, each with the lines that it rests on. */

import { absolutePath, isInside } from '../../dockerfile/image-path.ts';
import type { DenoAccess, DenoPermission } from '../../project/deno.ts';
import type { Evidence } from '../transform.ts';

export interface Surroundings {
  /** Working directory at start. */
  readonly workdir: string;
  /** Directories that compose or Kubernetes mount: files in them come and go, and may be links into them. */
  readonly mounts: readonly string[];
  /** `[2, 1]`; `undefined` when the release is not known. */
  readonly version: readonly [number, number] | undefined;
  /** Write paths inside the working directory relative to it: for tasks, which also run on developers' machines. */
  readonly relative: boolean;
}

export interface PermissionFlag {
  readonly permission: DenoPermission;
  /** Empty: the whole permission. */
  readonly values: readonly string[];
  readonly evidence: readonly Evidence[];
}

/** Order of the flags: the one of the documentation's examples. */
const ORDER: readonly DenoPermission[] = ['net', 'read', 'write', 'env', 'sys', 'run', 'ffi', 'import'];

/** More single paths below the working directory than this are said shorter by the directory. */
const MANY = 4;

/** Names that `--allow-sys` knows since Deno 1.25; later ones only in Deno 2. */
const OLD_SYS = new Set(['hostname', 'osRelease', 'osUptime', 'loadavg', 'networkInterfaces', 'systemMemoryInfo', 'uid', 'gid']);

export function permissionSet(accesses: readonly DenoAccess[], surroundings: Surroundings): readonly PermissionFlag[] {
  return ORDER.flatMap((permission) => {
    const asked = accesses.filter((access) => access.permission === permission);
    return asked.length === 0 ? [] : flagOf(permission, asked, surroundings);
  });
}

function flagOf(permission: DenoPermission, asked: readonly DenoAccess[], surroundings: Surroundings): readonly PermissionFlag[] {
  // Modules from the registries and CDNs that Deno trusts by default need no flag; others are unknown code.
  if (permission === 'import') {
    const other = asked.find(({ target }) => target.kind !== 'name' || !TRUSTED_HOSTS.has(target.name.replace(/:443$/, '')));
    const knows = surroundings.version === undefined || surroundings.version[0] >= 2;
    return other === undefined || !knows
      ? []
      : [{ permission, values: [], evidence: [{ text: `--allow-import: ${other.via}`, at: other.at }] }];
  }
  const values = new Map<string, DenoAccess>();
  for (const access of asked) {
    const value = valueOf(permission, access, surroundings);
    if (value === undefined) return [whole(permission, access)];
    if (!values.has(value)) values.set(value, access);
  }
  const isPath = permission === 'read' || permission === 'write' || permission === 'ffi';
  const kept = isPath ? mergePaths(permission, values, surroundings) : permission === 'net' ? mergeHosts(values) : values;
  const written = [...kept].map(([value, access]) => ({ value: isPath ? pathText(value, surroundings) : value, access }));
  if (!isPath && permission !== 'net') written.sort((a, b) => (a.value < b.value ? -1 : 1));
  return [
    {
      permission,
      values: written.map(({ value }) => value),
      evidence: written.map(({ value, access }) => ({ text: `--allow-${permission}=${value}: ${access.via}`, at: access.at })),
    },
  ];
}

function whole(permission: DenoPermission, { via, at }: DenoAccess): PermissionFlag {
  const why = /^(?:npm|jsr|https?):/.test(via)
    ? `${via} asks for names that no source scan sees`
    : `${via} asks for what is only known at run time`;
  return { permission, values: [], evidence: [{ text: `--allow-${permission}: ${why}`, at }] };
}

/** The value for the flag; `undefined` when only the whole permission covers the access. */
function valueOf(permission: DenoPermission, { target }: DenoAccess, { workdir, version }: Surroundings): string | undefined {
  if (target.kind === 'any') return undefined;
  if (target.kind === 'name') {
    const known = version !== undefined;
    // Wildcards and the later names of --allow-sys came with Deno 2.
    if (target.name.includes('*') && (!known || version[0] < 2 || (version[0] === 2 && version[1] < 1))) return undefined;
    if (permission === 'sys' && !OLD_SYS.has(target.name) && (!known || version[0] < 2)) return undefined;
    return target.name;
  }
  // Relative to a module: derivation.ts resolves what it can.
  return target.from === undefined ? absolutePath(target.path, workdir) : undefined;
}

function mergePaths(
  permission: DenoPermission,
  values: ReadonlyMap<string, DenoAccess>,
  { workdir, mounts }: Surroundings,
): ReadonlyMap<string, DenoAccess> {
  const widened = new Map<string, DenoAccess>();
  for (const [path, access] of values) {
    const mount = permission === 'ffi' ? undefined : mounts.find((one) => isInside(path, one));
    const value = mount ?? path;
    if (!widened.has(value)) widened.set(value, access);
  }
  const inside = [...widened.keys()].filter((path) => workdir !== '/' && isInside(path, workdir));
  const first = inside[0] === undefined ? undefined : widened.get(inside[0]);
  if (inside.length > MANY && first !== undefined) widened.set(workdir, first);
  return new Map([...widened].filter(([path]) => ![...widened.keys()].some((other) => other !== path && isInside(path, other))));
}

/** `host` covers `host:port`. */
function mergeHosts(values: ReadonlyMap<string, DenoAccess>): ReadonlyMap<string, DenoAccess> {
  return new Map(
    [...values].filter(([host]) => {
      const bare = host.replace(/:\d+$/, '');
      return bare === host || !values.has(bare);
    }),
  );
}

function pathText(path: string, { workdir, relative }: Surroundings): string {
  if (!relative || !isInside(path, workdir)) return path;
  return path === workdir ? '.' : `./${path.slice(workdir === '/' ? 1 : workdir.length + 1)}`;
}

/** Hosts that may be imported from without `--allow-import` (https://docs.deno.com/runtime/fundamentals/security/). */
const TRUSTED_HOSTS = new Set([
  'deno.land',
  'jsr.io',
  'esm.sh',
  'raw.esm.sh',
  'cdn.jsdelivr.net',
  'raw.githubusercontent.com',
  'gist.githubusercontent.com',
]);

/** The flags as words of a command line. */
export function flagWords(flags: readonly PermissionFlag[]): readonly string[] {
  return flags.map(({ permission, values }) =>
    values.length === 0 ? `--allow-${permission}` : `--allow-${permission}=${values.join(',')}`,
  );
}
