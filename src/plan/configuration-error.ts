/** The error for a configuration that cannot be used: every problem at once, each with its line. */

export interface ConfigProblem {
  /** 1-based; `undefined` when the file as a whole is meant. */
  readonly line: number | undefined;
  readonly message: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** The file as the user knows it. */
  readonly path: string;
  readonly problems: readonly ConfigProblem[];
  constructor(path: string, problems: readonly ConfigProblem[]) {
    super(`${path}: ${problems.map((problem) => problem.message).join('; ')}`);
    this.path = path;
    this.problems = problems;
  }
}
