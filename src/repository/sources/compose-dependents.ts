/** How a compose service relies on its image: probes, commands, user, mounts, ports, environment. */

import type { RepoPath } from '../path.ts';
import type { CommandText, Dependent, Mount } from '../service.ts';
import { entries, get, items, scalar, type YamlDocument } from '../yaml-read.ts';
import { exec, interpolate, splitWords } from './text.ts';

/** `Omit` that keeps the members of a union apart. */
type WithoutOrigin<T> = T extends unknown ? Omit<T, 'source' | 'at' | 'by'> : never;

export function composeDependents({ name, node, source }: { readonly name: string; readonly node: unknown; readonly source: YamlDocument }, file: RepoPath): readonly Dependent[] {
  const found: Dependent[] = [];
  const add = (place: unknown, dependent: WithoutOrigin<Dependent>): void => void found.push({ source: 'compose', at: source.at(place), by: name, ...dependent } as Dependent);
  const field = (...path: readonly string[]): unknown => get(source, node, ...path);
  const keyOf = (key: string): unknown => entries(source, node).find((entry) => entry.key === key)?.keyNode;

  probe(field('healthcheck'));
  for (const key of ['command', 'entrypoint'] as const) {
    const value = field(key);
    const command = commandOf(value);
    if (command) add(keyOf(key), { kind: key, command });
  }
  const user = interpolate(scalar(field('user')));
  if (user !== undefined) add(keyOf('user'), { kind: 'user', user });
  const groups = items(source, field('group_add')).flatMap((item) => scalar(item) ?? []);
  if (groups.length > 0) add(keyOf('group_add'), { kind: 'group-add', groups });
  const workdir = interpolate(scalar(field('working_dir')));
  if (workdir !== undefined) add(keyOf('working_dir'), { kind: 'workdir', workdir });
  for (const item of items(source, field('volumes'))) {
    const mount = mountOf(item);
    if (mount) add(item, { kind: 'mount', mount });
  }
  for (const item of listOrOne(field('tmpfs'))) add(item, { kind: 'mount', mount: { target: (scalar(item) ?? '').replace(/:.*/, ''), type: 'tmpfs', readOnly: false } });
  for (const type of ['secrets', 'configs'] as const) {
    for (const item of items(source, field(type))) {
      const from = scalar(item) ?? scalar(get(source, item, 'source')) ?? '';
      const target = scalar(get(source, item, 'target')) ?? from;
      const path = target.startsWith('/') ? target : type === 'secrets' ? `/run/secrets/${target}` : `/${target}`;
      add(item, { kind: 'mount', mount: { target: path, type: type === 'secrets' ? 'secret' : 'config', source: from, readOnly: true } });
    }
  }
  for (const item of items(source, field('devices'))) {
    const [from = '', target = from] = (scalar(item) ?? scalar(get(source, item, 'source')) ?? '').split(':');
    add(item, { kind: 'mount', mount: { target, type: 'device', source: from, readOnly: false } });
  }
  for (const item of [...items(source, field('ports')), ...items(source, field('expose'))]) {
    const port = portOf(item);
    if (port) add(item, { kind: 'port', ...port });
  }
  const environment = field('environment');
  for (const { key, keyNode, value } of entries(source, environment)) add(keyNode, { kind: 'environment', name: key, ...valueOf(interpolate(scalar(value))) });
  for (const item of items(source, environment)) {
    const text = scalar(item) ?? '';
    const equals = text.indexOf('=');
    add(item, { kind: 'environment', name: equals < 0 ? text : text.slice(0, equals), ...valueOf(equals < 0 ? undefined : interpolate(text.slice(equals + 1))) });
  }
  const privileged = scalar(field('privileged')) === 'true';
  const capAdd = items(source, field('cap_add')).flatMap((item) => scalar(item) ?? []);
  const readOnly = scalar(field('read_only')) === 'true';
  if (privileged || capAdd.length > 0 || readOnly) {
    add(keyOf(privileged ? 'privileged' : capAdd.length > 0 ? 'cap_add' : 'read_only'), { kind: 'security', ...(privileged ? { privileged } : {}), ...(capAdd.length > 0 ? { capAdd } : {}), ...(readOnly ? { readOnlyRootFilesystem: true } : {}) });
  }
  if (field('develop') !== undefined) add(keyOf('develop'), { kind: 'development' });
  else if (items(source, field('profiles')).some((item) => /^(?:dev|development|debug)$/.test(scalar(item) ?? ''))) add(keyOf('profiles'), { kind: 'development' });
  else if (/(?:^|[._-])(?:dev|development)(?:[._-]|$)/.test(file.slice(file.lastIndexOf('/') + 1)) && found.some((one) => one.kind === 'mount' && one.mount.type === 'bind' && !one.mount.readOnly)) add(node, { kind: 'development' });
  return found;

  function probe(healthcheck: unknown): void {
    if (healthcheck === undefined) return;
    const place = entries(source, healthcheck).find(({ key }) => key === 'test')?.keyNode ?? keyOf('healthcheck');
    if (scalar(get(source, healthcheck, 'disable')) === 'true') return add(place, { kind: 'probe', probe: { kind: 'none' }, purpose: 'healthcheck' });
    const test = get(source, healthcheck, 'test');
    const words = items(source, test).map((item) => scalar(item) ?? '');
    const text = scalar(test);
    if (text !== undefined) add(place, { kind: 'probe', probe: { kind: 'command', command: { form: 'shell', text } }, purpose: 'healthcheck' });
    else if (words[0] === 'NONE') add(place, { kind: 'probe', probe: { kind: 'none' }, purpose: 'healthcheck' });
    else if (words[0] === 'CMD-SHELL') add(place, { kind: 'probe', probe: { kind: 'command', command: { form: 'shell', text: words.slice(1).join(' ') } }, purpose: 'healthcheck' });
    else if (words[0] === 'CMD') add(place, { kind: 'probe', probe: { kind: 'command', command: exec(words.slice(1)) }, purpose: 'healthcheck' });
  }

  function listOrOne(value: unknown): readonly unknown[] {
    return scalar(value) === undefined ? items(source, value) : [value];
  }

  /** Compose splits a string into words itself: no shell runs it. */
  function commandOf(value: unknown): CommandText | undefined {
    const text = scalar(value);
    if (text !== undefined) return exec(splitWords(text));
    const words = items(source, value).map((item) => scalar(item) ?? '');
    return words.length === 0 ? undefined : exec(words);
  }

  function mountOf(item: unknown): Mount | undefined {
    const text = interpolate(scalar(item));
    if (text !== undefined) {
      const parts = text.split(':');
      const mode = parts.length > 1 && /^(?:ro|rw|z|Z|cached|delegated|consistent|nocopy)(?:,\w+)*$/.test(parts.at(-1) ?? '') ? parts.pop() : undefined;
      const target = parts.at(-1) ?? '';
      const from = parts.length > 1 ? parts.slice(0, -1).join(':') : undefined;
      const readOnly = mode?.split(',').includes('ro') ?? false;
      if (from === undefined) return { target, type: 'anonymous', readOnly };
      return { target, type: /^[./~$]/.test(from) ? 'bind' : 'named', source: from, readOnly };
    }
    const target = interpolate(scalar(get(source, item, 'target')));
    if (target === undefined) return undefined;
    const from = interpolate(scalar(get(source, item, 'source')));
    const kind = scalar(get(source, item, 'type')) ?? 'volume';
    const type = kind === 'bind' || kind === 'tmpfs' ? kind : from === undefined ? 'anonymous' : 'named';
    return { target, type, ...(from === undefined ? {} : { source: from }), readOnly: scalar(get(source, item, 'read_only')) === 'true' };
  }

  function portOf(item: unknown): { readonly container: number; readonly host?: number } | undefined {
    const text = interpolate(scalar(item)) ?? [scalar(get(source, item, 'published')), scalar(get(source, item, 'target'))].filter(Boolean).join(':');
    const parts = text.replace(/\/\w+$/, '').split(':');
    const container = Number.parseInt(parts.at(-1) ?? '', 10);
    const host = Number.parseInt(parts.at(-2) ?? '', 10);
    return Number.isNaN(container) ? undefined : { container, ...(Number.isNaN(host) ? {} : { host }) };
  }
}

function valueOf(value: string | undefined): { readonly value?: string } {
  return value === undefined ? {} : { value };
}
