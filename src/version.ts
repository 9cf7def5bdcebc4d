/** Version and home of this build, as package.json states them. */

import manifest from '../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;

/** Where the documentation lives; no `/` at the end. */
export const HOMEPAGE: string = manifest.homepage;
