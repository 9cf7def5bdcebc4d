import { describe, expect, test } from 'vitest';
import { baseFromTable, estimate } from '../../src/size/estimate.ts';
import { layersAsHtml, layersAsMarkdown, layersAsText } from '../../src/size/layer-table.ts';
import { compareLayers, readableInstruction } from '../../src/size/layers.ts';
import { frozenImages } from '../support/images.ts';

describe('estimates', () => {
  const before = { pull: 300, method: 'registry manifest' };
  const after = { pull: 10, method: 'registry manifest' };
  const published = { kind: 'measured', pull: 400, platform: 'linux/amd64', method: 'registry manifest' } as const;

  test('without the published image only the bases are compared, and it says so', () => {
    const report = estimate({ platform: 'linux/amd64', before, after, stripped: false });
    expect(report.before).toMatchObject({ kind: 'estimated', pull: 300, method: expect.stringContaining('base image alone') });
    expect(report.after).toMatchObject({ kind: 'estimated', pull: 10 });
  });
  test('with it, what the Dockerfile adds moves to the new base', () => {
    expect(estimate({ platform: 'linux/amd64', before, after, published, stripped: false })).toEqual({
      before: published,
      after: {
        kind: 'estimated',
        pull: 110,
        platform: 'linux/amd64',
        method: 'published image, its base layers exchanged (registry manifest)',
      },
    });
  });
  test('stripped symbols are a range, not a number', () => {
    expect(estimate({ platform: 'linux/amd64', before, after, published, stripped: true }).after).toMatchObject({
      kind: 'estimated',
      pull: 85,
      range: [80, 90],
      method: expect.stringContaining('20 to 30 %'),
    });
  });
  test('an image that is smaller than its base is no ground for an estimate', () => {
    expect(estimate({ platform: 'linux/amd64', before, after, published: { ...published, pull: 200 }, stripped: false }).after.kind).toBe(
      'unknown',
    );
  });
  test('the table knows the common bases, with their date and a range', () => {
    expect(baseFromTable('gcr.io/distroless/static-debian13:nonroot', frozenImages)?.pull).toBeLessThan(3e6);
    expect(baseFromTable('golang:1.24', frozenImages)?.pull).toBeGreaterThan(250e6);
    expect(baseFromTable('python:3.12-slim-bookworm', frozenImages)).toMatchObject({ method: expect.stringMatching(/^table of 20\d\d-/) });
    expect(baseFromTable('node:22-alpine', frozenImages)?.pull).toBeLessThan(80e6);
    for (const reference of [
      'acme/app:1',
      'postgres:16',
      'gcr.io/distroless/static-debian13:debug',
      'golang:windowsservercore',
      'debian:12',
    ])
      expect(baseFromTable(reference, frozenImages), reference).toBeUndefined();
  });
});

describe('layers', () => {
  test('what builders write around an instruction is taken off', () => {
    expect(readableInstruction('/bin/sh -c #(nop)  CMD ["bash"]')).toBe('CMD ["bash"]');
    expect(readableInstruction('RUN /bin/sh -c go build -o /app . # buildkit')).toBe('RUN go build -o /app .');
    expect(readableInstruction('RUN |1 V=2 /bin/sh -c make # buildkit')).toBe('RUN make');
    expect(readableInstruction('COPY app /app # buildkit')).toBe('COPY app /app');
    expect(readableInstruction(undefined)).toBe('(base image)');
  });
  test('equal layers stand side by side, others alone, in order', () => {
    const base = { instruction: 'ADD rootfs.tar /', size: 100, digest: 'sha256:1' };
    const rows = compareLayers(
      [base, { instruction: 'RUN apt-get install gcc', size: 50 }, { instruction: 'COPY app /app', size: 9 }],
      [
        { ...base, size: 2, digest: 'sha256:2', instruction: 'other base' },
        { instruction: 'COPY app /app', size: 7 },
        { instruction: 'USER 65532', size: 0 },
      ],
    );
    expect(rows).toEqual([
      { instruction: 'ADD rootfs.tar /', before: 100, after: undefined },
      { instruction: 'RUN apt-get install gcc', before: 50, after: undefined },
      { instruction: 'other base', before: undefined, after: 2 },
      { instruction: 'COPY app /app', before: 9, after: 7 },
      { instruction: 'USER 65532', before: undefined, after: 0 },
    ]);
  });
  test('every layer occurs once, whatever the images are', () => {
    const rows = compareLayers(
      Array.from({ length: 600 }, (_, i) => ({ instruction: `a${i}`, size: 1 })),
      Array.from({ length: 600 }, (_, i) => ({ instruction: `a${i % 7}`, size: 1 })),
    );
    expect(rows.filter(({ before }) => before !== undefined)).toHaveLength(600);
    expect(rows.filter(({ after }) => after !== undefined)).toHaveLength(600);
  });
  test('the three renderings neutralise what instructions hold', () => {
    const rows = [{ instruction: 'RUN echo "`|<b>@team\u001b[31m\n" && true', before: 1_500_000, after: undefined }];
    expect(layersAsText(rows)).not.toContain('\u001b');
    expect(layersAsText(rows)).toContain('total');
    expect(layersAsMarkdown(rows)).toContain('<code>RUN echo &quot;&#96;&#124;&lt;b&gt;&#64;team');
    expect(layersAsMarkdown([{ instruction: 'RUN a `b`', before: 1, after: 1 }])).toContain('| `` RUN a `b` `` |');
    expect(layersAsMarkdown(rows)).toContain('| total | 1.5 MB | 0 B |');
    expect(layersAsHtml(rows)).toContain('&lt;b&gt;');
    expect(layersAsHtml(rows)).toContain('<tr class="gone">');
    expect(layersAsHtml(rows)).toContain('1.5 MB');
  });
});
