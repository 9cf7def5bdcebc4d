/** Paths inside an image. */

/** Normal already, as nearly every path is: absolute, no empty or dotted segment, no slash at the end. */
const PLAIN = /^(?:\/[^/.][^/]*)+$/;

/** Absolute and normalised; a trailing `/` is dropped except for the root itself. */
export function absolutePath(path: string, workdir: string): string {
  if (PLAIN.test(path)) return path;
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${workdir}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** True when `path` is `dir` or lies below it; both absolute. */
export function isInside(path: string, dir: string): boolean {
  return dir === '/' || path === dir || path.startsWith(`${dir}/`);
}
