import { expect, it } from 'vitest';

import { formatBytes, formatChange } from '../../src/size/bytes.ts';

it('bytes are shown in powers of ten', () => {
  expect(
    [0, 999, 1000, 9_949_999, 9_960_000, 999_499, 999_500, 893_000_000, 7_710_000, 1_234_000_000, 45_000_000_000_000].map(formatBytes),
  ).toEqual(['0 B', '999 B', '1.0 kB', '9.9 MB', '10 MB', '999 kB', '1.0 MB', '893 MB', '7.7 MB', '1.2 GB', '45000 GB']);
});

it('a change says its direction, growth included', () => {
  expect(
    [
      [893, 7.7],
      [100, 103],
      [100, 100],
      [1000, 999],
      [0, 5],
      [100, 50],
    ].map(([before = 0, after = 0]) => formatChange(before, after)),
  ).toEqual(['−99.1 %', '+3 %', '±0 %', '−0.1 %', 'new', '−50 %']);
});
