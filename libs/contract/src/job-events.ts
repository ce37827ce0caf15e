import { z } from 'zod';
import { jobError, jobProgress, jobStates } from './job.ts';
import { time } from './time.ts';

/** The data of a `state` event of `GET /v1/jobs/{id}/events`. The data of `done` is the job itself. */
export const stateEvent = z
  .object({
    state: z.enum(jobStates),
    run: z.int(),
    attempt: z.int().describe('Number of attempts started in this run'),
    version: z.int().describe('Rises with every change of the job; it never falls within a stream'),
    progress: jobProgress.nullable(),
    error: jobError.nullable(),
  })
  .meta({ id: 'StateEvent' });

/** The data of a `progress` event. */
export const progressEvent = jobProgress
  .extend({ run: z.int(), attempt: z.int(), version: z.int() })
  .meta({ id: 'ProgressEvent' });

/** The data of a `log` event: one log line of the handler. */
export const logEvent = z
  .object({
    at: time.describe('RFC 3339, UTC, milliseconds, by the clock of the worker'),
    attempt: z.int(),
    level: z.enum(['info', 'warn']),
    message: z.string(),
    fields: z.record(z.string(), z.unknown()).nullable().describe('null without fields, and when they are too long'),
  })
  .meta({ id: 'LogEvent' });

export type StateEvent = z.infer<typeof stateEvent>;
export type ProgressEvent = z.infer<typeof progressEvent>;
export type LogEvent = z.infer<typeof logEvent>;
