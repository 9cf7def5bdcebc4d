/** Whether a single-stage image ships what only a build needs. */

import type { RuntimeContract } from '../../dockerfile/contract.ts';

const COMPILER = /^(?:gcc|g\+\+|clang|build-essential|build-base|make|cmake|python3-dev)$/;

/** A full Debian image (Docker's buildpack-deps) brings compilers; a slim one only those that the file installs. Alpine is left as it is: wheels differ. */
export function shipsCompilers({ base = '', packages, platform }: RuntimeContract): boolean {
  return platform.distribution === 'debian' && (!/slim/.test(base) || packages.some(({ name }) => COMPILER.test(name)));
}
