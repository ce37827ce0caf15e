import { loadCatalogue } from '@turno/kinds';
import { inOwnTurn, mapInSlices } from '@turno/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { parseBatch } from '../../apps/api/src/operations/jobs/parse-submit.ts';

/** Counts the turns of the event loop until the test has finished. */
function countLoops(): { count: number } {
  const loops = { count: 0 };
  let timer = setImmediate(next);
  function next() {
    loops.count += 1;
    timer = setImmediate(next);
  }
  onTestFinished(() => clearImmediate(timer));
  return loops;
}

/** Occupies the event loop for two milliseconds. */
function work(): void {
  const end = performance.now() + 2;
  while (performance.now() < end);
}

test('However many long lists are mapped at once, a turn of the event loop has one slice of one of them', async () => {
  const loops = countLoops();
  const lists = Array.from({ length: 5 }, () => Array.from({ length: 12 }, (_, index) => index));
  const seen = new Map<number, Set<number>>();
  const mapped = lists.map((list, name) =>
    mapInSlices(list, (item) => {
      work();
      seen.set(loops.count, (seen.get(loops.count) ?? new Set()).add(name));
      return item * 2;
    }),
  );
  expect(await Promise.all(mapped)).toEqual(lists.map((list) => list.map((item) => item * 2)));
  expect([...seen.values()].filter((names) => names.size > 1)).toEqual([]);
  // Five milliseconds are three items of two each, whatever the speed of the machine.
  expect(seen.size).toBeGreaterThanOrEqual((5 * 12) / 3);
});

test('An error in a list reaches its caller, and the other lists go on', async () => {
  const items = Array.from({ length: 20 }, (_, index) => index);
  const failing = mapInSlices(items, (item) => {
    work();
    if (item === 5) throw new Error('the fifth');
  });
  const other = mapInSlices(items, (item) => item);
  await expect(failing).rejects.toThrow('the fifth');
  expect(await other).toEqual(items);
  await expect(inOwnTurn(() => JSON.parse('{'))).rejects.toThrow(SyntaxError);
  expect(await inOwnTurn(() => 1)).toBe(1);
});

test('While a batch of 1,000 jobs is parsed, the event loop serves other requests', async () => {
  const catalogue = await loadCatalogue();
  const tags = Array.from({ length: 10 }, (_, index) => `tag-${index}`);
  const options = { tags, webhook: { url: 'https://receiver.example/path' }, metadata: { note: 'of one job' } };
  const jobs = Array.from({ length: 1_000 }, (_, n) => ({ kind: 'math.sum-of-squares', input: { n }, options }));
  const loops = countLoops();
  const requests = await parseBatch(catalogue, { jobs });
  expect(requests.map(({ input }) => input)).toEqual(jobs.map(({ input }) => input));
  expect(loops.count).toBeGreaterThan(2);
});
