/** What a service's surroundings say about how its image is started: ports, probes, mounts, user, environment. */

import type { Dependent, Service } from '../repository/service.ts';
import type { InsideProbe } from './observe.ts';

export interface Expectations {
  readonly ports: readonly number[];
  readonly paths: readonly string[];
  readonly probes: readonly InsideProbe[];
  readonly user: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly tmpfs: readonly string[];
  readonly entrypoint: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  /** What the surroundings ask for and a lone container cannot have. */
  readonly notes: readonly string[];
}

/** The path of a URL of the container's own, as `curl` and `wget` probes name it. */
const URL_PATH = /https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::\d+)?(\/[\w./-]*)/g;

/** What says how a container is started or asked; the rest concerns builds and tools. */
const STARTS: ReadonlySet<Dependent['kind']> = new Set(['command', 'entrypoint', 'user', 'mount', 'environment', 'port', 'probe']);

/**
 * Reads the dependents of a service. Probes are kept from all of them; how the container is started (user, command, mounts,
 * environment) from one: the first that says anything, since a compose file and a manifest describe two deployments.
 */
export function expectationsOf(service: Service): Expectations {
  const deployment = service.dependents.find(
    ({ kind, source }) => STARTS.has(kind) && (source === 'compose' || source === 'kubernetes' || source === 'helm'),
  );
  const own = service.dependents.filter(({ by, at }) => deployment !== undefined && by === deployment.by && at.path === deployment.at.path);
  const notes: string[] = [];
  const ports = new Set<number>();
  const paths = new Set<string>();
  const probes: InsideProbe[] = [];
  const keys = new Map<string, number>();
  for (const dependent of service.dependents) {
    if (dependent.kind === 'port') ports.add(dependent.container);
    if (dependent.kind !== 'probe') continue;
    const at = `${dependent.at.path}:${dependent.at.line}`;
    const { probe } = dependent;
    if (probe.kind === 'http' && probe.path !== undefined) paths.add(probe.path);
    if (probe.kind === 'command') {
      const argv = probe.command.form === 'exec' ? probe.command.argv : ['/bin/sh', '-c', probe.command.text];
      const place = `${dependent.at.path} ${dependent.by} ${dependent.purpose}`;
      const count = (keys.get(place) ?? 0) + 1;
      keys.set(place, count);
      probes.push({ key: `${place} ${count}`, at, argv });
      for (const [, path] of argv.join(' ').matchAll(URL_PATH)) if (path !== undefined) paths.add(path);
    }
  }
  const pick = <K extends Dependent['kind']>(kind: K): readonly Extract<Dependent, { readonly kind: K }>[] =>
    own.filter((dependent): dependent is Extract<Dependent, { readonly kind: K }> => dependent.kind === kind);
  const volumes: string[] = [];
  const tmpfs: string[] = [];
  for (const { mount, at } of pick('mount')) {
    if (mount.type === 'named' || mount.type === 'anonymous') volumes.push(mount.target);
    else if (mount.type === 'tmpfs') tmpfs.push(mount.target);
    else notes.push(`${at.path}:${at.line}: the ${mount.type} mount at ${mount.target} is not there in this test`);
  }
  const argv = (kind: 'command' | 'entrypoint'): readonly string[] | undefined => {
    const [said] = pick(kind);
    if (said === undefined) return undefined;
    if (said.command.form === 'exec') return said.command.argv;
    // Compose splits a string into words and runs no shell.
    return /["'\\$`]/.test(said.command.text) ? undefined : said.command.text.trim().split(/\s+/);
  };
  const env: Record<string, string> = {};
  for (const { name, value } of pick('environment')) {
    if (value !== undefined && !value.includes('${')) env[name] = value;
  }
  return {
    ports: [...ports].sort((a, b) => a - b),
    paths: [...paths].sort(),
    probes,
    user: pick('user')[0]?.user,
    env,
    volumes,
    tmpfs,
    entrypoint: argv('entrypoint'),
    command: argv('command'),
    notes,
  };
}
