import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatTime, inputTime, inputTimeOrDate, submitOptions, toFaults } from '@turno/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { time } from '../../libs/contract/src/time.ts';
import { kind as usageReport } from '../../libs/kinds/src/report.usage/kind.ts';
import { toRfc3339 } from '../../libs/postgres/src/connection/index.ts';
import { root } from '../support/root.ts';

const detailOf = (schema: z.ZodType, value: unknown) => {
  const parsed = schema.safeParse(value);
  return parsed.success ? undefined : toFaults(parsed.error.issues).map(({ detail }) => detail);
};

describe('a time that comes in', () => {
  test.each([
    ['2026-11-22T09:00:00Z', '2026-11-22T09:00:00.000Z'],
    ['2026-11-22t09:00:00z', '2026-11-22T09:00:00.000Z'],
    ['2026-11-22T09:00:00.1+05:45', '2026-11-22T03:15:00.100Z'],
    ['2026-11-22T09:00:00-00:00', '2026-11-22T09:00:00.000Z'],
    ['2026-11-22T09:00:00-03:30', '2026-11-22T12:30:00.000Z'],
    ['2031-01-01T00:00:00+16:00', '2030-12-31T08:00:00.000Z'],
    ['2031-01-01T00:00:00-23:59', '2031-01-01T23:59:00.000Z'],
    ['2024-02-29T00:00:00.9999Z', '2024-02-29T00:00:00.999Z'],
    [`2026-11-22T09:00:00.${'1'.repeat(200)}Z`, '2026-11-22T09:00:00.111Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2017-01-01T00:59:60.5+01:00', '2017-01-01T00:00:00.500Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['1969-12-31T23:00:00-05:00', '1970-01-01T04:00:00.000Z'],
    ['2999-12-31T23:59:59.999Z', '2999-12-31T23:59:59.999Z'],
    ['3000-01-01T00:00:00+01:00', '2999-12-31T23:00:00.000Z'],
  ])('The time %s is taken as %s', (text, parsed) => {
    expect(inputTime.parse(text)).toBe(parsed);
    expect(inputTimeOrDate.parse(text)).toBe(parsed);
  });

  test.each([
    '',
    'tomorrow',
    '2026-11-22',
    '2026-11-22T09:00Z',
    '2026-11-22T09:00:00',
    '2026-11-22 09:00:00Z',
    '2026-11-22T09:00:00 01:00',
    ' 2026-11-22T09:00:00Z',
    '2026-11-22T09:00:00Z\n',
    '2026-11-22T09:00:00,5Z',
    '2026-11-22T09:00:00.Z',
    '2026-11-22T24:00:00Z',
    '2026-11-22T09:60:00Z',
    '2026-11-22T09:00:61Z',
    '2026-11-22T23:59:60Z',
    '2016-12-31T23:59:60+01:00',
    '2026-11-22T09:00:00+24:00',
    '2026-11-22T09:00:00+01:60',
    '2026-11-22T09:00:00+0100',
    '2026-11-22T09:00:00+01',
    '2026-11-22T09:00:00−01:00',
    '2026-02-29T09:00:00Z',
    '2026-11-31T09:00:00Z',
    '2026-00-10T09:00:00Z',
    '2026-11-00T09:00:00Z',
    '20261122T090000Z',
    '2026-W47-7T09:00:00Z',
    '+002026-11-22T09:00:00Z',
    '-000001-01-01T00:00:00Z',
    '10000-01-01T00:00:00Z',
    '٢٠٢٦-11-22T09:00:00Z',
    1_795_338_000,
    null,
  ])('Text that is no RFC 3339 time is rejected with an example of one: %j', (text) => {
    expect(detailOf(inputTime, text)).toEqual([expect.stringContaining('RFC 3339 time such as 2026-11-22T09:00:00Z')]);
  });

  test.each([
    '9999-12-31T23:59:59-12:00',
    '3000-01-01T00:00:00Z',
    '2999-12-31T23:59:59-00:01',
    '1969-12-31T23:59:59.999Z',
    '1970-01-01T00:00:00+00:01',
    '0070-01-01T00:00:00Z',
    '0001-01-01T00:00:00+12:00',
    '0000-01-01T00:00:00Z',
  ])('A time outside of the years 1970 to 2999 is rejected with these years: %s', (text) => {
    for (const schema of [inputTime, inputTimeOrDate])
      expect(detailOf(schema, text)).toEqual(['must be in the years 1970 to 2999 (UTC)']);
  });

  test('A field that takes a date takes its midnight in UTC, within the same years', () => {
    expect(inputTimeOrDate.parse('2026-11-01')).toBe('2026-11-01T00:00:00.000Z');
    for (const text of ['0000-01-01', '3000-01-01']) expect(detailOf(inputTimeOrDate, text)?.[0]).toContain('1970');
    for (const text of ['2026-02-30', '2026-11', '20261101'])
      expect(detailOf(inputTimeOrDate, text)?.[0]).toContain('a date or an RFC 3339 time');
  });

  test('Any text is either rejected or becomes a time in the form of answers', () => {
    const almost = fc.stringMatching(
      /^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,9})?(Z|[+-][0-2]\d:[0-6]\d)$/,
    );
    const property = fc.property(fc.oneof(almost, fc.string()), (text) => {
      const parsed = inputTime.safeParse(text);
      if (parsed.success) expect([time.parse(parsed.data), Date.parse(parsed.data)]).not.toContain(NaN);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  test('A job can be submitted for a time up to 366 days ahead, and for a time in the past', () => {
    const at = (days: number) => ({ runAt: formatTime(Date.now() + days * 86_400_000) });
    expect(submitOptions.parse(at(365)).runAt).toMatch(/Z$/);
    expect(submitOptions.parse(at(-3_650)).runAt).toMatch(/Z$/);
    expect(detailOf(submitOptions, at(367))).toEqual(['must be at most 366 days from now']);
    expect(submitOptions.parse({ delaySeconds: 366 * 86_400 }).delaySeconds).toBe(366 * 86_400);
    expect(detailOf(submitOptions, { delaySeconds: 366 * 86_400 + 1 })).toHaveLength(1);
  });

  test('report.usage rejects a range that Postgres cannot compare before a job exists', () => {
    const faultOf = (from: string, to: string) => {
      const parsed = usageReport.input.safeParse({ from, to });
      return parsed.success ? [] : toFaults(parsed.error.issues).map(({ pointer }) => pointer);
    };
    expect(faultOf('0000-01-01', '0000-02-01')).toEqual(['/from', '/to']);
    expect(faultOf('2999-12-31', '3000-01-01')).toEqual(['/to']);
    expect(faultOf('2026-11-02', '2026-11-01T00:00:00Z')).toEqual(['/to']);
    expect(faultOf('2026-11-01', '2026-11-02T00:00:00+14:00')).toEqual([]);
  });
});

describe('a time that goes out', () => {
  test.each([
    ['2026-11-22 16:25:43.1234+00', '2026-11-22T16:25:43.123Z'],
    ['2026-11-22 16:25:43+00', '2026-11-22T16:25:43.000Z'],
    ['2026-11-22T16:25:43.5+00:00', '2026-11-22T16:25:43.500Z'],
    ['2026-11-22T16:25:43.12+00:00', '2026-11-22T16:25:43.120Z'],
    ['2026-11-22T16:25:43+00:00', '2026-11-22T16:25:43.000Z'],
    ['10000-01-01 11:59:59+00', '9999-12-31T23:59:59.999Z'],
    ['294276-12-31 23:59:59.5+00', '9999-12-31T23:59:59.999Z'],
    ['infinity', '9999-12-31T23:59:59.999Z'],
    ['0001-12-31 12:00:00+00 BC', '0001-01-01T00:00:00.000Z'],
    ['4714-01-01 00:00:00+00 BC', '0001-01-01T00:00:00.000Z'],
    ['-infinity', '0001-01-01T00:00:00.000Z'],
  ])('The time that Postgres writes as %s is answered as %s', (text, answered) => {
    expect(toRfc3339(text)).toBe(answered);
    expect(time.parse(answered)).toBe(answered);
  });

  test('A moment beyond the years of RFC 3339 is answered as the nearest one in them', () => {
    expect(formatTime(new Date('2026-11-22T09:00:00+01:00'))).toBe('2026-11-22T08:00:00.000Z');
    expect(formatTime(8.64e15)).toBe('9999-12-31T23:59:59.999Z');
    expect(formatTime(Infinity)).toBe('9999-12-31T23:59:59.999Z');
    expect(formatTime(-8.64e15)).toBe('0001-01-01T00:00:00.000Z');
  });
});

test('Only the time module of the contract has schemas of times and formats times', () => {
  const allowed = new Set([
    'libs/contract/src/time.ts',
    'libs/runtime/src/ops/readiness.ts', // may not import the contract; its moments come from Date.now()
  ]);
  const sources = ['libs', 'apps'].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
      .filter((path) => /^[\w-]+\/src\/.*\.ts$/.test(path))
      .map((path) => `${top}/${path}`),
  );
  expect(sources.length).toBeGreaterThan(200);
  const own = /\bz\.(?:iso|date|coerce\.date)\b|\.datetime\(|\.toISOString\(/;
  const found = sources.filter((path) => !allowed.has(path) && own.test(readFileSync(join(root, path), 'utf8')));
  expect(found, 'use inputTime and formatTime of @turno/contract').toEqual([]);
});
