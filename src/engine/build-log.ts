/** What a builder's log tells: how many steps ran, how many came from the cache, and why it failed. */

export interface Steps {
  readonly steps: number;
  readonly cached: number;
}

/** Counts the Dockerfile's steps in BuildKit's plain progress or in podman's and buildah's output. */
export function countSteps(log: string): Steps {
  const names = new Map<string, string>();
  const cached = new Set<string>();
  for (const line of log.split('\n')) {
    const named = /^#(\d+) (\[[^\]]*\d+\/\d+\] .*)$/.exec(line);
    if (named?.[1] !== undefined) names.set(named[1], named[2] ?? '');
    const hit = /^#(\d+) CACHED/.exec(line)?.[1];
    if (hit !== undefined) cached.add(hit);
  }
  if (names.size > 0) return { steps: names.size, cached: [...cached].filter((id) => names.has(id)).length };
  const steps = [...log.matchAll(/^(?:\[\d+\/\d+\] )?STEP \d+(?:\/\d+)?: /gm)].length;
  return { steps, cached: Math.min(steps, [...log.matchAll(/^--> Using cache /gm)].length) };
}

/** The line that says why, out of thousands: the last error, without the builder's frame. */
export function failureReason(log: string): string {
  const lines = log
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const error = lines.findLast((line) => /^(?:ERROR|Error|error)[: ]/.test(line)) ?? lines.at(-1) ?? 'the builder said nothing';
  return error
    .replace(/^(?:ERROR|Error|error):?\s*/, '')
    .replace(/^failed to build: /, '')
    .replace(/^failed to solve: /, '')
    .slice(0, 500);
}

/** The engine could not fetch the frontend image that the `# syntax=` line names. */
export function lacksFrontend(log: string, syntax: string): boolean {
  const name = syntax
    .replace(/@.*$/, '')
    .replace(/:[^/]*$/, '')
    .replace(/^docker\.io\//, '');
  return log
    .split('\n')
    .some(
      (line) =>
        line.includes(name) && /failed to (?:resolve|do request|fetch|solve|copy)|not found|i\/o timeout|no such host|denied/i.test(line),
    );
}

export function isOutOfSpace(log: string): boolean {
  return /no space left on device|disk quota exceeded/i.test(log);
}

export function isEngineGone(log: string): boolean {
  return /cannot connect to the docker daemon|is the docker daemon running|connection refused.*docker|error during connect|server closed the stream|transport is closing|closing transport|unexpected EOF|\beof\b$|connection reset by peer.*docker\.sock/im.test(
    log,
  );
}
