import { z } from 'zod';
import { hasShortMetadata, longMetadata, submitOptions } from './job.ts';
import { time } from './time.ts';

const itsTime = 'the schedule says when its jobs run: leave it out and change the cron expression';

/** The options of a submit. Those that say when, or that another run will do, may only be there as if they were left out. */
export const scheduleOptions = z
  .strictObject({
    ...submitOptions.shape,
    delaySeconds: z.literal(0, { error: itsTime }).optional(),
    runAt: z.null({ error: itsTime }).optional(),
    cacheSeconds: z.null({ error: 'each time of a schedule has a run of its own: leave it out' }).optional(),
  })
  .refine(hasShortMetadata, longMetadata)
  .meta({ id: 'ScheduleOptions' });

const fields = {
  cron: z
    .string()
    .min(1)
    .max(200)
    .describe(
      'Minute, hour, day of month, month, day of week; or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`',
    ),
  timezone: z
    .string()
    .min(1)
    .max(64)
    .describe('An IANA name such as `Europe/Berlin`, whose clock the times are read on'),
  kind: z.string().min(1).max(100),
  paused: z.boolean().describe('No job comes by the clock; what passes meanwhile is not caught up with'),
  missed: z
    .enum(['skip', 'catch-up'])
    .describe('What becomes of times that passed while no worker ran: dropped, or a job each for the latest of them'),
  catchUpMax: z.int().min(1).max(100).describe('Of the times that were missed so many are caught up with, the latest'),
};

/** What `PUT /v1/schedules/{name}` takes: the whole schedule, each time. */
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
    input: z.unknown().describe('As it was given; each job gets it with defaults filled in'),
    options: z.record(z.string(), z.unknown()),
    nextRunAt: time.nullable().describe('null while paused'),
    lastRunAt: time
      .nullable()
      .describe('The time by the clock for which the last job was made, or of the last run by hand'),
    lastJobId: z.string().nullable().describe('That job; it may be gone by now'),
    lastSkippedAt: time.nullable().describe('The last time by the clock for which no job could be made'),
    lastSkippedFor: z
      .enum(['quota-exceeded', 'too-many-jobs-waiting'])
      .nullable()
      .describe('Why: what a submit of the same job would have been refused for, by its problem'),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Schedule' });
export type Schedule = z.infer<typeof schedule>;

export const scheduleList = z.object({ schedules: z.array(schedule) }).meta({ id: 'ScheduleList' });

/** Names stand in addresses as they are. */
export const scheduleName = /^[a-z0-9][a-z0-9._-]{0,99}$/;
