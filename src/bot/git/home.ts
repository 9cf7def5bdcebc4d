/** A private home directory for git: credentials in a 0600 file, nothing of the user's configuration, nothing executable. */

import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Variables of the caller's environment that git needs to reach a server; nothing else is handed on. */
const PASSED_ON = [
  'PATH',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'SYSTEMROOT',
] as const;

export interface GitHome {
  readonly dir: string;
  /** The whole environment of git. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Writes the credential for addresses that begin with `prefix`. The token stands in this file only: not in a URL, an argument list, an
   * environment variable or a clone's configuration.
   */
  readonly authorise: (prefix: string, token: string) => Promise<void>;
  readonly dispose: () => Promise<void>;
}

/** Directory below the system's temporary one, mode 0700. */
export async function createGitHome(environment: Readonly<Record<string, string | undefined>>): Promise<GitHome> {
  const dir = await mkdtemp(join(tmpdir(), 'dockmod-git-'));
  await chmod(dir, 0o700);
  await mkdir(join(dir, 'empty'));
  const file = join(dir, '.gitconfig');
  await writeFile(file, configuration(dir), { mode: 0o600 });
  const credentials = new Map<string, string>();
  let writes = 0;
  const passed = PASSED_ON.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]] as const]));
  return {
    dir,
    env: {
      ...Object.fromEntries(passed),
      HOME: dir,
      XDG_CONFIG_HOME: join(dir, 'empty'),
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
    },
    authorise: async (prefix, token) => {
      credentials.set(prefix, Buffer.from(`x-access-token:${token}`).toString('base64'));
      const sections = [...credentials].map(
        ([address, credential]) => `[http ${quote(address)}]\n\textraHeader = Authorization: Basic ${credential}\n`,
      );
      // Git may be reading the file for another repository at this moment.
      const next = `${file}.${++writes}`;
      await writeFile(next, `${configuration(dir)}${sections.join('')}`, { mode: 0o600 });
      await rename(next, file);
    },
    dispose: async () => rm(dir, { recursive: true, force: true }),
  };
}

/** Nothing that a repository brings along may run, and no protocol but HTTP is spoken. */
function configuration(dir: string): string {
  return [
    '[core]',
    '\thooksPath = /dev/null',
    '\tsymlinks = false',
    '\tfsmonitor = false',
    '\tautocrlf = false',
    '\tattributesFile = /dev/null',
    '\texcludesFile = /dev/null',
    // A server that redirects would get the credential: extraHeader goes along.
    '[http]',
    '\tfollowRedirects = false',
    '[credential]',
    '\thelper =',
    '[protocol]',
    '\tallow = never',
    '[protocol "https"]',
    '\tallow = always',
    '[protocol "http"]',
    '\tallow = always',
    '[protocol "ext"]',
    '\tallow = never',
    '[submodule]',
    '\trecurse = false',
    '[fetch]',
    '\trecurseSubmodules = false',
    '[transfer]',
    '\tfsckObjects = true',
    '[safe]',
    '\tbareRepository = explicit',
    '[gc]',
    '\tauto = 0',
    '[maintenance]',
    '\tauto = false',
    '[init]',
    '\tdefaultBranch = main',
    `\ttemplateDir = ${quote(join(dir, 'empty'))}`,
    '[user]',
    '\tname = dockmod[bot]',
    '\temail = dockmod[bot]@users.noreply.github.com',
    '[commit]',
    '\tgpgSign = false',
    '[advice]',
    '\tdetachedHead = false',
    '',
  ].join('\n');
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
