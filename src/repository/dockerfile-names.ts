/** Which files are Dockerfiles by their name. */

import { basename, type RepoPath } from './path.ts';

const NAMED = /^(?:Dockerfile|Containerfile)(?:[.-][\w.+-]+)?$|\.(?:Dockerfile|Containerfile)$/i;
/** `Dockerfile.md` explains, `Dockerfile.dockerignore` excludes, `Dockerfile.j2` is a template of one. */
const OTHER = /\.(?:dockerignore|md|txt|rst|adoc|html?|json|ya?ml|toml|sh|bash|py|js|ts|go|rs|rb|java|php|lock|orig|rej|swp|png|svg|sum|diff|patch|golden|snap)$/i;
const TEMPLATE = /\.(?:j2|jinja2?|tmpl|tpl|template|erb|mustache|hbs|in|m4|gotmpl|ejs|cue|bzl)$/i;

export type DockerfileName = 'dockerfile' | 'template' | undefined;

export function dockerfileName(path: RepoPath): DockerfileName {
  const name = basename(path);
  if (!NAMED.test(name) && !/^(?:Dockerfile|Containerfile)\./i.test(name)) return undefined;
  if (TEMPLATE.test(name)) return 'template';
  return OTHER.test(name) ? undefined : 'dockerfile';
}
