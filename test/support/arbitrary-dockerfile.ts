/** Generates Dockerfiles that BuildKit accepts, in every style that people use, with what a parser must find in them. */

import fc from 'fast-check';

export interface GeneratedDockerfile {
  readonly text: string;
  /** Keywords in order, upper-cased. */
  readonly keywords: readonly string[];
  /** Comment lines, those inside of instructions included; no directives. */
  readonly comments: number;
  readonly heredocs: readonly { readonly name: string; readonly body: string }[];
}

/** `\n` for a line end and ESCAPE for the escape character: the style is put in at the end. */
interface Block {
  readonly text: string;
  readonly keyword?: string;
  readonly comments: number;
  readonly heredocs?: GeneratedDockerfile['heredocs'];
}

const ESCAPE = '\u0001';

const name = fc.constantFrom('app', 'FOO', 'x_1', 'Größe', 'ünï', 'v2');
const path = fc.constantFrom('/app', './src', '.', '/usr/local/bin/', 'a*.go', '日本語.txt', 'C', '/opt/🚀', '--odd'.slice(2));
const word = fc.constantFrom(
  'go',
  'build',
  '-o',
  '/app',
  '&&',
  '||',
  ';',
  '|',
  '"a b"',
  "'c d'",
  '$FOO',
  '${FOO:-x}',
  '-ldflags="-s -w"',
  'é',
  '🚀',
  'a\\ b',
  'x#y',
  '$(pwd)',
  '>',
  '2>&1',
  '<',
  'a=b',
  '[',
  ']',
  '{',
  '}',
);
const blank = fc.constantFrom(' ', '  ', '\t', ' \t');
const commentText = fc.constantFrom('#', '# why', '#why', '# FROM old', '# 説明', '# a \\', '## x=y', '# <<EOF');
const indent = fc.constantFrom('', '  ', '\t', '    ');

/** Between two words: a blank, or a continuation with comment and empty lines in it. */
const gap: fc.Arbitrary<Block> = fc.oneof(
  { weight: 4, arbitrary: blank.map((text) => ({ text, comments: 0 })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        blank,
        fc.constantFrom('', ' ', '\t '),
        fc.array(
          fc.oneof(
            fc.tuple(indent, commentText).map(([a, b]) => a + b),
            indent,
          ),
          { maxLength: 2 },
        ),
        indent,
      )
      .map(([before, after, lines, last]) => ({
        text: `${before}${ESCAPE}${after}\n${lines.map((line) => `${line}\n`).join('')}${last}`,
        comments: lines.filter((line) => line.trim().startsWith('#')).length,
      })),
  },
);

function sequence(items: fc.Arbitrary<string>, min: number, max: number): fc.Arbitrary<Block> {
  return fc.tuple(items, fc.array(fc.tuple(gap, items), { minLength: min - 1, maxLength: max - 1 })).map(([first, rest]) => ({
    text: first + rest.map(([between, item]) => between.text + item).join(''),
    comments: rest.reduce((sum, [between]) => sum + between.comments, 0),
  }));
}

const jsonWord = fc
  .oneof(fc.constantFrom('sh', '-c', 'a b', 'quote"d', 'back\\slash', 'new\nline', '日本', '🚀', ''), fc.string({ maxLength: 6 }))
  .map((text) => JSON.stringify(text));
const json: fc.Arbitrary<Block> = fc
  .tuple(fc.array(jsonWord, { minLength: 1, maxLength: 4 }), fc.constantFrom(', ', ',', ' ,\t'))
  .map(([items, comma]) => ({ text: `[${items.join(comma)}]`, comments: 0 }));

function instruction(keyword: string, args: fc.Arbitrary<Block>, flags: fc.Arbitrary<string> = fc.constant('')): fc.Arbitrary<Block> {
  return fc
    .tuple(
      fc.constantFrom(keyword, keyword.toLowerCase(), keyword[0] + keyword.slice(1).toLowerCase()),
      flags,
      gap,
      args,
      indent,
      fc.constantFrom('', '', ' ', '\t'),
    )
    .map(([written, flag, between, body, before, after]) => ({
      text: `${before}${written}${flag === '' ? '' : ` ${flag}`}${between.text}${body.text}${after}\n`,
      keyword,
      comments: between.comments + body.comments,
    }));
}

const plain = (items: fc.Arbitrary<string>): fc.Arbitrary<Block> => items.map((text) => ({ text, comments: 0 }));
const mount = fc.constantFrom(
  '',
  '--mount=type=cache,target=/root/.cache',
  '--mount=type=bind,source=.,target=/x --network=none',
  `--mount=type=secret,id=a ${ESCAPE}\n  --mount=type=ssh`,
);
const copyFlags = fc.constantFrom('', '--from=0', '--chown=1:1 --chmod=755', '--link', '--chown="a b"');
const health = fc.constantFrom('', '--interval=5s', '--timeout=1s --retries=3');

const heredoc: fc.Arbitrary<Block> = fc
  .record({
    head: fc.constantFrom('RUN ', 'run\t', 'COPY ', 'ONBUILD RUN ', 'RUN cat > /x '),
    open: fc.constantFrom('<<', '<<-', '<< '),
    name: fc.constantFrom('EOF', 'END_1', 'ü'),
    quote: fc.constantFrom('', "'", '"'),
    body: fc.array(fc.constantFrom('echo hi', '', '# no comment', 'FROM x', `a ${ESCAPE}`, '\tindented', 'EOF2', '<<EOF', '日本'), {
      maxLength: 4,
    }),
  })
  .map(({ head, open, name: end, quote, body }) => {
    const lines = body.map((line) => `${line}\n`).join('');
    const tail = head.startsWith('COPY') ? ' /etc/x' : '';
    const keyword = (head.trim().split(/\s/)[0] ?? '').toUpperCase();
    return {
      text: `${head}${open}${quote}${end}${quote}${tail}\n${lines}${open === '<<-' ? '\t' : ''}${end}\n`,
      keyword,
      comments: 0,
      heredocs: [{ name: end, body: lines }],
    };
  });

