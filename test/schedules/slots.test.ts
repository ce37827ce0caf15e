import { latestSlots, nextSlot, slotsOf } from '@turno/schedules';
import { describe, expect, test } from 'vitest';

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Returns the local time in the zone, such as `2026-03-29 03:00`. */
function shownIn(timezone: string, at: Date): string {
  const clock =
    clocks.get(timezone) ??
    new Intl.DateTimeFormat('sv', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' });
  clocks.set(timezone, clock);
  return clock.format(at);
}

function nextFew(cron: string, timezone: string, { from, count }: { from: string; count: number }): string[] {
  const found: string[] = [];
  for (let at = new Date(from); found.length < count;) {
    const next = nextSlot({ cron, timezone }, at);
    if (next === undefined) break;
    found.push(`${next.toISOString().slice(0, 16)}Z`);
    at = next;
  }
  return found;
}

describe('A slot that the clock skips in spring', () => {
  test.each([
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-03-28T00:00Z',
      ['2026-03-28T01:30Z', '2026-03-29T01:00Z', '2026-03-30T00:30Z'],
    ],
    [
      'America/New_York',
      '30 2 * * *',
      '2026-03-07T00:00Z',
      ['2026-03-07T07:30Z', '2026-03-08T07:00Z', '2026-03-09T06:30Z'],
    ],
    // This zone changes by half an hour, from 2:00 to 2:30.
    [
      'Australia/Lord_Howe',
      '15 2 * * *',
      '2026-10-02T00:00Z',
      ['2026-10-02T15:45Z', '2026-10-03T15:30Z', '2026-10-04T15:15Z'],
    ],
  ])('In %s a slot of %s that the clock skips runs at the change, once', (timezone, cron, from, expected) => {
    expect(nextFew(cron, timezone, { from, count: 3 })).toEqual(expected);
  });
});

describe('A slot that the clock shows twice in autumn', () => {
  test.each([
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-10-24T00:00Z',
      ['2026-10-24T00:30Z', '2026-10-25T00:30Z', '2026-10-26T01:30Z'],
    ],
    [
      'America/New_York',
      '30 1 * * *',
      '2026-10-31T00:00Z',
      ['2026-10-31T05:30Z', '2026-11-01T05:30Z', '2026-11-02T06:30Z'],
    ],
    [
      'Australia/Lord_Howe',
      '45 1 * * *',
      '2026-04-03T00:00Z',
      ['2026-04-03T14:45Z', '2026-04-04T14:45Z', '2026-04-05T15:15Z'],
    ],
  ])('In %s a slot of %s that the clock shows twice runs the first time only', (timezone, cron, from, expected) => {
    expect(nextFew(cron, timezone, { from, count: 3 })).toEqual(expected);
  });
});

describe('A rule of every few minutes at a clock change', () => {
  test.each([
    ['Europe/Berlin', '2026-03-28T23:00Z'],
    ['Europe/Berlin', '2026-10-24T23:00Z'],
    ['America/New_York', '2026-03-08T05:00Z'],
    ['America/New_York', '2026-11-01T04:00Z'],
    ['Australia/Lord_Howe', '2026-10-03T14:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T13:00Z'],
  ])('In %s a rule of every 15 minutes runs without a gap or repeat from %s', (timezone, from) => {
    const found = nextFew('*/15 * * * *', timezone, { from, count: 16 }).map((text) => Date.parse(text));
    const steps = found.slice(1).map((at, index) => (at - (found[index] ?? 0)) / 60_000);
    expect(steps).toEqual(steps.map(() => 15));
  });
});

describe('All slots of a year in each zone', () => {
  const minute = 17;
  test.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC'])(
    'In %s a daily rule runs on every day of a year, at its time or at a clock change',
    (timezone) => {
      for (let hour = 0; hour < 4; hour += 1) {
        const timetable = { cron: `${minute} ${hour} * * *`, timezone };
        const days: string[] = [];
        let at = new Date('2026-01-01T00:00:00Z');
        for (let day = 0; day < 365; day += 1) {
          const next = nextSlot(timetable, at) ?? at;
          expect(next.getTime()).toBeGreaterThan(at.getTime());
          const [date = '', time = ''] = shownIn(timezone, next).split(' ');
          const wanted = `${String(hour).padStart(2, '0')}:${minute}`;
          if (time !== wanted)
            expect([time > wanted, shownIn(timezone, new Date(next.getTime() - 60_000)) < `${date} ${wanted}`]).toEqual(
              [true, true],
            );
          days.push(date);
          at = next;
        }
        expect(new Set(days).size).toBe(365);
      }
    },
  );

  test.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'])(
    'Slots of %s: the search backwards finds the same slots as the search forwards',
    (timezone) => {
      for (const cron of ['30 2 * * *', '*/15 * * * *', '45 1 * * 0', '10 0-3 1-8 3,4,10,11 *']) {
        const timetable = { cron, timezone };
        const ahead: Date[] = [];
        for (let at = new Date('2026-03-01T00:00:00Z'); ahead.length < 120;) {
          const next = nextSlot(timetable, at);
          if (next === undefined || next > new Date('2028-12-01T00:00:00Z')) break;
          ahead.push(next);
          at = next;
        }
        const [first] = ahead;
        const until = ahead.at(-1);
        if (first === undefined || until === undefined) throw new Error(`${cron} never comes`);
        expect(latestSlots(timetable, { first, until, countMax: 200 })).toEqual(ahead);
        expect(latestSlots(timetable, { first, until, countMax: 2 })).toEqual(ahead.slice(-2));
      }
    },
  );
});

describe('Missed slots', () => {
  const due = (missed: 'skip' | 'catch-up', now: string) => ({
    tenantId: 'ten_x',
    name: 'x',
    revision: 1,
    cron: '0 * * * *',
    timezone: 'UTC',
    missed,
    catchUpMax: 3,
    template: {} as never,
    nextRunAt: '2026-05-01T00:00:00.000Z',
    now,
    blocked: false,
    jobsWaitingMax: null,
  });
  const hours = (missed: 'skip' | 'catch-up', now: string) =>
    slotsOf(due(missed, now), 60_000).map(({ at }) => at.slice(11, 16));

  test('A slot that is late by less than a minute is not missed', () => {
    for (const missed of ['skip', 'catch-up'] as const)
      expect(hours(missed, '2026-05-01T00:00:59.000Z')).toEqual(['00:00']);
  });

  test('The policy skip drops missed slots, and catch-up runs the latest of them, oldest first', () => {
    expect(hours('skip', '2026-05-01T00:01:01.000Z')).toEqual([]);
    expect(hours('catch-up', '2026-05-01T00:01:01.000Z')).toEqual(['00:00']);
    expect(hours('catch-up', '2026-05-01T01:30:00.000Z')).toEqual(['00:00', '01:00']);
    expect(hours('catch-up', '2026-05-01T07:30:00.000Z')).toEqual(['05:00', '06:00', '07:00']);
  });

  test('The present slot runs in addition to missed slots', () => {
    expect(hours('skip', '2026-05-01T07:00:30.000Z')).toEqual(['07:00']);
    expect(hours('catch-up', '2026-05-01T07:00:30.000Z')).toEqual(['04:00', '05:00', '06:00', '07:00']);
  });
});
