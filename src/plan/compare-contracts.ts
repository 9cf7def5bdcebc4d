/** Differences between two runtime contracts, in a form that declarations can be matched against. Knows no transform. */

import type { Command, CopiedFile, Healthcheck, RuntimeContract } from '../dockerfile/contract.ts';
import type { ContractChange } from '../transforms/transform.ts';

export interface ContractDifference {
  readonly field: keyof RuntimeContract;
  /** Environment name, label, port, volume, package or file target; absent for whole fields. */
  readonly key?: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Every observable difference. Order of list-like fields does not count; positions in the file never do. */
export function compareContracts(before: RuntimeContract, after: RuntimeContract): readonly ContractDifference[] {
  return [
    ...whole('base', before.base, after.base),
    ...whole('entrypoint', commandText(before.entrypoint), commandText(after.entrypoint)),
    ...whole('cmd', commandText(before.cmd), commandText(after.cmd)),
    ...whole('user', before.user, after.user),
    ...whole('workdir', before.workdir, after.workdir),
    ...keyed('env', before.env, after.env),
    ...keyed('ports', setOf(before.ports), setOf(after.ports)),
    ...keyed('volumes', setOf(before.volumes), setOf(after.volumes)),
    ...keyed('labels', before.labels, after.labels),
    ...whole('healthcheck', healthcheckText(before.healthcheck), healthcheckText(after.healthcheck)),
    ...whole('stopSignal', before.stopSignal, after.stopSignal),
    ...whole('shell', JSON.stringify(before.shell), JSON.stringify(after.shell)),
    ...keyed('files', filesByTarget(before.files), filesByTarget(after.files)),
    ...keyed(
      'packages',
      setOf(before.packages.map(({ manager, name }) => `${manager}:${name}`)),
      setOf(after.packages.map(({ manager, name }) => `${manager}:${name}`)),
    ),
    ...whole('onbuild', JSON.stringify(before.onbuild), JSON.stringify(after.onbuild)),
    ...whole('platform', JSON.stringify(before.platform), JSON.stringify(after.platform)),
  ];
}

/** The differences that no declaration covers. A declaration without `key` covers the whole field. */
export function undeclared(differences: readonly ContractDifference[], declared: readonly ContractChange[]): readonly ContractDifference[] {
  return differences.filter(
    ({ field, key }) => !declared.some((change) => change.field === field && (change.key === undefined || change.key === key)),
  );
}

export function describeDifference({ field, key, before, after }: ContractDifference): string {
  const name = key === undefined ? field : `${field} ${key}`;
  return `${name}: ${before ?? '(none)'} -> ${after ?? '(none)'}`;
}

export function commandText(command: Command | undefined): string | undefined {
  if (command === undefined) return undefined;
  return command.form === 'exec' ? JSON.stringify(command.argv) : command.text;
}

function healthcheckText(healthcheck: Healthcheck | undefined): string | undefined {
  if (healthcheck === undefined) return undefined;
  if (healthcheck.command === 'none') return 'NONE';
  const options = Object.entries(healthcheck.options)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  return [...options, commandText(healthcheck.command)].join(' ');
}

/** Where a file comes from is a matter of the build; whether it is there, who owns it and its mode are observable. */
function filesByTarget(files: readonly CopiedFile[]): Readonly<Record<string, string>> {
  const targets: Record<string, string> = {};
  for (const { target, owner, mode, origin } of files) {
    const text = [origin.kind === 'image' ? `from ${origin.image}` : '', owner ? `owner ${owner}` : '', mode ? `mode ${mode}` : '']
      .filter(Boolean)
      .join(', ');
    const known = targets[target];
    targets[target] = known === undefined ? text : `${known}; ${text}`;
  }
  return targets;
}

function setOf(values: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(values.map((value) => [value, 'present']));
}

function whole(field: keyof RuntimeContract, before: string | undefined, after: string | undefined): ContractDifference[] {
  return before === after ? [] : [{ field, before, after }];
}

function keyed(
  field: keyof RuntimeContract,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): ContractDifference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.filter((key) => before[key] !== after[key]).map((key) => ({ field, key, before: before[key], after: after[key] }));
}
