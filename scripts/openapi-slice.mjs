// Cuts the operations that the bot uses out of GitHub's OpenAPI description, with everything they refer to.
// Usage: npm install --prefix /tmp/openapi @octokit/openapi && node scripts/openapi-slice.mjs /tmp/openapi/node_modules/@octokit/openapi
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const OPERATIONS = [
  'GET /app', 'GET /orgs/{org}/installation', 'GET /repos/{owner}/{repo}/installation', 'GET /users/{username}/installation', 'POST /app/installations/{installation_id}/access_tokens',
  'GET /installation/repositories', 'GET /orgs/{org}/repos', 'GET /users/{username}/repos', 'GET /repos/{owner}/{repo}', 'GET /user', 'GET /rate_limit', 'GET /search/issues',
  'GET /repos/{owner}/{repo}/git/matching-refs/{ref}', 'GET /repos/{owner}/{repo}/git/ref/{ref}', 'POST /repos/{owner}/{repo}/git/refs',
  'GET /repos/{owner}/{repo}/git/commits/{commit_sha}', 'POST /repos/{owner}/{repo}/git/commits',
  'GET /repos/{owner}/{repo}/git/trees/{tree_sha}', 'POST /repos/{owner}/{repo}/git/trees', 'GET /repos/{owner}/{repo}/compare/{basehead}',
  'GET /repos/{owner}/{repo}/pulls', 'POST /repos/{owner}/{repo}/pulls', 'GET /repos/{owner}/{repo}/pulls/{pull_number}', 'PATCH /repos/{owner}/{repo}/pulls/{pull_number}',
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers',
  'GET /repos/{owner}/{repo}/issues', 'POST /repos/{owner}/{repo}/issues', 'PATCH /repos/{owner}/{repo}/issues/{issue_number}',
  'POST /repos/{owner}/{repo}/issues/{issue_number}/labels', 'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}', 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
];

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error('name the directory of the package @octokit/openapi');
const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
const whole = JSON.parse(readFileSync(join(directory, 'generated/api.github.com.json'), 'utf8'));

const components = {};
const paths = {};
for (const name of OPERATIONS) {
  const [method, path] = name.split(' ');
  const found = Object.keys(whole.paths).find((candidate) => candidate === path || candidate === path.replace('{basehead}', '{base}...{head}'));
  const operation = whole.paths[found]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`${name} is not in the description`);
  (paths[path] ??= {})[method.toLowerCase()] = slim({ parameters: [...(whole.paths[found].parameters ?? []), ...(operation.parameters ?? [])], requestBody: operation.requestBody, responses: operation.responses });
}

/** Keeps what validates; drops prose and examples. Follows references. */
function slim(node) {
  if (Array.isArray(node)) return node.map(slim);
  if (node === null || typeof node !== 'object') return node;
  if (typeof node.$ref === 'string') {
    follow(node.$ref);
    return { $ref: node.$ref };
  }
  const result = {};
  for (const [key, value] of Object.entries(node)) {
    if (value === undefined) continue;
    const isSchemaWord = !('properties' in node && key in (node.properties ?? {}));
    if (isSchemaWord && (key === 'examples' || key === 'example' || (key === 'description' && typeof value === 'string') || key === 'externalDocs' || key.startsWith('x-') || (key === 'title' && typeof value === 'string') || (key === 'deprecated' && typeof value === 'boolean'))) continue;
    result[key] = key === 'properties' ? Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, slim(schema)])) : slim(value);
  }
  return result;
}

function follow(reference) {
  const [, , kind, name] = reference.split('/');
  components[kind] ??= {};
  if (components[kind][name] !== undefined) return;
  components[kind][name] = {};
  if (kind === 'examples') return;
  components[kind][name] = slim(whole.components[kind][name]);
}

delete components.examples;
const comment = `Cut from GitHub's OpenAPI description (https://github.com/github/rest-api-description, MIT licence, Copyright (c) 2020 GitHub) as packaged in @octokit/openapi ${version} (MIT licence, Copyright (c) 2020 Octokit contributors) by scripts/openapi-slice.mjs.`;
const slice = { $comment: comment, openapi: whole.openapi, info: { title: whole.info.title, version: whole.info.version }, paths, components };
writeFileSync('test/support/github/openapi-slice.json', `${JSON.stringify(slice)}\n`);
