/** Deno gets the permissions that the program uses instead of all of them. */

import type { Instruction } from '../../dockerfile/dockerfile.ts';
import { absolutePath } from '../../dockerfile/image-path.ts';
import type { Edit } from '../../repository/edit.ts';
import type { Location } from '../../repository/location.ts';
import { dirname, type RepoPath } from '../../repository/path.ts';
import { buildContext, type BuildContext } from '../build-context.ts';
import { comment } from '../comment.ts';
import { insertAbove } from '../instruction-block.ts';
import { createJournal, verdictOf, type Journal } from '../journal.ts';
import { stagesOfProducts } from '../product-stages.ts';
import type { Refusal } from '../refusal.ts';
import { environmentAt } from '../step-environment.ts';
import type { Subject, Transform, Verdict } from '../transform.ts';
import { parseDenoArguments, type DenoArguments } from '../deno-argv.ts';
import { derive, type Program } from './derivation.ts';
import { grantEdit } from './grant.ts';
import { shellInvocations, type Invocation } from './invocation.ts';
import { openLocks, unfrozenFetch } from './lock-check.ts';
import { overridesOf, yamlGrant, type Override } from './overrides.ts';
import { flagWords } from './permission-set.ts';
import { startCommands } from './start-commands.ts';
import { otherTasks, taskInvocations } from './task-invocation.ts';

export const denoPermissions: Transform = {
  id: 'deno-permissions',
  version: 1,
  title: 'Grant Deno only the permissions that the program uses',
  why: 'Deno runs without access to files, network and environment unless it is granted; `--allow-all` gives that protection away. The flags are derived from the module graph of the entry point, from what compose mounts, and from a recorded audit log where one is given. Each flag names the line that needs it. What is only known at run time widens that one flag, never all of them.',
  silent: [
    'deno starts without `-A` or `--allow-all`: the flags that are there are kept',
    'a dependency is not known, a module is imported by a computed name, or `Deno` is handed on as a value: record a run and pass `--deno-audit`',
    'the program drives a browser',
    'the script does not come from the build context',
    'the container is for development (`--watch`)',
    '`-A` behind the script is an argument of the program and stays',
  ],
  defaultState: 'on',
  apply,
};

/** One start of deno with what is needed to derive its flags. */
interface Start {
  readonly invocation: Invocation;
  readonly parsed: DenoArguments;
  readonly program: Program;
}

interface Run {
  readonly subject: Subject;
  readonly journal: Journal;
  readonly edits: Edit[];
  /** Instructions that change. */
  readonly changed: Set<Instruction>;
  /** Tasks that change, as `path:line`. */
  readonly tasks: Set<string>;
  /** A start that is already limited: evidence for `already`. */
  limited: Location | undefined;
  readonly done: Set<string>;
}

function apply(subject: Subject): Verdict {
  const { dockerfile, service, products } = subject;
  if (!/\bdeno\b/i.test(dockerfile.text)) return { kind: 'not-applicable', because: 'Deno does not occur' };
  const run: Run = {
    subject,
    journal: createJournal(),
    edits: [],
    changed: new Set(),
    tasks: new Set(),
    limited: undefined,
    done: new Set(),
  };
  const context = buildContext(subject);
  for (const stage of products) startsOfStage(run, context, stage);
  compiled(run, context);
  run.journal.refusals.push(...openLocks(dockerfile, stagesOfProducts(dockerfile, products)));
  if (run.edits.length > 0 && service.twinOf !== undefined) {
    return {
      kind: 'refused',
      refusals: [
        {
          code: 'unreferenced-twin',
          at: { path: dockerfile.path, line: 1 },
          reason: `nothing references this file, while ${service.twinOf} is in use`,
          unblock: 'Delete it, or reference it.',
        },
      ],
    };
  }
  if (run.edits.length > 0) {
    addComment(run);
    addChecks(run, context);
  }
  const { limited } = run;
  return verdictOf(
    run.edits,
    run.journal,
    limited === undefined
      ? { kind: 'not-applicable', because: 'no command starts deno' }
      : { kind: 'already', evidence: limited, because: 'deno runs without --allow-all' },
  );
}

