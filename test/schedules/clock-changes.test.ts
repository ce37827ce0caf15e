import { faultOf, latestSlots, nextSlot } from '@turno/schedules';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCron, changesOf, slotsByMinute, slotsInTurn } from '../support/minute-by-minute.ts';

const dayMs = 86_400_000;
const asText = (moments: readonly number[]) => moments.map((moment) => new Date(moment).toISOString());

/** Returns the slots in the two days around a moment, as `27T01:00`. */
function around(timezone: string, cron: string, day: string): string[] {
  const middle = Date.parse(`${day}T00:00:00Z`);
  const slots = slotsInTurn({ cron, timezone }, { from: middle - dayMs, until: middle + 2 * dayMs });
  return asText(slots).map((text) => text.slice(8, 16));
}

describe('A time of day', () => {
  test.each([
    // The clock skips it: at the change.
    ['America/New_York', '0 2,14 14 3 *', '2027-03-14', ['14T07:00', '14T18:00']],
    ['America/New_York', '0,30 2-3 14 3 *', '2027-03-14', ['14T07:00', '14T07:30']],
    ['America/New_York', '0-40/20 2 14 3 *', '2027-03-14', ['14T07:00']],
    ['America/Nuuk', '30 23 * * *', '2027-03-28', ['27T01:30', '28T01:00', '29T00:30']],
    ['America/Nuuk', '30 22,23 27 3 *', '2027-03-28', ['28T00:30', '28T01:00']],
    ['Australia/Lord_Howe', '5,15 2 * * *', '2026-10-03', ['02T15:35', '02T15:45', '03T15:30', '04T15:05', '04T15:15']],
    ['Antarctica/Troll', '30 1,2 29 3 *', '2026-03-29', ['29T01:00']],
    ['Pacific/Apia', '0 8 30 12 *', '2011-12-30', ['30T10:00']],
    // The clock shows it twice: the first time.
    [
      'America/New_York',
      '0 1,13 * * *',
      '2026-11-01',
      ['31T05:00', '31T17:00', '01T05:00', '01T18:00', '02T06:00', '02T18:00'],
    ],
    ['America/New_York', '0 0-3 1 11 *', '2026-11-01', ['01T04:00', '01T05:00', '01T07:00', '01T08:00']],
    ['Antarctica/Troll', '30 1,2 25 10 *', '2026-10-25', ['24T23:30', '25T00:30']],
    [
      'Australia/Lord_Howe',
      '35,45 1 * * *',
      '2026-04-04',
      ['03T14:35', '03T14:45', '04T14:35', '04T14:45', '05T15:05', '05T15:15'],
    ],
  ] as [string, string, string, string[]][])(
    'In %s the times of %s come once a day around %s',
    (timezone, cron, day, expected) => {
      expect(around(timezone, cron, day)).toEqual(expected);
    },
  );

  test('A search that begins within the second passage of a time does not find that time again', () => {
    const timetable = { cron: '45 1 * * *', timezone: 'America/New_York' };
    const next = nextSlot(timetable, new Date('2026-11-01T06:10:00.500Z'));
    expect(next?.toISOString()).toBe('2026-11-02T06:45:00.000Z');
  });

  test('A search that begins a millisecond before a change finds the times that the change skips', () => {
    const timetable = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };
    expect(nextSlot(timetable, new Date('2027-03-28T00:59:59.999Z'))?.toISOString()).toBe('2027-03-28T01:00:00.000Z');
    expect(nextSlot(timetable, new Date('2027-03-28T01:00:00.000Z'))?.toISOString()).toBe('2027-03-29T00:30:00.000Z');
  });
});

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'America/Nuuk',
  'America/Scoresbysund',
  'America/Havana',
  'America/Santiago',
  'Antarctica/Troll',
  'Atlantic/Azores',
  'Africa/Casablanca',
  'Africa/Cairo',
  'Asia/Beirut',
  'Asia/Gaza',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
];

