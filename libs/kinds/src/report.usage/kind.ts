import { z } from 'zod';
import { defineKind } from '../define-kind.ts';

const daysMax = 366;
const dayMs = 86_400_000;

const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
  error: 'must be a date or an RFC 3339 time, such as 2026-11-01 or 2026-11-01T00:00:00Z',
});

export const kind = defineKind({
  name: 'report.usage',
  version: 1,
  queue: 'io',
  description:
    'Your own jobs as a CSV, one line per day (UTC) and kind: counts, failures, and how long they waited and ran.',
  input: z
    .strictObject({
      from: moment.describe('The first moment counted; a bare date is its midnight in UTC'),
      to: moment.describe(`The first moment not counted any more; at most ${daysMax} days after from`),
    })
    .refine(({ from, to }) => Date.parse(to) > Date.parse(from), { path: ['to'], error: 'must come after from' })
    .refine(({ from, to }) => Date.parse(to) - Date.parse(from) <= daysMax * dayMs, {
      path: ['to'],
      error: `must be at most ${daysMax} days after from`,
    }),
  output: z.strictObject({
    csv: z.string().describe('RFC 4180 with a header line; times in milliseconds, empty where nothing has run yet'),
    rows: z.int().describe('Lines without the header'),
    submitted: z.int(),
    failed: z.int(),
  }),
  cacheable: true,
  // Once it is over nothing is added to a range.
  cacheableWhen: ({ to }) => Date.parse(to) <= Date.now(),
  example: { from: '2026-11-01', to: '2026-12-01' },
});
