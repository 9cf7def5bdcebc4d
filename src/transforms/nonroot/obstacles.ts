/** Why a service cannot run as a non-root user yet: everything that relies on root, with its line. */

import type { Command, RuntimeContract } from '../../dockerfile/contract.ts';
import type { Instruction } from '../../dockerfile/dockerfile.ts';
import { isInside } from '../../dockerfile/image-path.ts';
import { lineage } from '../../dockerfile/runtime-contract.ts';
import type { ImageFacts } from '../../images/facts.ts';
import type { ProgramFacts } from '../../project/program.ts';
import type { Location } from '../../repository/location.ts';
import { isReadOnlyInFact } from '../bound-file.ts';
import type { Refusal, RefusalCode } from '../refusal.ts';
import type { Subject } from '../transform.ts';
import { buildTools } from './build-tools.ts';
import { startScripts } from '../start-scripts.ts';
import { downloadedPython } from '../uv-interpreter.ts';
import type { CompiledProgram } from './compiled-program.ts';
import { ownScripts, startedKind } from './own-program.ts';
import { ownableDirectory, statePaths } from './state-paths.ts';
import { programSteps } from './user-position.ts';
import { uvRuns } from './uv-run.ts';

/** Programs that start as root on purpose or cannot work otherwise. */
const ROOT_PROGRAMS =
  /(?:^|[\s/;&|"'(])(gosu|su-exec|setpriv|runuser|s6-setuidgid|s6-svscan|usermod|groupmod|useradd|adduser|sudo|supervisord|crond?|sshd|dockerd|containerd|iptables|modprobe|setcap|update-ca-certificates|update-ca-trust|ldconfig|nginx|apache2?|apache2-foreground|httpd|haproxy|mount|chroot|dlv|gdb|strace|perf|bpftrace|sysctl|chown)(?=$|[\s;&|"')])/;
/** Options of servers that start as root and leave it themselves. */
const DROPS_PRIVILEGES = /\s--(?:user|uid|setuid|chuid|run-as)[= ](?!\$|["']?root\b|\d{0,9}:?0\b)["']?[a-z_][\w-]*/;
const INSTALLS =
  /\b(?:apt-get|apt|apk|yum|dnf|pip3?|npm|yarn|pnpm|bun|gem|bundle|composer|poetry|uv)\s+(?:-\S+\s+)*(?:install|add|i|ci|sync|pip)\b/;
const ROOT_PACKAGES = new Set([
  'gosu',
  'su-exec',
  'sudo',
  'supervisor',
  'cron',
  'cronie',
  'dcron',
  'openssh-server',
  'iptables',
  'nftables',
  'wireguard-tools',
  'openvpn',
  'fuse',
  'fuse3',
  'docker.io',
  'docker-ce',
  'docker-cli',
  'docker',
  'tcpdump',
  's6',
  's6-overlay',
  'nginx',
  'apache2',
  'httpd',
  'haproxy',
]);
/** Build steps that leave what the program needs in root's home. */
const ROOT_HOME =
  /(?:^|[\s"'=:(])(?:\/root(?=$|[\s/"':;])|~\/|\$\{?HOME\b)|--user\b(?![= ]\d)|\bpipx\s+install|\bplaywright\s+install|\bcorepack\s+(?:prepare|install)|\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b|\buv\s+python\s+install/;
/** Models and data that a library puts into the cache of whoever runs it, unless told another place. */
const DOWNLOADS =
  /\bnltk\.download(?!er\s[^;&|]*-d\s+\/)|\bfrom_pretrained\(|\bsnapshot_download\((?![^)]*local_dir)|\b(?:huggingface-cli|hf)\s+download\b(?![^;&|]*--local-dir)|\bpipeline\(/;

/** All obstacles, the most telling first. Empty: nothing that is known stands in the way. */
export function obstacles(
  subject: Subject,
  stage: number,
  contract: RuntimeContract,
  facts: ImageFacts,
  program: CompiledProgram | undefined,
): readonly Refusal[] {
  return [
    ...byKind(subject, stage, facts),
    ...startup(subject, stage, contract, facts, program),
    ...rootHome(subject, stage, contract, facts),
    ...privilegedPorts(subject, contract, facts, program?.facts),
    ...surroundings(subject, contract, program?.facts),
  ];
}

function refusal(code: RefusalCode, at: Location, reason: string, unblock?: string): Refusal {
  return unblock === undefined ? { code, at, reason } : { code, at, reason, unblock };
}

function byKind({ dockerfile }: Subject, stage: number, facts: ImageFacts): readonly Refusal[] {
  const at = lineage(dockerfile, stage)[0]?.from.at ?? { path: dockerfile.path, line: 1 };
  switch (facts.kind) {
    case 'database':
      return [
        refusal(
          'base-must-stay',
          at,
          `${facts.family} starts as root to prepare its data directory and drops privileges itself`,
          'Set `user:` where the container is run, if its documentation allows it.',
        ),
      ];
    case 'server':
      return [
        refusal(
          'base-must-stay',
          at,
          `${facts.family} starts as root and drops privileges itself`,
          facts.family === 'nginx' ? 'Use nginxinc/nginx-unprivileged, which listens on 8080.' : undefined,
        ),
      ];
    case 'browser':
      return [refusal('browser', at, `${facts.family} runs a browser, whose sandbox depends on the user it runs as`)];
    case 'ml':
      return [refusal('machine-learning', at, `${facts.family} keeps models under root's home`)];
    case 'tool':
      // An interpreter with uv beside it: what starts is the service's own.
      if (facts.family === 'uv') return [];
      return [refusal('base-must-stay', at, `${facts.family} is a tool image, whose program decides which user it needs`)];
    default:
      return [];
  }
}

/** What the container runs first, and the scripts behind it. */
function startup(
  subject: Subject,
  stage: number,
  contract: RuntimeContract,
  facts: ImageFacts,
  program: CompiledProgram | undefined,
): readonly Refusal[] {
  const found: Refusal[] = [];
  for (const installed of contract.packages) {
    if (ROOT_PACKAGES.has(installed.name))
      found.push(refusal('privileged-entrypoint', installed.at, `the package \`${installed.name}\` works as root`));
  }
  for (const command of [contract.entrypoint, contract.cmd]) {
    if (command === undefined || command.at.line === 0) continue;
    const text = textOf(command);
    found.push(...judge(text, command.at, `\`${text}\``));
  }
  for (const { text, at, settled } of uvRuns(subject, stage, contract)) {
    if (!settled)
      found.push(
        refusal(
          'runtime-install',
          at,
          `\`${text}\` may install packages into the virtual environment when it starts`,
          'Add `--no-sync`, or start the program from the virtual environment.',
        ),
      );
  }
  const scripts = startScripts(subject, contract);
  const hidden = [contract.entrypoint, contract.cmd].find(
    (command) => command !== undefined && command.at.line > 0 && /(?:^|[\s/])[\w.-]+\.(?:sh|bash)(?:\s|$)/.test(textOf(command)),
  );
  if (hidden && scripts.length === 0)
    found.push(
      refusal(
        'entrypoint-script',
        hidden.at,
        `\`${textOf(hidden)}\` starts a script that the repository does not show`,
        'Copy the script from the build context.',
      ),
    );
  const [built] = scripts;
  const script =
    hidden ??
    (built === undefined ? undefined : [contract.entrypoint, contract.cmd].find((command) => command !== undefined && command.at.line > 0));
  if (script && /^(?:golang|rust)$/.test(facts.family))
    found.push(
      refusal(
        'development-image',
        script.at,
        `\`${textOf(script)}\` is a script in an image with a compiler: it builds, where whoever starts it mounts files`,
        'Build in a stage of its own.',
      ),
    );
  const server =
    facts.family === 'php'
      ? undefined
      : [contract.entrypoint, contract.cmd].find(
          (command) => command !== undefined && command.at.line > 0 && /(?:^|[\s/])php[\d.]*-fpm[\d.]*(?=\s|$)/.test(textOf(command)),
        );
  if (server)
    found.push(
      refusal(
        'privileged-entrypoint',
        server.at,
        `\`${textOf(server)}\`: the distribution's php-fpm opens its log and socket as root`,
        'Use the official php image, whose php-fpm needs neither.',
      ),
    );
  const started = startedKind(contract, ownScripts(subject));
  if (started.kind === 'packaged' && program === undefined && scripts.length === 0 && hidden === undefined) {
    const at = (contract.entrypoint ?? contract.cmd)?.at;
    if (at && at.line > 0)
      found.push(
        refusal(
          'executed-package',
          at,
          `whether \`${started.program}\` works without root is not known: it is not this repository's own program`,
          'Try it with `docker run --user 10001`, and add USER by hand.',
        ),
      );
  }
  for (const script of scripts) {
    for (const [index, line] of script.text.split('\n').entries()) {
      if (!line.trimStart().startsWith('#'))
        found.push(...judge(line.trim(), { path: script.path, line: index + 1 }, `the start script runs \`${line.trim()}\``));
    }
  }
  found.push(
    ...buildTools(subject, stage, contract, [
      ...[contract.entrypoint, contract.cmd].flatMap((command) =>
        command === undefined || command.at.line === 0 ? [] : [textOf(command)],
      ),
      ...scripts.map(({ text }) => text.replace(/^\s*#.*$/gm, '')),
    ]),
  );
  if (facts.cmd?.[0] === 'apache2-foreground' && contract.cmd?.at.line === 0)
    found.push(
      refusal(
        'privileged-port',
        subject.dockerfile.stages.at(-1)?.from.at ?? { path: subject.dockerfile.path, line: 1 },
        'Apache listens on port 80',
      ),
    );
  return found;
}

function judge(text: string, at: Location, what: string): readonly Refusal[] {
  const program = ROOT_PROGRAMS.exec(text)?.[1];
  if (program !== undefined) return [refusal('privileged-entrypoint', at, `${what}: \`${program}\` needs root`)];
  const drops = DROPS_PRIVILEGES.exec(text)?.[0].trim();
  if (drops !== undefined) return [refusal('privileged-entrypoint', at, `${what}: \`${drops}\` asks the program to change users itself`)];
  if (INSTALLS.test(text))
    return [
      refusal('runtime-install', at, `${what}: packages are installed when the container starts`, 'Install them when the image is built.'),
    ];
  return [];
}

function textOf(command: Command): string {
  return command.form === 'exec' ? command.argv.join(' ') : command.text;
}

/** /root has mode 0700: whatever the program needs from there is lost for another user. */
function rootHome(subject: Subject, stage: number, contract: RuntimeContract, facts: ImageFacts): readonly Refusal[] {
  const { dockerfile } = subject;
  const found: Refusal[] = [];
  const unblock = 'Put it under a directory that every user may read, such as /opt.';
  const say = (instruction: Instruction): void =>
    void found.push(
      refusal(
        'runtime-files-unknown',
        instruction.at,
        `\`${quote(instruction)}\` leaves files in root's home, which another user cannot read`,
        unblock,
      ),
    );
  const home = contract.env['HOME'];
  const homeLine = dockerfile.instructions.findLast(({ keyword, args }) => keyword === 'ENV' && /(?:^|\s)HOME[=\s]/.test(args.text));
  if (
    homeLine &&
    home?.startsWith('/') === true &&
    !isInside(home, '/tmp') &&
    (contract.workdir === '/' || !isInside(home, contract.workdir))
  ) {
    found.push(
      refusal(
        'volume-ownership',
        homeLine.at,
        `HOME is \`${home}\`, which belongs to root`,
        'Remove that line, or give the directory to the new user.',
      ),
    );
  }
  if (isInside(contract.workdir, '/root'))
    found.push(
      refusal(
        'runtime-files-unknown',
        dockerfile.stages[stage]?.from.at ?? { path: dockerfile.path, line: 1 },
        "the working directory is in root's home",
        unblock,
      ),
    );
  const writable = statePaths(subject, contract, false).flatMap((place) => ownableDirectory(place) ?? []);
  const asUser = programSteps(subject, dockerfile.stages[stage]?.instructions ?? [], facts, [contract.workdir, ...writable]);
  const python = downloadedPython(subject, stage);
  if (python) {
    const reason = `uv downloads Python ${python.wanted} into root's home, as the base image has another one: another user could not start it`;
    found.push(
      refusal('runtime-files-unknown', python.step.at, reason, 'Use a base image with that Python, or set UV_PYTHON_INSTALL_DIR.'),
    );
  }
  for (const { instructions } of lineage(dockerfile, stage)) {
    for (const instruction of instructions) {
      const { keyword, args } = instruction;
      // What the user's own step downloads lands in the user's home.
      const text = withoutClean(args.text);
      if (keyword === 'RUN' && (ROOT_HOME.test(text) || (DOWNLOADS.test(text) && !asUser.includes(instruction)))) say(instruction);
      else if (keyword === 'ENV' && /\/root(?=$|[\s/"':])/.test(args.text)) say(instruction);
      else if ((keyword === 'COPY' || keyword === 'ADD') && /^\/root(?:\/|$)|^~/.test(instruction.words.at(-1)?.value ?? ''))
        say(instruction);
    }
  }
  return found;
}

/** Cleaning root's home up leaves nothing there. */
function withoutClean(text: string): string {
  return text.replace(/\brm\s+-\w+(?:\s+[^\s;&|]+)+/g, 'rm');
}

function quote({ keyword, args }: Instruction): string {
  const text = `${keyword} ${args.text.replace(/\s+/g, ' ').trim()}`;
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

function privilegedPorts(
  { service, dockerfile }: Subject,
  contract: RuntimeContract,
  facts: ImageFacts,
  sources: ProgramFacts | undefined,
): readonly Refusal[] {
  const unblock = 'Let the service listen on a port from 1024 on, and map it outside.';
  const found: Refusal[] = [];
  const low = (port: number): boolean => port > 0 && port < 1024;
  for (const text of contract.ports) {
    const port = Number.parseInt(text, 10);
    const at = dockerfile.instructions.findLast(
      ({ keyword, words }) => keyword === 'EXPOSE' && words.some(({ value }) => value === text),
    )?.at;
    if (low(port))
      found.push(refusal('privileged-port', at ?? { path: dockerfile.path, line: 1 }, `the service listens on port ${port}`, unblock));
  }
  for (const dependent of service.dependents) {
    if (dependent.kind === 'port' && low(dependent.container))
      found.push(refusal('privileged-port', dependent.at, `${dependent.by} expects the service on port ${dependent.container}`, unblock));
    const asked = dependent.kind === 'environment' ? listeningPort(dependent.name, dependent.value ?? '') : undefined;
    if (dependent.kind === 'environment' && asked !== undefined && low(asked))
      found.push(refusal('privileged-port', dependent.at, `${dependent.name} is ${dependent.value}`, unblock));
  }
  for (const command of [contract.entrypoint, contract.cmd]) {
    const port =
      command === undefined
        ? undefined
        : /(?:--?(?:port|p|bind|listen|addr|address|b)[= ]|:)(?:[\w.*[\]]*:)?(?:\$\{\w+:-)?(\d{1,5})(?!\d|\.|:)/.exec(textOf(command))?.[1];
    if (command && port !== undefined && low(Number(port)))
      found.push(refusal('privileged-port', command.at, `\`${textOf(command)}\` listens on port ${port}`, unblock));
  }
  for (const [name, value] of Object.entries(contract.env)) {
    const port = listeningPort(name, value);
    const at =
      dockerfile.instructions.findLast(({ keyword, args }) => keyword === 'ENV' && args.text.includes(name))?.at ??
      dockerfile.stages.at(-1)?.from.at;
    if (port !== undefined && low(port) && at) found.push(refusal('privileged-port', at, `${name} is ${value}`, unblock));
  }
  const coded = sources?.ports.find(({ port, env }) => low(port) && (env === undefined || contract.env[env] === undefined));
  if (coded) found.push(refusal('privileged-port', coded.at, `the program listens on port ${coded.port}`, unblock));
  // ASP.NET Core listened on 80 before .NET 8.
  if (
    /dotnet/.test(facts.family) &&
    Number.parseInt(facts.version ?? '', 10) < 8 &&
    contract.env['ASPNETCORE_URLS'] === undefined &&
    contract.env['ASPNETCORE_HTTP_PORTS'] === undefined
  ) {
    found.push(
      refusal(
        'privileged-port',
        dockerfile.stages.at(-1)?.from.at ?? { path: dockerfile.path, line: 1 },
        `ASP.NET Core ${facts.version} listens on port 80 by default`,
        unblock,
      ),
    );
  }
  return found;
}

/** The lowest port that a variable tells the service to listen on; the ports of services that it talks to are none. */
function listeningPort(name: string, value: string): number | undefined {
  const ports = LISTENS_ON.test(name) ? [...value.matchAll(/(?:^|[:;,\s])(\d{1,5})(?=$|[/;,\s])/g)].map(([, port]) => Number(port)) : [];
  return ports.length === 0 ? undefined : Math.min(...ports);
}

const LISTENS_ON =
  /^(?:(?:(?:APP|HTTPS?|SERVER|SERVICE|WEB|API|LISTEN|BIND|CONTAINER|NODE|NITRO|UVICORN|GUNICORN|FLASK_RUN|GRPC|METRICS|HEALTH)_)?PORTS?|(?:ASPNETCORE|DOTNET)_(?:URLS|HTTPS?_PORTS)|URLS|(?:HTTP_|SERVER_|LISTEN_|BIND_)?(?:LISTEN|BIND|ADDR|ADDRESS)|SERVER_NAME)$/;
const ROOT_COMMANDS = /\b(?:apt-get|apt|apk|yum|dnf|chown|sudo|su|iptables|mount|adduser|useradd)\b/;
const HOST_PATHS = /^\/(?:var\/run|run|proc|sys|dev|etc|var\/log|lib\/modules|boot|$)/;

function surroundings({ service, files }: Subject, contract: RuntimeContract, sources: ProgramFacts | undefined): readonly Refusal[] {
  const found: Refusal[] = [];
  const development = service.dependents.filter(({ kind }) => kind === 'development');
  const [first] = development;
  if (first && service.builds.every(({ name }) => development.some(({ by }) => by === name))) {
    found.push(
      refusal(
        'development-image',
        first.at,
        `${first.by} is a development container: the files mounted into it belong to whoever works on them`,
      ),
    );
  }
  for (const dependent of service.dependents) {
    const { at, by } = dependent;
    switch (dependent.kind) {
      case 'user':
        if (/^(?:root|0+)(?::|$)/.test(dependent.user))
          found.push(refusal('dependent-user', at, `${by} runs the image as \`${dependent.user}\` on purpose`, 'Remove that line first.'));
        break;
      case 'security':
        if (dependent.privileged) found.push(refusal('host-access', at, `${by} runs privileged`));
        else if (dependent.runAsUser === 0)
          found.push(refusal('dependent-user', at, `${by} runs the image as user 0 on purpose`, 'Remove that line first.'));
        else if (dependent.capAdd && dependent.capAdd.length > 0)
          found.push(refusal('host-access', at, `${by} adds the capabilities ${dependent.capAdd.join(', ')}, which only root receives`));
        break;
      case 'mount': {
        const { type, source = '', target, readOnly } = dependent.mount;
        if (type === 'device') found.push(refusal('host-access', at, `${by} uses the device ${source || target}`));
        else if (/docker\.sock|containerd\.sock|podman\.sock/.test(`${source} ${target}`))
          found.push(refusal('host-access', at, `${by} uses the engine's socket`));
        else if (isInside(target, '/root'))
          found.push(
            refusal('volume-ownership', at, `${by} mounts ${target}, in root's home`, "Mount it where the new user's home or cache is."),
          );
        else if (type === 'bind' && HOST_PATHS.test(source)) found.push(refusal('host-access', at, `${by} mounts the host's ${source}`));
        else if (type === 'bind' && !readOnly && !isDevelopmentFile(at) && !isReadOnlyInFact(files, dependent, contract, sources))
          found.push(
            refusal(
              'volume-ownership',
              at,
              `${by} mounts \`${source}\` from the host for writing: its owner there decides who may write`,
              `Make it read-only, or a named volume, or give the host directory to the new user.`,
            ),
          );
        break;
      }
      case 'exec':
      case 'run':
        if (dependent.command && ROOT_COMMANDS.test(commandString(dependent.command)))
          found.push(
            refusal('dependent-command', at, `${by} runs \`${commandString(dependent.command)}\` inside the container, which needs root`),
          );
        break;
      case 'command':
      case 'entrypoint':
        found.push(...judge(commandString(dependent.command), at, `${by} starts \`${commandString(dependent.command)}\``));
        break;
      case 'base-of':
        found.push(
          refusal(
            'base-for-others',
            at,
            `${dependent.dockerfile} builds on this image and would no longer build as root`,
            'Add `USER root` there first, or split the base from the service.',
          ),
        );
        break;
      default:
        break;
    }
  }
  return found;
}

/** A development compose file: a mount there costs convenience, not production. */
function isDevelopmentFile({ path }: Location): boolean {
  return /(?:^|[./_-])(?:dev|devel|development|local|override|test|ci|debug)(?:[./_-]|$)/i.test(path);
}

function commandString(
  command: { readonly form: 'exec'; readonly argv: readonly string[] } | { readonly form: 'shell'; readonly text: string },
): string {
  return command.form === 'exec' ? command.argv.join(' ') : command.text;
}
