/** The public API: everything else is internal. */

export { createImages } from './images/table.ts';
export { migrate, type MigrateOptions } from './migrate.ts';
export { ConfigError } from './plan/configuration-error.ts';
export { DEFAULT_CONFIGURATION, type Configuration } from './plan/configuration.ts';
export type { FileChange, Plan, TransformOutcome } from './plan/plan.ts';
export { readConfiguration } from './plan/read-configuration.ts';
export { jsonReport } from './report/json.ts';
export { patchOf } from './report/patch.ts';
export { openRepository } from './repository/disk-files.ts';
export { memoryFiles, type RepositoryFiles } from './repository/files.ts';
export { TRANSFORMS } from './transforms/index.ts';
export { VERSION } from './version.ts';
