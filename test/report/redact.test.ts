import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactSecrets } from '../../src/report/redact.ts';
import { sentence } from '../../src/report/untrusted.ts';
import { cpuTime } from '../support/cpu-time.ts';

describe('secrets in prose', () => {
  it.each([
    ['`ENV DB_PASSWORD=hunter2 PORT=80`', '`ENV DB_PASSWORD=*** PORT=80`'],
    ['ENV API_KEY "a b c"', 'ENV API_KEY ***'],
    ['ARG NPM_TOKEN=abcdef', 'ARG NPM_TOKEN=***'],
    ["arg npm_token='x y' rest", 'arg npm_token=*** rest'],
    ['AWS_SECRET_ACCESS_KEY: wJalrXUtnFEMI', 'AWS_SECRET_ACCESS_KEY: ***'],
    ['git clone https://me:s3cret@git.example/x.git', 'git clone https://me:***@git.example/x.git'],
    [`curl -H ghp_${'a'.repeat(36)}`, 'curl -H ***'],
    ['-----BEGIN RSA PRIVATE KEY----- MIIE', '-----BEGIN RSA PRIVATE KEY-----***'],
  ])('are not repeated: %s', (text, expected) => {
    expect(redactSecrets(text)).toBe(expected);
  });

  it.each([
    'CMD ["./app", "$API_KEY"]',
    'ENV API_TOKEN=${API_TOKEN}',
    'ENV SECRET_FILE=/run/secrets/db',
    'ENV PASSWORD_LENGTH=12',
    'bot.limits: unknown key "token", did you mean "x"?',
    'PORT=8080 NAME=value',
    'https://example.com/a:b@c',
    '--allow-env=TOKEN_PATH: Deno.env.get',
  ])('are not seen where there are none: %s', (text) => {
    expect(redactSecrets(text)).toBe(text);
  });

  it('never survive as the value of a secret-looking name', () => {
    const value = fc.stringMatching(/^[A-Za-z0-9+/]{8,30}$/).filter((text) => !/^(?:true|false|\d{1,3}|\/.*)$/i.test(text));
    const name = fc.constantFrom('TOKEN', 'GITHUB_TOKEN', 'db_password', 'ApiKey', 'CLIENT_SECRET', 'AWS_SECRET_ACCESS_KEY');
    fc.assert(
      fc.property(name, value, fc.constantFrom('', '"', "'"), fc.string(), (key, secret, quote, around) => {
        fc.pre(!around.includes(secret) && !/\w$/.test(around));
        expect(redactSecrets(`${around} ${key}=${quote}${secret}${quote}`)).not.toContain(secret);
      }),
    );
  });

  it('cost linear time to look for', () => {
    const started = cpuTime();
    for (const unit of ['a', 'a=', '"', 'a="', 'ENV ', 'a:', 'x://', '-----BEGIN ', 'eyJ', 'a.', ' ', '\r\n'])
      redactSecrets(unit.repeat(200_000));
    expect(cpuTime() - started).toBeLessThan(4000);
  });
});

describe('a sentence', () => {
  it('is one line without control characters', () => {
    expect(sentence('a\r\n\tb \u001b[31mred\u202e')).toBe('a b \\u001b[31mred\\u202e');
  });
});
