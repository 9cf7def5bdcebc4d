import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createRedactor } from '../../src/bot/redact.ts';
import { cpuTime } from '../support/cpu-time.ts';

const CANARY = 'canary+Tok/en=0123456789abcdefgh';

describe('redaction', () => {
  it('removes the value in every form in which it could appear', () => {
    const { clean } = createRedactor([CANARY]);
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    for (const form of [
      CANARY,
      encodeURIComponent(CANARY),
      base64(CANARY),
      base64(`x-access-token:${CANARY}`),
      Buffer.from(CANARY).toString('base64url'),
      JSON.stringify({ token: CANARY }),
    ]) {
      const result = clean(`fatal: could not read ${form} from https://x`);
      expect(result).toContain('***');
      expect(result).not.toContain(CANARY);
      expect(result.includes(form)).toBe(false);
    }
  });

  it('finds it in base64 at any alignment, amid any text', () => {
    const { clean } = createRedactor([CANARY]);
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (before, after) => {
        const encoded = Buffer.from(`${before}${CANARY}${after}`).toString('base64');
        const left = clean(encoded).split('***').join('');
        expect(left.length).toBeLessThan(encoded.length - Math.floor((CANARY.length * 4) / 3) + 8);
      }),
    );
  });

  it('removes known token shapes that nobody told it about', () => {
    const { clean } = createRedactor();
    for (const secret of [
      `ghp_${'a1B2'.repeat(9)}`,
      `ghs_${'a1B2'.repeat(9)}`,
      `github_pat_${'A1_'.repeat(20)}`,
      `eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NSJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ`,
      `-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----`,
    ]) {
      expect(clean(`x ${secret} y`)).toBe('x *** y');
    }
    expect(clean('Authorization: Basic eC1hY2Nlc3MtdG9rZW46c2VjcmV0')).toBe('Authorization: Basic ***');
    expect(clean('https://user:hunter2@example.com/o/r')).toBe('https://user:***@example.com/o/r');
  });

  it('leaves ordinary text alone', () => {
    const text = 'FROM python:3.13@sha256:0123 # see https://example.com:8080/x ghosts v1.2.3';
    expect(createRedactor([CANARY, '', 'short']).clean(text)).toBe(text);
  });

  it('hides tokens that were refreshed meanwhile', () => {
    const redactor = createRedactor(['first-token-value']);
    redactor.add('second-token-value');
    expect(redactor.clean('first-token-value second-token-value')).toBe('*** ***');
  });

  it('is linear in hostile text', () => {
    const { clean } = createRedactor([CANARY]);
    const started = cpuTime();
    for (const unit of ['a', 'gh', '-----BEGIN ', 'eyJ', 'x://', 'authorization: ', '://a:', 'v1.'])
      clean(unit.repeat(100_000 / unit.length));
    expect(cpuTime() - started).toBeLessThan(5000);
  });
});