const body: fc.Arbitrary<Block> = fc.oneof(
  { weight: 4, arbitrary: instruction('RUN', sequence(word, 1, 8), mount) },
  { weight: 2, arbitrary: instruction('COPY', sequence(path, 2, 4), copyFlags) },
  instruction('ADD', sequence(path, 2, 3)),
  instruction('CMD', fc.oneof(json, sequence(word, 1, 3))),
  instruction('ENTRYPOINT', fc.oneof(json, sequence(word, 1, 3))),
  instruction(
    'ENV',
    sequence(
      fc.tuple(name, fc.constantFrom('1', '"a b"', "'x'", '', '$FOO', '日本')).map(([a, b]) => `${a}=${b}`),
      1,
      3,
    ),
  ),
  instruction(
    'ENV',
    fc.tuple(name, fc.constantFrom('a b', 'c', '"q r"')).map(([a, b]) => ({ text: `${a} ${b}`, comments: 0 })),
  ),
  instruction('LABEL', sequence(fc.constantFrom('a=b', '"x y"="z"', 'org.opencontainers.image.title=é'), 1, 2)),
  instruction('ARG', plain(fc.constantFrom('V', 'V=1', 'V="a b"'))),
  instruction('WORKDIR', plain(path)),
  instruction('USER', plain(fc.constantFrom('nobody', '1000:1000', '$FOO'))),
  instruction('EXPOSE', sequence(fc.constantFrom('80', '443/tcp', '$PORT', '8000-8010'), 1, 2)),
  instruction(
    'VOLUME',
    fc.oneof(
      json.filter(({ text }) => !/"\s*"/.test(text) && !/"(?:\\[a-z]|\s)+"/.test(text)),
      sequence(fc.constantFrom('/data', '/var/lib'), 1, 2),
    ),
  ),
  instruction('STOPSIGNAL', plain(fc.constantFrom('SIGTERM', '9'))),
  instruction('SHELL', plain(fc.constantFrom('["/bin/bash", "-c"]', '["/bin/sh", "-ec"]'))),
  instruction(
    'HEALTHCHECK',
    fc.oneof(
      plain(fc.constant('CMD curl -f http://localhost || exit 1')),
      json.map(({ text }) => ({ text: `CMD ${text}`, comments: 0 })),
    ),
    health,
  ),
  instruction('ONBUILD', plain(fc.constantFrom('RUN make', 'COPY . .', 'USER x'))),
  { weight: 2, arbitrary: heredoc },
);

const space: fc.Arbitrary<Block> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('\n', '  \n', '\t\n').map((text) => ({ text, comments: 0 })) },
  { weight: 1, arbitrary: fc.tuple(indent, commentText).map(([before, text]) => ({ text: `${before}${text}\n`, comments: 1 })) },
);

const from: fc.Arbitrary<Block> = instruction(
  'FROM',
  plain(fc.constantFrom('alpine', 'golang:1.22-alpine AS build', 'scratch as Final', 'gcr.io/x/y@sha256:abc', 'node:$V', 'a AS b-1.c_d')),
  fc.constantFrom('', '--platform=linux/amd64'),
);

const spaced = (item: fc.Arbitrary<Block>): fc.Arbitrary<readonly Block[]> =>
  fc.tuple(fc.array(space, { maxLength: 2 }), item).map(([before, block]) => [...before, block]);

/** A file with one to three stages. Comment lines that could be read as directives only stand below the first other line. */
export const arbitraryDockerfile: fc.Arbitrary<GeneratedDockerfile> = fc
  .record({
    bom: fc.boolean(),
    eol: fc.constantFrom('\n', '\r\n'),
    escape: fc.constantFrom('\\', '\\', '`'),
    syntax: fc.boolean(),
    globals: fc.array(spaced(instruction('ARG', plain(fc.constantFrom('V=1', 'W')))), { maxLength: 2 }),
    stages: fc.array(fc.tuple(spaced(from), fc.array(spaced(body), { maxLength: 6 })), { minLength: 1, maxLength: 3 }),
    finalNewline: fc.boolean(),
  })
  .map(({ bom, eol, escape, syntax, globals, stages, finalNewline }) => {
    const blocks = [...globals.flat(), ...stages.flatMap(([first, rest]) => [...first, ...rest.flat()])];
    const directives = `${syntax ? '# syntax=docker/dockerfile:1\n' : ''}${escape === '`' ? '# escape=`\n' : ''}`;
    const written = directives + blocks.map(({ text }) => text).join('');
    const ended = finalNewline ? written : written.replace(/\n$/, '');
    const styled = (text: string): string => text.replaceAll(ESCAPE, escape).replaceAll('\n', eol);
    return {
      text: (bom ? '\uFEFF' : '') + styled(ended),
      keywords: blocks.flatMap(({ keyword }) => keyword ?? []),
      comments: blocks.reduce((sum, block) => sum + block.comments, 0),
      heredocs: blocks.flatMap(({ heredocs }) => heredocs ?? []).map(({ name: end, body: text }) => ({ name: end, body: styled(text) })),
    };
  });
