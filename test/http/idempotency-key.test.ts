import { expect, test } from 'vitest';
import { parseIdempotencyKey } from '../../apps/api/src/http/request/idempotency-key.ts';

const same: [string, string][] = [
  ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
  ['"8e03978e"', '8e03978e'],
  ['"with a space"', 'with a space'],
  [String.raw`"a \"quote\" and a \\"`, String.raw`a "quote" and a \ `.trim()],
  ['a'.repeat(255), 'a'.repeat(255)],
  [`"${String.raw`\"`.repeat(255)}"`, '"'.repeat(255)],
];

test.each(same)('The Idempotency-Key header %s is parsed as %s', (header, key) => {
  expect(parseIdempotencyKey(header)).toBe(key);
});

test.each([
  '',
  '""',
  '"open',
  'two words',
  '"a", "b"',
  'a"b',
  'ünlaut',
  '"tab\there"',
  'a'.repeat(256),
  '"a";p=1',
  'a\\b',
])('The Idempotency-Key header %s is rejected', (header) => {
  expect(() => parseIdempotencyKey(header)).toThrow(expect.objectContaining({ code: 'invalid-idempotency-key' }));
});
