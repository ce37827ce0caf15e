import { z } from 'zod';
import { jobError, jobProgress, jobStates } from './job.ts';
import { time } from './time.ts';

/** The `data` of each event of `GET /v1/jobs/{id}/events`, but for `done`, which is the job. */
export const stateEvent = z
  .object({
    state: z.enum(jobStates),
    run: z.int(),
    attempt: z.int().describe('Attempts begun in this run'),
    version: z.int().describe('Rises with every change of the job, and never goes back in a stream'),
    progress: jobProgress.nullable(),
    error: jobError.nullable(),
  })
  .meta({ id: 'StateEvent' });

export const progressEvent = jobProgress
  .extend({ run: z.int(), attempt: z.int(), version: z.int() })
  .meta({ id: 'ProgressEvent' });

export const logEvent = z
  .object({
    at: time.describe('RFC 3339, UTC, milliseconds; on the clock of the worker'),
    attempt: z.int(),
    level: z.enum(['info', 'warn']),
    message: z.string(),
    fields: z.record(z.string(), z.unknown()).nullable().describe('null when there are none or when they are too long'),
  })
  .meta({ id: 'LogEvent' });

export type StateEvent = z.infer<typeof stateEvent>;
export type ProgressEvent = z.infer<typeof progressEvent>;
export type LogEvent = z.infer<typeof logEvent>;
