/** GitHub's own description of its API (openapi-slice.json): validates requests and responses, and makes complete examples. */

import { readFileSync } from 'node:fs';

import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

type Json = { readonly [key: string]: unknown };

const slice = JSON.parse(readFileSync(new URL('./openapi-slice.json', import.meta.url), 'utf8')) as Json & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, Json>>>>;
};

/** OpenAPI 3.0 writes `nullable: true` where JSON Schema has a type `null`. */
function nullable(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(nullable);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node)
    .filter(([key]) => key !== 'nullable')
    .map(([key, value]) => [key, nullable(value)] as const);
  const schema = Object.fromEntries(entries) as Json;
  return (node as Json)['nullable'] === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

const ajv = new Ajv({ strict: false, allErrors: false, validateSchema: false, formats: { 'repo.nwo': true } });
(addFormats as unknown as (instance: Ajv) => void)(ajv);
ajv.addSchema(nullable(slice) as Json, 'github');

export interface Operation {
  readonly name: string;
  readonly params: Readonly<Record<string, string>>;
  /** Problems of the request, e.g. an unknown parameter; GitHub would ignore or refuse it. */
  readonly request: (query: URLSearchParams, body: unknown) => readonly string[];
  readonly response: (status: number, body: unknown) => readonly string[];
}

interface Route {
  readonly name: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly method: string;
  readonly path: string;
}

const ROUTES: readonly Route[] = Object.entries(slice.paths).flatMap(([path, methods]) => {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  const pattern = new RegExp(
    `^${path.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'ref' || name === 'basehead' ? '(.+)' : '([^/]+)'))}$`,
  );
  return Object.keys(methods).map((method) => ({ name: `${method.toUpperCase()} ${path}`, pattern, names, method, path }));
});

/** The operation behind a request, or `undefined` when the description has none. */
export function operationFor(method: string, path: string): Operation | undefined {
  for (const route of ROUTES) {
    const match = route.method === method.toLowerCase() ? route.pattern.exec(path) : null;
    if (match === null) continue;
    const params = Object.fromEntries(route.names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]));
    return {
      name: route.name,
      params,
      request: (query, body) => requestProblems(route, query, body),
      response: (status, body) => responseProblems(route, status, body),
    };
  }
  return undefined;
}

function requestProblems({ name, method, path }: Route, query: URLSearchParams, body: unknown): readonly string[] {
  const operation = slice.paths[path]?.[method] ?? {};
  const known = new Set(
    ((operation['parameters'] ?? []) as readonly Json[])
      .map((parameter) => resolve(parameter))
      .filter((parameter) => parameter['in'] === 'query')
      .map((parameter) => parameter['name']),
  );
  const problems = [...query.keys()].filter((key) => !known.has(key)).map((key) => `${name}: unknown query parameter ${key}`);
  const pointer = `/paths/${escape(path)}/${method}/requestBody/content/application~1json/schema`;
  const schema = at(pointer);
  if (schema === undefined) return body === undefined ? problems : [...problems, `${name}: takes no body`];
  if (body === undefined)
    return at(`/paths/${escape(path)}/${method}/requestBody`)?.['required'] === true ? [...problems, `${name}: needs a body`] : problems;
  const properties = schema['properties'];
  if (typeof properties === 'object' && properties !== null)
    problems.push(
      ...Object.keys(body as Json)
        .filter((key) => !(key in properties))
        .map((key) => `${name}: unknown field ${key}`),
    );
  return [...problems, ...errors(name, pointer, body)];
}

function responseProblems({ name, method, path }: Route, status: number, body: unknown): readonly string[] {
  const pointer = `/paths/${escape(path)}/${method}/responses/${status}`;
  const response = at(pointer);
  if (response === undefined) return [401, 403, 429, 500, 502, 503].includes(status) ? [] : [`${name}: ${status} is not described`];
  const reference = response['$ref'];
  const place = typeof reference === 'string' ? reference.slice(1) : pointer;
  if (at(`${place}/content/application~1json/schema`) === undefined) return [];
  return errors(`${name} ${status}`, `${place}/content/application~1json/schema`, body);
}

const compiled = new Map<string, ValidateFunction>();

function errors(name: string, pointer: string, value: unknown): readonly string[] {
  let validate = compiled.get(pointer);
  if (validate === undefined) {
    validate = ajv.compile({ $ref: `github#${encodeURI(pointer)}` });
    compiled.set(pointer, validate);
  }
  return validate(value) === true ? [] : [`${name}: ${ajv.errorsText(validate.errors, { dataVar: 'body' })}`];
}

/** A complete example of a component schema: every required field, with the simplest value. */
export function sample(name: string, fields: Json = {}): Json {
  let made = samples.get(name);
  if (made === undefined) {
    made = simplest({ $ref: `#/components/schemas/${name}` }) as Json;
    samples.set(name, made);
  }
  return { ...made, ...fields };
}

const samples = new Map<string, Json>();

function simplest(schema: Json): unknown {
  const node = resolve(schema);
  if (node['nullable'] === true) return null;
  const [choice] = (node['oneOf'] ?? node['anyOf'] ?? []) as readonly Json[];
  if (choice !== undefined && node['properties'] === undefined) return simplest(choice);
  if (Array.isArray(node['allOf'])) return Object.assign({}, ...(node['allOf'] as readonly Json[]).map(simplest));
  if (Array.isArray(node['enum'])) return node['enum'][0];
  switch (node['type']) {
    case 'string':
      return node['format'] === 'date-time' ? '2026-01-01T00:00:00Z' : node['format'] === 'uri' ? 'https://github.example/' : 'x';
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return false;
    case 'array':
      return [];
    default:
      return Object.fromEntries(
        ((node['required'] ?? []) as readonly string[]).map((key) => [
          key,
          simplest(((node['properties'] ?? {}) as Readonly<Record<string, Json>>)[key] ?? {}),
        ]),
      );
  }
}

function resolve(node: Json): Json {
  return typeof node['$ref'] === 'string' ? resolve(at(node['$ref'].slice(1)) ?? {}) : node;
}

function at(pointer: string): Json | undefined {
  let node: unknown = slice;
  for (const part of pointer.split('/').slice(1)) node = (node as Json | undefined)?.[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  return node as Json | undefined;
}

function escape(path: string): string {
  return path.replaceAll('~', '~0').replaceAll('/', '~1');
}
