import { expect, test } from 'vitest';
import { preferredWaitSeconds } from '../../apps/api/src/http/request/prefer.ts';

test.each([
  ['wait=10', 10],
  ['wait=0', 0],
  ['wait=60', 60],
  ['wait=61', 60],
  ['wait=99999999999999999999999', 60],
  ['Wait=7', 7],
  ['wait="10"', 10],
  [String.raw`wait="1\0"`, 10],
  ['wait = 5', 5],
  ['  wait=5  ', 5],
  ['wait=5; foo=bar', 5],
  ['respond-async, wait=10', 10],
  ['respond-async,wait=10,return=minimal', 10],
  [',, ,wait=10,', 10],
  ['handling="a, wait=3", wait=4', 4],
  [String.raw`note="\", wait=3", wait=4`, 4],
  ['wait=4, wait=9', 4],
])('The header Prefer: %s waits %d s', (header, seconds) => {
  expect(preferredWaitSeconds(header, 60)).toBe(seconds);
});

test.each([
  undefined,
  '',
  'respond-async',
  'wait',
  'wait=',
  'wait=""',
  'wait=-1',
  'wait=1.5',
  'wait=1e1',
  'wait=ten',
  'wait=0x10',
  'await=5',
  'waits=5',
  'foo; wait=5',
  'foo="wait=5"',
  'wait=5 6',
  // Only the first instance of a preference counts, also when it is of no use.
  'wait=soon, wait=9',
])('The header Prefer: %s is ignored', (header) => {
  expect(preferredWaitSeconds(header, 60)).toBeUndefined();
});

test('A hostile Prefer header is parsed in linear time', () => {
  const long = 400_000; // so long that the square of it would take minutes
  for (const piece of ['"', '\\"', 'a="\\', ' ', ';=', 'a="', ',']) {
    for (const first of ['', '"', 'wait', 'wait=']) {
      expect(preferredWaitSeconds(`${first}${piece.repeat(long / piece.length)}x`, 60)).toBeUndefined();
    }
  }
});
