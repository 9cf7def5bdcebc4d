/** `dockmod size` and `dockmod verify` as processes: exit codes, formats, and nothing secret in any output. */

import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DOCKER_STUB } from '../engine/docker-stub.ts';
import { checkout, CLI, GO_SERVICE, temporary, under } from './checkout.ts';

const PASSWORD = 'canary-size-7d1e';
const BASIC = Buffer.from(`me:${PASSWORD}`).toString('base64');
const DIGEST = `sha256:${'a'.repeat(64)}`;

/** Not spawnSync: the registry lives in this process. */
async function dockmod(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: options.cwd ?? '/',
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', NO_COLOR: '1', ...options.env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, stdout, stderr };
}

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const [, name = ''] = /^\/v2\/([^/]+)\//.exec(request.url ?? '') ?? [];
  const status = Number(/^s(\d+)$/.exec(name)?.[1]);
  if (status > 0)
    return void response
      .writeHead(status, { 'retry-after': '9999', ...(status === 401 ? { 'www-authenticate': 'Basic realm="x"' } : {}) })
      .end(`echo ${request.headers.authorization ?? ''} ${PASSWORD}`);
  if (name === 'garbage') return void response.writeHead(200).end(`<html>${PASSWORD}`);
  if (request.headers.authorization !== `Basic ${BASIC}`)
    return void response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
  const size = name === 'big' ? 5_000_000 : 1_000_000;
  const config = {
    os: 'linux',
    architecture: 'amd64',
    history: [{ created_by: `RUN login --password=${PASSWORD}` }, { created_by: 'COPY app /app # buildkit' }],
  };
  response.writeHead(200, { 'content-type': 'application/json' }).end(
    JSON.stringify(
      request.url?.includes('/blobs/') === true
        ? config
        : {
            schemaVersion: 2,
            config: { digest: DIGEST, size: 100 },
            layers: [
              { digest: DIGEST, size },
              { digest: DIGEST, size: 20 },
            ],
          },
    ),
  );
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const config = temporary();
writeFileSync(join(config, 'config.json'), JSON.stringify({ auths: { [registry]: { auth: BASIC } } }));
const signedIn = { env: { DOCKER_CONFIG: config } };
const shop = checkout(under('services/api', GO_SERVICE));

describe('dockmod size', () => {
  it('measures images, compares their layers, and shows no credential in any format', async () => {
    const text = await dockmod(['size', '--layers', `${registry}/big:1`, `${registry}/small:1`], signedIn);
    expect(text).toMatchObject({ status: 0, stderr: '' });
    expect(text.stdout).toContain('measured: registry manifest, linux/amd64');
    expect(text.stdout).toMatch(/total +5\.0 MB +1\.0 MB/);
    const html = await dockmod(['size', '--layers', '--format', 'html', `${registry}/big:1`], signedIn);
    expect(html.stdout).toMatch(/^<!doctype html>[\s\S]*<h2>Layers<\/h2>/);
    const json = await dockmod(['size', '--layers', '--format', 'json', `${registry}/big:1`, `${registry}/small:1`], signedIn);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: 'dockmod.size/1',
      sizes: [{ before: { kind: 'measured', pull: 5_000_120 } }, {}],
      layers: expect.any(Array),
    });
    const markdown = await dockmod(['size', '--layers', '--format', 'markdown', `${registry}/big:1`], signedIn);
    for (const { stdout, stderr } of [text, html, json, markdown]) expect(stdout + stderr).not.toMatch(new RegExp(`${PASSWORD}|${BASIC}`));
  });

  it.each([
    ['s401', 'wants credentials'],
    ['s403', 'denies access'],
    ['s404', 'does not have it'],
    ['s429', 'rate-limiting'],
    ['garbage', 'is not JSON'],
  ])('%s is an image that could not be measured: exit 1', async (name, reason) => {
    const { status, stdout, stderr } = await dockmod(['size', `${registry}/${name}:1`], signedIn);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toContain(reason);
    expect(stdout).not.toMatch(new RegExp(`${PASSWORD}|${BASIC}`));
  });

  it('one image that could not be measured among others is a failure, too', async () => {
    expect((await dockmod(['size', `${registry}/big:1`, `${registry}/s404:1`], signedIn)).status).toBe(1);
  });

  it('estimates services offline, labelled, with the date of the table', async () => {
    const { status, stdout } = await dockmod(['size', '--offline', '.'], { cwd: shop });
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /api +≈ 3\.8 MB +≈ \d+ kB +−\d+ % +estimated: table of 20\d\d-\d\d-\d\d .*base image alone, without what the Dockerfile adds/,
    );
    expect((await dockmod(['size', '--offline', '--layers', 'golang:1.24'])).stderr).toContain('no layers to show');
  });

  it('neither a path nor a reference is wrong usage', async () => {
    expect(await dockmod(['size', 'Not A Reference'])).toMatchObject({ status: 2, stdout: '' });
    expect(await dockmod(['size', '--mirror', 'nonsense', 'golang:1'])).toMatchObject({ status: 2 });
  });
});

