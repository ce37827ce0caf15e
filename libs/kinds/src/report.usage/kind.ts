import { inputTimeOrDate } from '@turno/contract';
import { z } from 'zod';
import { defineKind } from '../define-kind.ts';
import { type GivenRange, rangeOf } from './range.ts';

const daysMax = 366;
const dayMs = 86_400_000;

export const kind = defineKind({
  name: 'report.usage',
  version: 1,
  queue: 'io',
  description:
    'A CSV of your own jobs with one line per day (UTC) and kind: counts, failures, waiting times and run times.',
  input: z
    .strictObject({
      from: inputTimeOrDate
        .optional()
        .describe('The start of the range, included; a date means its midnight in UTC. Default: 30 days before to'),
      to: inputTimeOrDate
        .optional()
        .describe(
          `The end of the range, excluded; at most ${daysMax} days after from. Default: the end of today (UTC)`,
        ),
    })
    .refine((input) => daysOf(input) > 0, { path: ['to'], error: 'must be later than from' })
    .refine((input) => daysOf(input) <= daysMax, {
      path: ['to'],
      error: `must be at most ${daysMax} days after from`,
    }),
  output: z.strictObject({
    csv: z.string().describe('RFC 4180 with a header line; times in milliseconds, empty where no job has run'),
    rows: z.int().describe('The number of lines without the header'),
    submitted: z.int(),
    failed: z.int(),
  }),
  cacheable: true,
  // No job is added to a range in the past.
  cacheableWhen: ({ to }) => to !== undefined && Date.parse(to) <= Date.now(),
  example: { from: '2026-11-01', to: '2026-12-01' },
});

function daysOf(input: GivenRange): number {
  const { from, to } = rangeOf(input);
  return (to - from) / dayMs;
}
