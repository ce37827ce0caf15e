import { createPackTickets, createRunTimes } from '@turno/jobs';
import type { HandOver } from '@turno/postgres';
import { expect, test } from 'vitest';

const shortMs = 50;

function take(priorities: readonly number[], fields: Partial<HandOver> = {}): HandOver[] {
  return priorities.map((priority, index) => ({
    jobId: `job_${index}`,
    tenantId: `ten_${index % 2}`,
    kind: 'test.short',
    queue: 'io',
    ticket: 1,
    priority,
    ...fields,
  }));
}

/** The sizes of the packs of a take, and the ids in their order. */
function packsOf(jobs: readonly HandOver[], { queue = 'io', windowDepth = 1_000, slots = 100, ticketsMax = 32 } = {}) {
  const runTimes = { isShort: (kind: string) => kind === 'test.short' };
  const packs = createPackTickets({ runTimes, slotsOf: () => slots, ticketsMax })(jobs, { queue, windowDepth });
  expect(packs.flat()).toEqual(jobs);
  return packs.map((pack) => pack.length);
}

const equal = (count: number) => Array.from({ length: count }, () => 0);

test('A take is divided into packs in its order, whichever tenants its jobs are of', () => {
  expect(packsOf(take(equal(70)))).toEqual([32, 32, 6]);
});

test('A pack has at most a quarter of the window and half of the slots of its worker', () => {
  expect(packsOf(take(equal(20)), { windowDepth: 40 })).toEqual([10, 10]);
  expect(packsOf(take(equal(20)), { slots: 8 })).toEqual([4, 4, 4, 4, 4]);
});

test('Jobs travel alone without a deep backlog, on one slot, in another worker’s queue, and in the queue cpu', () => {
  for (const options of [{ windowDepth: 0 }, { slots: 1 }, { slots: 0 }, { queue: 'cpu' }])
    expect(packsOf(take(equal(3)), options)).toEqual([1, 1, 1]);
});

test('A pack has tickets of one priority', () => {
  expect(packsOf(take([5, 5, 0, 0, 0]))).toEqual([2, 3]);
});

test('A job of a kind that is not known to be short, and one that a pack could not start, travels alone', () => {
  expect(packsOf([...take([0, 0]), ...take([0], { kind: 'test.other' }), ...take([0, 0])])).toEqual([2, 1, 2]);
  expect(packsOf([...take([0, 0]), ...take([0], { alone: true }), ...take([0])])).toEqual([2, 1, 1]);
});

test('A kind is short once enough of its runs are known, while at most one in a hundred of the latest was long', () => {
  const times = createRunTimes({ shortMs, runsMin: 100 });
  const record = (count: number, ms: number) => equal(count).forEach(() => times.record('test.kind', ms));
  record(99, 1);
  expect(times.isShort('test.kind')).toBe(false);
  record(1, shortMs);
  expect(times.isShort('test.kind')).toBe(true);
  record(3, shortMs + 1);
  expect(times.isShort('test.kind')).toBe(false);
  record(198, 1);
  expect(times.isShort('test.kind')).toBe(true);
  expect(times.isShort('test.never-run')).toBe(false);
});
