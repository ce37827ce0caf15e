import { z } from 'zod';
import { hasShortMetadata, longMetadata, submitOptions } from './job.ts';
import { time } from './time.ts';

const setByCron = 'the cron expression sets when the jobs run: leave this out and change `cron`';

/** The options of a submit, except those for the time of the run and for reuse, which must have their defaults. */
export const scheduleOptions = z
  .strictObject({
    ...submitOptions.shape,
    delaySeconds: z.literal(0, { error: setByCron }).optional(),
    runAt: z.null({ error: setByCron }).optional(),
    cacheSeconds: z.null({ error: 'every slot of a schedule has a run of its own: leave this out' }).optional(),
  })
  .refine(hasShortMetadata, longMetadata)
  .meta({ id: 'ScheduleOptions' });

const fields = {
  cron: z
    .string()
    .min(1)
    .max(200)
    .describe(
      'Minute, hour, day of month, month, day of week; or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. ' +
        'Values, ranges `1-5`, steps `*/15`, lists, names `mon`; `L`, `LW`, `15W` for days of the month; `5#3`, `5L` ' +
        'for days of the week. When neither day field is `*`, either may match; with `+` before the day of the week ' +
        'both must. A time of day that the clock skips comes at the change, one that it shows twice comes once; with ' +
        '`*` in the minute or hour the rule follows the clock',
    ),
  timezone: z.string().min(1).max(64).describe('The IANA time zone of the cron expression, such as `Europe/Berlin`'),
  kind: z.string().min(1).max(100),
  paused: z.boolean().describe('true: no slot makes a job, and slots that pass meanwhile are not caught up'),
  missed: z
    .enum(['skip', 'catch-up'])
    .describe('Slots that passed while no worker ran: skipped, or caught up with one job for each of the latest'),
  catchUpMax: z.int().min(1).max(100).describe('The number of missed slots that are caught up, the latest first'),
};

/** The body of `PUT /v1/schedules/{name}`: always the whole schedule. */
export const scheduleRequest = z
  .strictObject({
    cron: fields.cron,
    timezone: fields.timezone.default('UTC'),
    kind: fields.kind,
    input: z.unknown().optional(),
    options: scheduleOptions.prefault({}),
    paused: fields.paused.default(false),
    missed: fields.missed.default('skip'),
    catchUpMax: fields.catchUpMax.default(10),
  })
  .meta({ id: 'ScheduleRequest' });
export type ScheduleRequest = z.output<typeof scheduleRequest>;

/** A schedule as every call shows it. */
export const schedule = z
  .object({
    name: z.string(),
    ...fields,
    input: z.unknown().describe('The input as it was sent; each job gets it with defaults filled in'),
    options: z.record(z.string(), z.unknown()),
    nextRunAt: time.nullable().describe('null while paused'),
    lastRunAt: time.nullable().describe('The slot of the latest job, or the time of the latest manual run'),
    lastJobId: z.string().nullable().describe('The latest job; it may be erased by now'),
    lastSkippedAt: time.nullable().describe('The latest slot for which no job could be made'),
    lastSkippedFor: z
      .enum(['quota-exceeded', 'too-many-jobs-waiting'])
      .nullable()
      .describe('The problem code with which a submit of that job would have been rejected'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Schedule' });
export type Schedule = z.infer<typeof schedule>;

export const scheduleList = z.object({ schedules: z.array(schedule) }).meta({ id: 'ScheduleList' });

/** The form of a schedule name, which is part of URLs without escapes. */
export const scheduleName = /^[a-z0-9][a-z0-9._-]{0,99}$/;
