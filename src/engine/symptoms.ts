/** What a container's log says about what it lacks: libraries, files, permissions, programs. */

export interface Symptom {
  readonly kind: 'library' | 'glibc' | 'file' | 'read-only' | 'permission' | 'program' | 'memory' | 'deno-permission' | 'address';
  /** The library, file or program. */
  readonly subject: string;
  /** The line that says so. */
  readonly line: string;
}

const PATTERNS: readonly { readonly kind: Symptom['kind']; readonly pattern: RegExp }[] = [
  { kind: 'library', pattern: /error while loading shared libraries: ([^\s:]+)/ },
  { kind: 'library', pattern: /Error loading shared library ([^\s:]+)/ },
  { kind: 'library', pattern: /(?:ImportError|OSError|error): (lib[\w.+-]+\.so[\w.]*): cannot open shared object file/ },
  { kind: 'glibc', pattern: /version [`'"](GLIBC(?:XX)?_[\d.]+)['"`] not found/ },
  {
    kind: 'program',
    pattern: /exec:? "?([^\s":]+)"?: (?:stat [^:]+: )?(?:no such file or directory|executable file not found|permission denied)/,
  },
  { kind: 'program', pattern: /exec ([^\s:]+): (?:no such file or directory|exec format error)/ },
  { kind: 'program', pattern: /(?:\/bin\/)?sh: (?:\d+: |line \d+: )?([^\s:]+): not found/ },
  { kind: 'read-only', pattern: /(?:open|create|mkdir|mkdirat|rename|unlink|openat)\s+'?"?([^\s'":]+)'?"?: read-only file system/i },
  { kind: 'read-only', pattern: /EROFS: read-only file system,? ?\w* '([^']+)'/ },
  { kind: 'read-only', pattern: /Read-only file system:? '?([^\s']*)/i },
  {
    kind: 'permission',
    pattern: /(?:open|create|mkdir|mkdirat|rename|unlink|openat|bind|stat|listen tcp)\s+'?"?([^\s'"]+?)'?"?: (?:bind: )?permission denied/i,
  },
  { kind: 'permission', pattern: /EACCES: permission denied,? ?\w* '?([^\s']+)/ },
  { kind: 'permission', pattern: /PermissionError: \[Errno 13\] Permission denied: '([^']+)'/ },
  { kind: 'permission', pattern: /Permission denied \(os error 13\)()/ },
  { kind: 'deno-permission', pattern: /NotCapable: Requires (\w+ access(?: to [^,]+)?)/ },
  { kind: 'file', pattern: /(?:open|stat|lstat|readdir|chdir|openat)\s+'?"?([^\s'":]+)'?"?: no such file or directory/i },
  { kind: 'file', pattern: /ENOENT: no such file or directory,? ?\w* '([^']+)'/ },
  { kind: 'file', pattern: /FileNotFoundError: \[Errno 2\] No such file or directory: '([^']+)'/ },
  { kind: 'file', pattern: /ModuleNotFoundError: No module named '([^']+)'/ },
  { kind: 'file', pattern: /(?:Cannot find (?:module|package)|Module not found) ["']([^"']+)["']/ },
  { kind: 'file', pattern: /No such file or directory \(os error 2\)()/ },
  { kind: 'address', pattern: /(?:EADDRINUSE|address already in use):? ?(\S*)/i },
  { kind: 'memory', pattern: /(?:out of memory|Cannot allocate memory|OOMKilled)()/i },
];

const LONGEST_LINE = 2000;

/** Each thing that is missing once, in the order in which the log names it. */
export function symptomsIn(log: string): readonly Symptom[] {
  const found = new Map<string, Symptom>();
  for (const raw of log.split('\n')) {
    const line = raw.slice(0, LONGEST_LINE).trim();
    for (const { kind, pattern } of PATTERNS) {
      const match = pattern.exec(line);
      if (match === null) continue;
      const subject = match[1] ?? '';
      const key = `${kind} ${subject}`;
      if (!found.has(key)) found.set(key, { kind, subject, line: line.slice(0, 300) });
      break;
    }
  }
  return [...found.values()];
}
