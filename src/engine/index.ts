/** Proof with real builds, for commands. */

export { sweepDirectories } from './build-context.ts';
export { detectEngine, type Detection } from './detect.ts';
export type { Engine, EngineName } from './engine.ts';
export { canEnterNamespaces } from './probe.ts';
export { runCommand } from './run-command.ts';
export { DEFAULT_LIMITS, type Verification, type VerifyOptions } from './verification.ts';
export { verificationText } from './verification-text.ts';
export { verify } from './verify.ts';
