import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyCron, changesOf, slotsByMinute, slotsInTurn } from '../support/minute-by-minute.ts';

const dayMs = 86_400_000;
const from = Date.parse('2026-06-01T00:00:00Z');
const span = { from, until: from + 500 * dayMs };
/** Each slot costs tens of microseconds: a rule of every minute would be all of the time. */
const slotsMax = 4_000;

const crons = [
  '30 0 * * *',
  '30 1 * * *',
  '0,30 2 * * *',
  '15-45/10 2,3 * * *',
  '0 1,13 * * *',
  '30 22-23 * * *',
  '0 0 * * 1-5',
  '0 0-23 * * *',
  '45 * * * *',
  '*/30 1-3 * * 0,6',
  '10 */3 * * *',
];

test('In all zones over 500 days, slots are those that a visit of each minute finds', { timeout: 1_800_000 }, () => {
  const zones = Intl.supportedValuesOf('timeZone');
  expect(zones.length).toBeGreaterThan(400);
  const random = fc.sample(anyCron, { numRuns: 6 * zones.length, seed: 20_261_129 });
  const visited = new Set<string>();
  for (const [index, timezone] of zones.entries()) {
    // Zones whose clocks change alike on the same days differ in their hours at most.
    const changes = JSON.stringify(changesOf(timezone, span));
    const days = visited.has(changes) ? { from, until: from + 10 * dayMs } : span;
    visited.add(changes);
    const chosen = [...crons, ...random.slice(index * 6, index * 6 + 6)];
    const expected = slotsByMinute(timezone, chosen, days);
    for (const [at, cron] of chosen.entries()) {
      const slots = expected[at] ?? [];
      const scene = `${cron} ${timezone}`;
      const until = slots[slotsMax] ?? days.until;
      expect([scene, slotsInTurn({ cron, timezone }, { ...days, until })]).toEqual([scene, slots.slice(0, slotsMax)]);
    }
  }
  expect(visited.size).toBeGreaterThan(20);
});