describe('dockmod verify', () => {
  const programs = temporary();
  writeFileSync(join(programs, 'docker'), DOCKER_STUB);
  chmodSync(join(programs, 'docker'), 0o755);
  // Without nsenter or its privileges, so that the script alone answers.
  const env = (more: Readonly<Record<string, string>> = {}) => ({
    cwd: shop,
    env: { PATH: `${programs}:/usr/bin:/bin`, STUB_LOG: join(programs, 'log'), ...more },
  });
  const quick = ['--no-rebuild', '--no-scan', '--uptime', '0.1'];

  it('prints the verdict with numbers, and ends with 0', async () => {
    const { status, stdout } = await dockmod(['verify', ...quick, 'services/api'], env());
    expect(stdout).toMatch(/^api: better: works as before, and improved\n/);
    expect(stdout).toMatch(/ {2}user +uid 0 {2}-> {2}uid 65532\n/);
    expect(status).toBe(0);
  });

  it('ends with 1 when something got worse, and says what', async () => {
    const { status, stdout, stderr } = await dockmod(
      ['verify', ...quick, 'services/api'],
      env({ STATE: 'crash-after', CANARY: 'API_TOKEN=hunter2hunter2' }),
    );
    expect(status).toBe(1);
    expect(stdout).toContain('  - ran before, now ends with 139');
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('has a versioned document, markdown and a page', async () => {
    const json = JSON.parse((await dockmod(['verify', ...quick, '--json'], env())).stdout) as unknown;
    expect(json).toMatchObject({
      schema: 'dockmod.verification/1',
      engine: 'docker 28.0.1',
      services: [{ service: 'api', judgement: 'better', plan: expect.stringMatching(/^sha256:/), before: { build: { kind: 'built' } } }],
    });
    expect((await dockmod(['verify', ...quick, '--format', 'markdown'], env())).stdout).toContain('## `api`: better');
    expect((await dockmod(['verify', ...quick, '--format', 'html'], env())).stdout).toMatch(/^<!doctype html>/);
  });

  it('says that vulnerabilities were not counted where no scanner is', async () => {
    expect((await dockmod(['verify', '--no-rebuild', '--uptime', '0.1'], env({ SCOUT: 'none' }))).stdout).toContain(
      'neither trivy nor docker scout is installed',
    );
  });

  it('without an engine: what was tried, and 1', async () => {
    const nothing = temporary();
    const { status, stdout, stderr } = await dockmod(['verify'], { cwd: shop, env: { PATH: nothing } });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('  docker is not installed\n  podman is not installed\n  buildah is not installed\n');
    expect((await dockmod(['verify', '--engine', 'podman'], { cwd: shop, env: { PATH: nothing } })).stderr).not.toContain('docker is');
    expect((await dockmod(['verify', '--engine', 'rkt'], { cwd: shop })).status).toBe(2);
    for (const seconds of ['0', 'soon', '1e9']) expect((await dockmod(['verify', '--uptime', seconds], { cwd: shop })).status).toBe(2);
  });
});
