/** Generated cases are the same in every run of CI, so that a red run speaks of the change; at a desk every run tries new ones. */

import fc from 'fast-check';

if (process.env['CI'] !== undefined) fc.configureGlobal({ seed: 42 });