function startsOfStage(run: Run, context: BuildContext | undefined, stage: number): void {
  const { subject, journal } = run;
  const { dockerfile, images } = subject;
  const { base, workdir } = subject.contract(stage);
  const found = startCommands(dockerfile, stage, base === undefined ? undefined : images.facts(base));
  if (found.kind === 'unparsable') {
    if (/(?:^|\s|")(?:-A|--allow-all)\b/.test(found.instruction.args.text))
      journal.refusals.push({
        code: 'shell-unparsable',
        at: found.instruction.at,
        reason: `\`${found.instruction.args.text.trim()}\` cannot be parsed with certainty`,
      });
    return;
  }
  const overrides = overridesOf(subject.service, found.implicit);
  for (const { invocation } of found.commands) {
    const continues = invocation.words.some(
      ({ instruction }) => instruction !== undefined && found.entrypoint.some((word) => word.instruction === instruction),
    );
    grant(
      run,
      context,
      invocation,
      { stage, workdir, startDirectory: workdir, compiled: false, relative: false },
      continues ? overrides : [],
      0,
    );
  }
  for (const override of overrides) if (override.startsDeno) grantOverride(run, context, override, stage, workdir);
}

type Place = Pick<Program, 'stage' | 'workdir' | 'startDirectory' | 'compiled' | 'relative'>;

function grant(
  run: Run,
  context: BuildContext | undefined,
  invocation: Invocation,
  place: Place,
  overrides: readonly Override[],
  depth: number,
): void {
  const { subject, journal } = run;
  const parsed = parseDenoArguments(invocation.words.map(({ text }) => text));
  const key = `${invocation.words[0]?.path}:${invocation.words[0]?.span.start}`;
  if (parsed.subcommand === 'other' || run.done.has(key)) return;
  const script = parsed.script === undefined ? undefined : invocation.words[parsed.script]?.text;
  const { directory } = invocation;
  if (directory === false && parsed.grantsAll.length > 0)
    return void journal.refusals.push({
      code: 'unknown-layout',
      at: invocation.at,
      reason: `in which directory \`${invocation.text}\` runs cannot be told`,
      unblock: 'Set it with WORKDIR.',
    });
  if (typeof directory === 'string')
    return grant(
      run,
      context,
      withoutMove(invocation),
      { ...place, workdir: absolutePath(directory, place.workdir), startDirectory: absolutePath(directory, place.startDirectory) },
      overrides,
      depth,
    );
  run.done.add(key);
  if (parsed.subcommand === 'task') {
    if (script === undefined || context === undefined || depth > 4) return;
    const task = taskInvocations(subject, context, place.stage, place.workdir, script, invocation);
    if (task.kind === 'refused') journal.refusals.push(task.refusal);
    if (task.kind === 'found')
      for (const inner of task.invocations)
        grant(run, context, inner, { ...place, workdir: task.workdir, startDirectory: task.workdir, relative: true }, [], depth + 1);
    return;
  }
  const problem = unfit(
    invocation.words.map(({ text }) => text),
    invocation.text,
    invocation.at,
    parsed,
  );
  if (parsed.grantsAll.length === 0) {
    if (!parsed.unclear) run.limited ??= invocation.at;
    return;
  }
  if (problem !== undefined) return void journal.refusals.push(problem);
  if (context === undefined)
    return void journal.refusals.push({
      code: 'unknown-context',
      at: invocation.at,
      reason: 'the build context is not known: the sources behind the script cannot be found',
    });
  const start: Start = { invocation, parsed, program: { ...place, arguments: parsed, script, at: invocation.at } };
  const programs = [...(script === undefined ? [] : [start.program]), ...continued(start, overrides)];
  const derived = derive(subject, context, programs.length === 0 ? [start.program] : programs);
  if (derived.kind === 'refused') return void journal.refusals.push(derived.refusal);
  const edit = grantEdit(subject.dockerfile, invocation, parsed, derived.flags);
  if (edit === undefined)
    return void journal.refusals.push({
      code: 'shell-unparsable',
      at: invocation.at,
      reason: `the flags cannot be written into \`${invocation.text}\``,
    });
  run.edits.push(edit);
  const instruction = invocation.words[parsed.grantsAll[0] ?? 0]?.instruction;
  if (instruction !== undefined) note(run, instruction);
  else run.tasks.add(`${invocation.at.path}:${invocation.at.line}`);
  journal.because.push({
    text: `\`${invocation.text}\` gets ${flagWords(derived.flags).length === 0 ? 'no permission: it asks for none' : 'the permissions that its modules ask for'}`,
    at: invocation.at,
  });
  journal.because.push(...derived.flags.flatMap(({ evidence }) => evidence));
}

function withoutMove({ words, text, at }: Invocation): Invocation {
  return { words, text, at };
}

/** What makes a command line with `-A` unfit for a rewrite, whatever the program does. */
function unfit(words: readonly (string | undefined)[], text: string, at: Location, parsed: DenoArguments): Refusal | undefined {
  if (parsed.watches) return { code: 'development-image', at, reason: `\`${text}\` watches files: this is a development container` };
  if (parsed.unclear) return { code: 'unresolved-variable', at, reason: `\`${text}\`: which words are options is only known at run time` };
  const options = words.slice(0, parsed.script ?? words.length).map((word) => word ?? '');
  const other = options.find(
    (word, index) =>
      !parsed.grantsAll.includes(index) &&
      /^(?:--(?:allow|deny|ignore)-(?:read|write|net|env|run|sys|ffi|import)|-[RWNESI]+(?:=|$)|-P$|--permission-set)/.test(word),
  );
  if (other !== undefined)
    return {
      code: 'dynamic-permission',
      at,
      reason: `\`${other}\` stands beside --allow-all: which of them is meant cannot be told`,
      unblock: 'Keep one of them.',
    };
  return undefined;
}

/** Programs that other files start through the ENTRYPOINT's flags: their accesses count as well. */
function continued({ invocation, parsed, program }: Start, overrides: readonly Override[]): readonly Program[] {
  const own = parsed.script ?? invocation.words.length;
  return overrides.flatMap(({ dependent, words, startsDeno, workdir }): readonly Program[] => {
    if (startsDeno || dependent.kind === 'entrypoint' || dependent.kind === 'probe' || words.length === 0) return [];
    // The words take the place of CMD: the script may be one of them.
    const fixed = invocation.words.slice(0, own).map(({ text }) => text);
    const all = parseDenoArguments([...fixed, ...words]);
    const script = all.script === undefined ? undefined : [...fixed, ...words][all.script];
    return [
      { ...program, script, at: dependent.at, workdir: workdir ?? program.workdir, startDirectory: workdir ?? program.startDirectory },
    ];
  });
}

/** A compose file or manifest that states `-A` itself changes with the image, or is named. */
function grantOverride(run: Run, context: BuildContext | undefined, override: Override, stage: number, workdir: string): void {
  const { subject, journal } = run;
  const { dependent, words, parsed } = override;
  if (parsed.grantsAll.length === 0 || parsed.subcommand === 'other' || parsed.subcommand === 'task' || parsed.watches) return;
  const text = `deno ${words.join(' ')}`;
  const script = parsed.script === undefined ? undefined : words[parsed.script];
  const directory = override.workdir ?? workdir;
  const refuse = (reason: string): void =>
    void journal.refusals.push({
      code: 'dependent-command',
      at: dependent.at,
      reason,
      unblock: 'Replace it by the flags of the Dockerfile, or remove the override.',
    });
  if (context === undefined) return refuse(`${dependent.by} starts \`${text}\` itself`);
  const derived = derive(subject, context, [
    { arguments: parsed, script, at: dependent.at, stage, workdir: directory, startDirectory: directory, compiled: false, relative: false },
  ]);
  if (derived.kind === 'refused') return refuse(`${dependent.by} starts \`${text}\` itself, and ${derived.refusal.reason}`);
  const edit = yamlGrant(subject.files, override, [...flagWords(derived.flags), ...(parsed.noPrompt ? [] : ['--no-prompt'])]);
  if (edit === undefined || unfit(words, text, dependent.at, parsed) !== undefined)
    return refuse(`${dependent.by} starts \`${text}\` itself`);
  run.edits.push(edit);
  journal.because.push(
    { text: `${dependent.by} starts \`${text}\` itself: it gets the same treatment`, at: dependent.at },
    ...derived.flags.flatMap(({ evidence }) => evidence),
  );
}

/** `deno compile -A`: the flags are baked into the binary. */
function compiled(run: Run, context: BuildContext | undefined): void {
  const { subject } = run;
  const { dockerfile, images, products } = subject;
  const stages = stagesOfProducts(dockerfile, products);
  for (const instruction of dockerfile.instructions) {
    if (instruction.keyword !== 'RUN' || !stages.has(instruction.stage) || !/\b(?:compile|task)\b/.test(instruction.args.text)) continue;
    for (const invocation of shellInvocations(dockerfile, instruction) ?? []) {
      const { subcommand, script } = parseDenoArguments(invocation.words.map(({ text }) => text));
      const { workdir } = environmentAt(dockerfile, instruction, images);
      const place: Place = {
        stage: instruction.stage,
        workdir,
        startDirectory: subject.contract(products[0]).workdir,
        compiled: true,
        relative: false,
      };
      if (subcommand === 'compile') grant(run, context, invocation, place, [], 0);
      const task =
        subcommand === 'task' && script !== undefined && context !== undefined
          ? taskInvocations(subject, context, instruction.stage, workdir, invocation.words[script]?.text ?? '', invocation)
          : undefined;
      // Other tasks of a build (tests, code generation) end with the build: what they may do is not shipped.
      for (const inner of task?.kind === 'found' ? task.invocations : []) {
        if (parseDenoArguments(inner.words.map(({ text }) => text)).subcommand === 'compile')
          grant(run, context, inner, { ...place, workdir: absolutePath('.', workdir) }, [], 0);
      }
    }
  }
}

function note({ changed, journal }: Run, instruction: Instruction): void {
  if (changed.has(instruction)) return;
  changed.add(instruction);
  if (instruction.keyword === 'RUN') return;
  const field = instruction.keyword === 'ENTRYPOINT' ? 'entrypoint' : instruction.keyword === 'CMD' ? 'cmd' : 'healthcheck';
  journal.declares.push({ field, because: 'deno is granted only the permissions that the program uses' });
}

/** One comment: above the command that starts the program, where several instructions change. */
function addComment({ subject, edits, changed }: Run): void {
  const text = comment(subject.settings, 'deno-permissions');
  const [first] = [...changed].sort((a, b) => Number(a.keyword === 'HEALTHCHECK') - Number(b.keyword === 'HEALTHCHECK'));
  if (text !== undefined && first !== undefined) edits.push(insertAbove(subject.dockerfile, first, [text]));
}

function addChecks(run: Run, context: BuildContext | undefined): void {
  const { subject, journal } = run;
  const recorded = subject.settings.denoAudit !== undefined;
  journal.checks.push({
    text: recorded
      ? 'The flags rest on a recording as well: make sure that it is of this service and covered start-up, the main requests and scheduled work. Programs that deno starts are never recorded.'
      : 'Start the service and go through its main requests once: a denied access fails with NotCapable (PermissionDenied in Deno 1) and names the flag.',
  });
  if (journal.because.some(({ text }) => text.startsWith('--allow-net=') && /: fetch$/.test(text)))
    journal.checks.push({
      text: 'Requests that are redirected to another host are denied: check that the hosts in --allow-net answer without redirects.',
    });
  if (journal.because.some(({ text }) => /^--allow-(?:run|ffi): /.test(text)))
    journal.checks.push({
      text: 'A bare --allow-run or --allow-ffi leaves the sandbox: name the programs or libraries where they are known.',
    });
  const fetch =
    context?.file('deno.lock') === undefined
      ? undefined
      : unfrozenFetch(subject.dockerfile, stagesOfProducts(subject.dockerfile, subject.products));
  if (fetch !== undefined)
    journal.checks.push({
      text: `\`${fetch.text}\` extends deno.lock silently: add --frozen, so that an unlocked dependency stops the build.`,
      at: fetch.at,
    });
  const directories = new Set<RepoPath>(
    journal.because.flatMap(({ at }) => (at === undefined || at.path === subject.dockerfile.path ? [] : [dirname(at.path)])),
  );
  for (const dir of directories) {
    for (const { name, at } of otherTasks(subject, dir, run.tasks))
      journal.checks.push({ text: `The task \`${name}\` still grants everything: the image does not use it.`, at });
  }
}
