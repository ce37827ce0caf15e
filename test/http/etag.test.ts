import { expect, it } from 'vitest';
import { jobEtag, noneMatchKnowsState, noneMatchNames } from '../../apps/api/src/http/response/etag.ts';

const running = { run: 1, state: 'running', version: 12 } as const;
const completed = { run: 2, state: 'completed', version: 7 } as const;

it('a tag is weak while the job is unfinished and strong once it is final', () => {
  expect(jobEtag(running)).toBe('W/"1-running-12"');
  expect(jobEtag(completed)).toBe('"2-completed-7"');
  expect(jobEtag({ ...running, version: 13 })).not.toBe(jobEtag(running));
});

it.each([
  'W/"1-running-12"',
  '"1-running-12"',
  '*',
  ' * ',
  '"a", W/"1-running-12"',
  'W/"1-running-12","b"',
  '"with,comma" , "1-running-12"',
])('If-None-Match: %s names the tag, compared weakly', (header) => {
  expect(noneMatchNames(header, jobEtag(running))).toBe(true);
});

it.each([undefined, '', '""', '1-running-12', '"1-running-1"', '"1-running-123"', 'W/"1-running-13"', '"*"', 'w/'])(
  'If-None-Match: %s does not name the tag',
  (header) => {
    expect(noneMatchNames(header, jobEtag(running))).toBe(false);
  },
);

it('a client that knew this state of this run is told apart from one that knew an older one', () => {
  expect(noneMatchKnowsState('W/"1-running-3"', running)).toBe(true);
  expect(noneMatchKnowsState('"x", W/"1-running-99"', running)).toBe(true);
  expect(noneMatchKnowsState('W/"1-queued-11"', running)).toBe(false);
  expect(noneMatchKnowsState('W/"2-running-12"', running)).toBe(false);
  expect(noneMatchKnowsState('W/"11-running-12"', running)).toBe(false);
  expect(noneMatchKnowsState('*', running)).toBe(false);
  expect(noneMatchKnowsState(undefined, running)).toBe(false);
});
