/** The `go build` lines of a Makefile that a target reaches, with their link flags as far as variables tell. */

export interface MakeGoLine {
  readonly line: number;
  /** `undefined` when the line has no `-ldflags`. */
  readonly ldflags: string | undefined;
}

interface Rule {
  readonly prerequisites: readonly string[];
  readonly recipe: { readonly text: string; readonly line: number }[];
}

const MAX_EXPANSIONS = 200;

/** Lines of the recipes of `targets` (the first target without any) and of their prerequisites. */
export function goLines(text: string, targets: readonly string[]): readonly MakeGoLine[] {
  const { rules, variables, first } = readMakefile(text);
  const wanted = new Set(targets.length > 0 ? targets : first === undefined ? [] : [first]);
  const found: MakeGoLine[] = [];
  for (const target of wanted) {
    const rule = rules.get(target);
    for (const name of rule?.prerequisites ?? []) wanted.add(name);
    for (const { text: line, line: number } of rule?.recipe ?? []) {
      const expanded = expandMake(line, variables);
      const build = /(?:^|[\s@;&(|=/])go\s+(?:build|install)\b(?!\s+\S*@)([^\n]*)/.exec(expanded);
      if (build === null) continue;
      found.push({ line: number, ldflags: ldflagsOf(build[1] ?? '') });
    }
  }
  return found;
}

function ldflagsOf(command: string): string | undefined {
  const value = /--?ldflags[= ]\s*("(?:[^"\\]|\\.)*"|'[^']*'|\S+)/.exec(command)?.[1];
  return value?.startsWith('"') === true ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value?.replace(/^'([^]*)'$/, '$1');
}

function readMakefile(text: string): {
  readonly rules: ReadonlyMap<string, Rule>;
  readonly variables: ReadonlyMap<string, string>;
  readonly first: string | undefined;
} {
  const rules = new Map<string, Rule>();
  const variables = new Map<string, string>();
  let first: string | undefined;
  let current: readonly Rule[] = [];
  for (const { text: line, line: number } of logicalLines(text)) {
    if (line.startsWith('\t')) {
      for (const { recipe } of current) recipe.push({ text: line.trim(), line: number });
      continue;
    }
    const assignment = /^\s*(?:export\s+|override\s+)?([\w.-]+)\s*(\+|[:?!]{0,3})=\s*(.*)$/.exec(line);
    if (assignment) {
      const [, name = '', operator, value = ''] = assignment;
      variables.set(name, operator === '+' ? `${variables.get(name) ?? ''} ${value}` : value);
      continue;
    }
    const rule = /^([^\s#=:][^#=:]*?)\s*::?(?!=)\s*([^;#]*)(?:;(.*))?/.exec(line);
    if (rule === null) continue;
    const names = expandMake(rule[1] ?? '', variables)
      .split(/\s+/)
      .filter((name) => name !== '');
    current = names.map((name) => {
      const known = rules.get(name);
      const next: Rule = {
        prerequisites: [
          ...(known?.prerequisites ?? []),
          ...expandMake(rule[2] ?? '', variables)
            .split(/\s+/)
            .filter((one) => one !== '' && one !== '|'),
        ],
        recipe: known?.recipe ?? [],
      };
      rules.set(name, next);
      if (!name.startsWith('.')) first ??= name;
      return next;
    });
    if (rule[3] !== undefined) for (const { recipe } of current) recipe.push({ text: rule[3].trim(), line: number });
  }
  return { rules, variables, first };
}

function logicalLines(text: string): readonly { readonly text: string; readonly line: number }[] {
  const found: { text: string; line: number }[] = [];
  let open: { text: string; line: number } | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (open) open.text += ` ${line.trim()}`;
    else open = { text: line, line: index + 1 };
    if (open.text.endsWith('\\')) open.text = open.text.slice(0, -1);
    else {
      found.push(open);
      open = undefined;
    }
  }
  if (open) found.push(open);
  return found;
}

/** `$(NAME)` and `${NAME}`; functions and unknown names stay as they are. */
function expandMake(text: string, variables: ReadonlyMap<string, string>): string {
  let result = text;
  for (let count = 0; count < MAX_EXPANSIONS && result.length < 20_000; count++) {
    const match = /\$[({]([\w.-]+)[)}]/.exec(result);
    if (match === null) break;
    const value = variables.get(match[1] ?? '');
    result = result.replace(match[0], () => (value === undefined || value.includes(match[0]) ? `\uFFFC${match[1] ?? ''}\uFFFC` : value));
  }
  return result;
}
