/** Which files are Dockerfiles by their name. */

import { basename, type RepoPath } from './path.ts';

/** `unsure`: named like one, and like something else, too (`Dockerfile.go`, `dockerfile-lint.js`); its first line decides. */
export type DockerfileName = 'dockerfile' | 'template' | 'unsure' | undefined;

const NAMED = /^(?:dockerfile|containerfile)(?:$|[._-])|[._](?:dockerfile|containerfile)$/i;
/** `Dockerfile.md` explains, `Dockerfile.dockerignore` excludes, `Dockerfile.orig` is what an editor left. */
const OTHER =
  /\.(?:dockerignore|md|mdx|markdown|rst|adoc|html?|json|ya?ml|toml|xml|csv|lock|orig|rej|swp|swo|bak|old~|png|svg|sum|sig|asc|diff|patch|snap|ipynb)$|~$/i;
/** Jinja, Go, ERB, mustache, m4, autoconf, EJS, CUE, Bazel, Template Toolkit, Twig, Liquid. */
const TEMPLATE = /\.(?:j2|jinja2?|tmpl|tpl|gotmpl|gomplate|template|erb|mustache|hbs|handlebars|in|m4|ejs|cue|bzl|tt|twig|liquid)$/i;
const CODE =
  /\.(?:go|py|rb|rs|js|mjs|cjs|ts|tsx|jsx|java|kt|kts|php|sh|bash|ps1|c|cc|cpp|h|cs|scala|swift|ex|exs|txt|golden|expected|el|vim|lua|pl)$/i;

export function dockerfileName(path: RepoPath): DockerfileName {
  const name = basename(path);
  if (!NAMED.test(name) || OTHER.test(name)) return undefined;
  if (TEMPLATE.test(name)) return 'template';
  return CODE.test(name) || /^(?:dockerfile|containerfile)[_-]/i.test(name) ? 'unsure' : 'dockerfile';
}

/** The name says that the file becomes a Dockerfile only when a template engine has run. */
export function isTemplateName(path: RepoPath): boolean {
  return TEMPLATE.test(path);
}
