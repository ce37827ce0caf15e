import { expect, test } from 'vitest';
import { jobEtag, noneMatchKnowsState, noneMatchNames } from '../../apps/api/src/http/response/etag.ts';

const running = { run: 1, state: 'running', version: 12 } as const;
const completed = { run: 2, state: 'completed', version: 7 } as const;

test('The ETag of a job is weak while the job is unfinished and strong once it is final', () => {
  expect(jobEtag(running)).toBe('W/"1-running-12"');
  expect(jobEtag(completed)).toBe('"2-completed-7"');
  expect(jobEtag({ ...running, version: 13 })).not.toBe(jobEtag(running));
});

test.each([
  'W/"1-running-12"',
  '"1-running-12"',
  '*',
  ' * ',
  '"a", W/"1-running-12"',
  'W/"1-running-12","b"',
  '"with,comma" , "1-running-12"',
])('If-None-Match: %s matches the ETag by weak comparison', (header) => {
  expect(noneMatchNames(header, jobEtag(running))).toBe(true);
});

test.each([undefined, '', '""', '1-running-12', '"1-running-1"', '"1-running-123"', 'W/"1-running-13"', '"*"', 'w/'])(
  'If-None-Match: %s does not match the ETag',
  (header) => {
    expect(noneMatchNames(header, jobEtag(running))).toBe(false);
  },
);

test('The ETag distinguishes a client that knows the present state of the run from one that knows an older state', () => {
  expect(noneMatchKnowsState('W/"1-running-3"', running)).toBe(true);
  expect(noneMatchKnowsState('"x", W/"1-running-99"', running)).toBe(true);
  expect(noneMatchKnowsState('W/"1-queued-11"', running)).toBe(false);
  expect(noneMatchKnowsState('W/"2-running-12"', running)).toBe(false);
  expect(noneMatchKnowsState('W/"11-running-12"', running)).toBe(false);
  expect(noneMatchKnowsState('*', running)).toBe(false);
  expect(noneMatchKnowsState(undefined, running)).toBe(false);
});
