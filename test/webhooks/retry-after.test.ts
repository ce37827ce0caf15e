import { parseRetryAfter } from '@turno/contract';
import { expect, test } from 'vitest';

const now = Date.UTC(2026, 10, 29, 12, 0, 0);

test.each<[string, number]>([
  ['0', 0],
  ['120', 120_000],
  [' 5 ', 5_000],
  ['2.5', 2_500],
  ['0.001', 1],
  ['.5', 500],
  ['3.', 3_000],
  ['007', 7_000],
  ['5, 10', 5_000],
  ['99999999999', 99_999_999_999_000],
  ['9'.repeat(400), Infinity],
  ['Sun, 29 Nov 2026 12:00:30 GMT', 30_000],
  ['Sunday, 29-Nov-26 12:01:00 GMT', 60_000],
  ['Sun Nov 29 12:00:07 2026', 7_000],
  ['Mon Dec  7 12:00:00 2026', 8 * 86_400_000],
  ['sun, 29 nov 2026 12:00:30 gmt', 30_000],
  ['Sun, 29 Nov 2026 12:00:30 UTC', 30_000],
  ['Sun, 29 Nov 2026 12:00:30 +0000', 30_000],
  ['2026-11-29T12:00:30Z', 30_000],
  ['2026-11-29T13:00:30.500+01:00', 30_500],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
  ['Sun Nov  6 08:49:37 1994', 0],
  ['Wed, 01 Jan 3000 00:00:00 GMT', Date.UTC(3000, 0, 1) - now],
])('The Retry-After %j means a wait of %d ms', (header, ms) => {
  expect(parseRetryAfter(header, now)).toBe(ms);
});

test.each([
  '',
  ' ',
  '-5',
  '+5',
  '1e3',
  '0x10',
  '5s',
  '2,5',
  'soon',
  'NaN',
  'Infinity',
  '5 5',
  '1.2.3',
  '\u0665',
  '2026-11-29',
  'Nov 29 2026',
  'Sun, 29 Foo 2026 12:00:30 GMT',
  'Sun, 29 Nov 2026 12:00:30',
  '12:00',
])('The Retry-After %j is ignored', (header) => {
  expect(parseRetryAfter(header, now)).toBeUndefined();
});