test('Slots around a clock change are those that a visit of each minute finds, forwards and of the latest', () => {
  const year = { from: Date.parse('2026-06-01T00:00:00Z'), until: Date.parse('2027-10-14T00:00:00Z') };
  const changes = zones.flatMap((timezone) =>
    changesOf(timezone, year).map(({ at }) => ({ timezone, from: at - dayMs / 4, until: at + 1.5 * dayMs })),
  );
  expect(changes.length).toBeGreaterThan(2 * zones.length);
  const scene = fc.tuple(fc.constantFrom(...changes), fc.array(anyCron, { minLength: 4, maxLength: 4 }));
  const property = fc.property(scene, fc.integer({ min: 1, max: 40 }), ([{ timezone, ...span }, crons], countMax) => {
    const expected = slotsByMinute(timezone, crons, span);
    for (const [index, cron] of crons.entries()) {
      const timetable = { cron, timezone };
      const wanted = asText(expected[index] ?? []);
      expect([cron, asText(slotsInTurn(timetable, span))]).toEqual([cron, wanted]);
      const latest = latestSlots(timetable, {
        first: new Date(wanted[0] ?? span.until),
        until: new Date(span.until - 1),
        countMax,
      });
      expect([cron, latest.map((slot) => slot.toISOString())]).toEqual([cron, wanted.slice(-countMax)]);
    }
  });
  fc.assert(property, { numRuns: 30, seed: 20_261_129 });
});

describe('A faulty expression', () => {
  test.each([
    ['0 0 32 * *', 'day of month: "32"'],
    ['0 0 0 * *', 'day of month: "0"'],
    ['60 * * * *', 'minute: "60"'],
    ['0 24 * * *', 'hour: "24"'],
    ['0 0 * 13 *', 'month: "13"'],
    ['0 0 * 0 *', 'month: "0"'],
    ['0 0 * feb-foo *', 'month: "foo"'],
    ['0 0 * * 8', 'day of week: "8"'],
    ['0 0 * * jul', 'day of week: "jul"'],
    ['0 0 * * MONDAY', 'day of week: "MONDAY"'],
    ['0 0 * * 5#6', 'day of week: "5#6"'],
    ['0 0 99W * *', 'day of month: "99"'],
    ['1,,2 * * * *', 'minute: ""'],
    ['0 22-2 * * *', 'hour: "22-2"'],
    ['*/0 * * * *', 'minute: "*/0"'],
    ['*/61 * * * *', 'minute: "*/61"'],
    ['5/15 * * * *', 'minute: "5/15"'],
    ['1.5 * * * *', 'minute: "1.5"'],
    ['-1 * * * *', 'minute: "-1"'],
    ['1e1 * * * *', 'minute: "1e1"'],
    ['٣ * * * *', 'minute: "٣"'],
    ['@reboot', '"@reboot"'],
    ['0 0 * *', 'five parts'],
    ['0 0 0 * * *', 'five parts'],
    ['0 0 30 2 *', 'matches no time'],
    ['0 0 31 2,4,6,9,11 *', 'matches no time'],
  ])('The fault of %s names the part as it was written', (cron, text) => {
    const fault = faultOf({ cron, timezone: 'UTC' }, new Date());
    expect(fault?.field).toBe('cron');
    expect(fault?.detail).toContain(text);
  });
});

describe('A day', () => {
  test.each([
    ['0 0 13 * 5', ['2026-12-04', '2026-12-11', '2026-12-13']],
    ['0 0 13 * +5', ['2027-08-13', '2028-10-13', '2029-04-13']],
    ['0 0 * * 7', ['2026-12-06', '2026-12-13', '2026-12-20']],
    ['0 0 * * sat-sun', ['2026-12-05', '2026-12-06', '2026-12-12']],
    ['0 0 ? jan-MAR/2 ?', ['2027-01-01', '2027-01-02', '2027-01-03']],
    ['0 0 L * *', ['2026-11-30', '2026-12-31', '2027-01-31']],
    ['0 0 LW * *', ['2026-11-30', '2026-12-31', '2027-01-29']],
    ['0 0 1W,31W * *', ['2026-12-01', '2026-12-31', '2027-01-01']],
    ['0 0 * * 5#3', ['2026-12-18', '2027-01-15', '2027-02-19']],
    ['0 0 * * FRIL', ['2026-12-25', '2027-01-29', '2027-02-26']],
    ['0 0 29 2 *', ['2028-02-29', '2032-02-29', '2036-02-29']],
    ['0 0 29 2 +mon', ['2044-02-29', '2072-02-29', '2112-02-29']],
    ['@weekly', ['2026-12-06', '2026-12-13', '2026-12-20']],
  ])('The expression %s comes on the days that cron has for it', (cron, expected) => {
    let at = new Date('2026-11-29T12:00:00Z');
    const found = expected.map(() => (at = nextSlot({ cron, timezone: 'UTC' }, at) ?? at).toISOString().slice(0, 10));
    expect(found).toEqual(expected);
  });
});
