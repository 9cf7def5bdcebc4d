/** A clock for bounds on work done in this process: a busy machine does not make it run faster. */

/** Milliseconds of processor time that the process has used. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
