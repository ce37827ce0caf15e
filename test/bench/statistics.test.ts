import { expect, test } from 'vitest';
import { interleave } from '../../bench/measure/interleave.mjs';
import { judgeLine } from '../../bench/measure/judge.mjs';
import { createTimetable, median, quantile, ratioOf, summarizeLatencies } from '../../bench/measure/statistics.mjs';

const rate = ({ perSecond }: { perSecond: number }) => perSecond;
const reportsOf = (...rates: number[]) => rates.map((perSecond) => ({ perSecond }));

test('The median of an even count of numbers is the mean of the middle two', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7]), median([])]).toEqual([2, 2.5, 7, 0]);
});

test('A quantile is the value below which a share of the numbers are', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect([0, 0.5, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([1, 51, 100, 100]);
});

test('A ratio compares reports of the same round, so that a slow machine slows both sides', () => {
  const machine = [1, 0.1, 0.5];
  const ours = reportsOf(...machine.map((speed) => 2_000 * speed));
  const peers = reportsOf(...machine.map((speed) => 1_000 * speed));
  expect(ratioOf(ours, peers, rate)).toEqual({ median: 2, low: 2, high: 2, rounds: 3 });
});

test('A ratio of few rounds names the lowest and the highest of them', () => {
  expect(ratioOf(reportsOf(100, 300, 200), reportsOf(100, 100, 100), rate)).toMatchObject({
    median: 2,
    low: 1,
    high: 3,
  });
});

test('Every variant runs once per round, and another variant begins each round', async () => {
  const order: string[] = [];
  const run = (variant: string) => Promise.resolve(order.push(variant));
  const reports = await interleave(['a', 'b', 'c'], { rounds: 3, run });
  expect(order.join('')).toBe('abcbcacab');
  expect(reports).toEqual({ a: [1, 6, 8], b: [2, 4, 9], c: [3, 5, 7] });
});

test('A timetable makes requests due by the clock, whether or not earlier ones were answered', () => {
  const timetable = createTimetable({ perSecond: 100, seconds: 0.05 });
  expect(timetable.takeDue(0)).toEqual([0]);
  expect(timetable.takeDue(5)).toEqual([]);
  expect(timetable.takeDue(31)).toEqual([10, 20, 30]);
  expect([timetable.isOver(), timetable.takeDue(1_000), timetable.isOver()]).toEqual([false, [40], true]);
});

test('A server that stops for a second is seen in each request that was due meanwhile, not in the next one alone', () => {
  const timetable = createTimetable({ perSecond: 100, seconds: 10 });
  const answered = (dueMs: number) => (dueMs >= 5_000 && dueMs < 6_000 ? 6_000 : dueMs + 1);
  const latencies = timetable.takeDue(10_000).map((dueMs) => answered(dueMs) - dueMs);
  expect(latencies).toHaveLength(1_000);
  const { p50, p95, p99, worst } = summarizeLatencies(latencies);
  expect(p50).toBe(1);
  expect(p95).toBeGreaterThan(400); // a tenth of all requests waited, half of them for more than half a second
  expect(p99).toBeGreaterThan(850);
  expect(worst).toBe(1_000);
});

test('A line is met by the median of its ratios, and a missing contestant leaves it out', () => {
  const reports = { Turno: reportsOf(90, 110, 100), naive: reportsOf(100, 100, 100) };
  const line = { what: 'rate', contestant: 'Turno', measure: rate, against: 'naive' };
  expect(judgeLine({ ...line, minimum: 1 }, reports)?.met).toBe(true);
  expect(judgeLine({ ...line, minimum: 1.01 }, reports)?.met).toBe(false);
  expect(judgeLine(line, reports)?.met).toBeUndefined();
  expect(judgeLine({ ...line, against: 'pg-boss', minimum: 1 }, reports)).toBeUndefined();
});

test('A line without a base is judged by its own median, and a value that was not measured is not met', () => {
  const line = { what: 'cost', contestant: 'Turno', measure: rate, maximum: 60 };
  expect(judgeLine(line, { Turno: reportsOf(50, 70, 60) })?.met).toBe(true);
  expect(judgeLine(line, { Turno: reportsOf(61, 61, 61) })?.met).toBe(false);
  expect(judgeLine(line, { Turno: reportsOf(Number.NaN) })?.met).toBe(false);
});
