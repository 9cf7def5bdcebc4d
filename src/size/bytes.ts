/** Numbers of bytes as people read them. MB = 10^6, as registries and `docker images` count. */

const UNITS = ['B', 'kB', 'MB', 'GB'] as const;

/** `7.7 MB`, `893 MB`, `0 B`: one decimal below ten, none above. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999.5 would round to 1000 of the smaller unit.
  while (unit < UNITS.length - 1 && Math.round(value) >= 1000) {
    value /= 1000;
    unit++;
  }
  const digits = unit > 0 && value < 9.95 ? value.toFixed(1) : value.toFixed(0);
  return `${digits} ${UNITS[unit]}`;
}

/** `−99.1 %`, `+3 %`, `±0 %`: a decimal only close to −100 %, where it matters. */
export function formatChange(before: number, after: number): string {
  if (before === after) return '±0 %';
  if (before === 0) return 'new';
  const percent = ((after - before) / before) * 100;
  const magnitude = Math.abs(percent);
  if (magnitude < 0.05) return '±0 %';
  const digits = magnitude < 1 || (percent < -90 && magnitude < 99.95) ? magnitude.toFixed(1) : magnitude.toFixed(0);
  return `${percent < 0 ? '−' : '+'}${digits} %`;
}
