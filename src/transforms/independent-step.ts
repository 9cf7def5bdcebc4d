/** Which commands and instructions do not look at the sources: they may run before the sources are copied. */

import type { Dockerfile, Instruction } from '../dockerfile/dockerfile.ts';
import { absolutePath, isInside } from '../dockerfile/image-path.ts';
import { commandsOf, type ExpandedCommand } from './shell-argv.ts';

/** Programs that work on the system and not on the working directory. */
const SYSTEM = new Set(['apk', 'apt', 'apt-get', 'dnf', 'microdnf', 'yum', 'corepack', 'addgroup', 'adduser', 'groupadd', 'useradd', 'update-ca-certificates', 'true', ':', 'echo', 'set', 'locale-gen', 'dpkg-reconfigure']);
const PACKAGE_MANAGERS = new Set(['npm', 'yarn', 'pnpm', 'pip', 'pip3', 'poetry', 'bun']);

/** True when the command works the same with and without the sources. `sources` is the directory they land in. */
export function isIndependent({ argv, command }: ExpandedCommand, sources: string, workdir: string): boolean {
  const words = argv.map(({ text }) => text);
  if (words.length === 0) return false;
  if (words.some((word) => word === undefined) || command.redirects.some(({ target }) => target?.value === undefined || !target.value.startsWith('/dev/'))) return false;
  const [program = '', ...rest] = words.map((word) => word ?? '');
  const touches = rest.some((word) => !word.startsWith('-') && /^[./]|\//.test(word) && isInside(absolutePath(word, workdir), sources));
  if (touches) return false;
  if (SYSTEM.has(program)) return true;
  // Absolute paths outside of the sources only.
  if (program === 'rm' || program === 'mkdir') return rest.every((word) => word.startsWith('-') || word.startsWith('/'));
  if (PACKAGE_MANAGERS.has(program)) return isHousekeeping(program, rest);
  if (/^python[\d.]*$/.test(program) && rest[0] === '-m' && rest[1] === 'pip') return isHousekeeping('pip', rest.slice(2));
  return false;
}

function isHousekeeping(program: string, args: readonly string[]): boolean {
  const plain = args.filter((arg) => !arg.startsWith('-'));
  const [verb = '', ...names] = plain;
  switch (program) {
    case 'npm':
    case 'pnpm':
    case 'yarn':
    case 'bun':
      if (verb === 'cache' || verb === 'config' || (verb === 'store' && names[0] === 'prune')) return true;
      if (program === 'yarn' && verb === 'global' && names[0] === 'add') return names.slice(1).every(isPackageName);
      return ['install', 'i', 'add'].includes(verb) && args.some((arg) => arg === '-g' || arg === '--global') && names.length > 0 && names.every(isPackageName);
    case 'poetry':
      return verb === 'config' || (verb === 'self' && names[0] === 'add') || verb === 'cache';
    default:
      if (verb === 'cache' || verb === 'config') return true;
      return verb === 'install' && names.length > 0 && names.every(isPackageName) && !args.some((arg) => /^(-r|-e|-c|--requirement|--editable|--constraint)/.test(arg));
  }
}

function isPackageName(text: string): boolean {
  return /^@?[\w][\w.-]*(\/[\w.-]+)?(\[[\w,]+\])?([@=<>!~].*)?$/.test(text) && text !== '.';
}

/** The first instruction between two that would notice when the sources came later; `undefined` when none does. */
export function firstDependent(dockerfile: Dockerfile, copy: Instruction, step: Instruction, sources: string, workdirAt: (instruction: Instruction) => string): Instruction | undefined {
  const relative = !/^\//.test(copy.words.at(-1)?.value ?? '');
  const variable = /\$/.test(copy.args.text);
  for (const instruction of dockerfile.instructions.slice(copy.index + 1, step.index)) {
    switch (instruction.keyword) {
      case 'LABEL':
      case 'EXPOSE':
      case 'STOPSIGNAL':
      case 'MAINTAINER':
      case 'CMD':
      case 'ENTRYPOINT':
      case 'HEALTHCHECK':
      case 'USER':
        continue;
      case 'ENV':
      case 'ARG':
        if (variable) return instruction;
        continue;
      case 'WORKDIR':
        if (relative) return instruction;
        continue;
      case 'COPY':
      case 'ADD': {
        const target = absolutePath(instruction.words.at(-1)?.value ?? '', workdirAt(instruction));
        if (isInside(target, sources) || isInside(sources, target)) return instruction;
        continue;
      }
      case 'RUN': {
        const commands = commandsOf(dockerfile, instruction);
        const workdir = workdirAt(instruction);
        if (commands === undefined || commands.length === 0 || !commands.every((command) => isIndependent(command, sources, workdir))) return instruction;
        continue;
      }
      default:
        return instruction;
    }
  }
  return undefined;
}
