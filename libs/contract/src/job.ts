import { z } from 'zod';
import { boundedRecord } from './bounded-record.ts';
import { delaySecondsMax, inputDueTime, time } from './time.ts';
import { shownText } from './shown-text.ts';
import { jobWebhook } from './webhook.ts';
import { queueNames } from './queue.ts';

export const jobStates = ['queued', 'scheduled', 'running', 'retrying', 'completed', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

/** Returns true for a final state. Only an explicit retry of a failed or cancelled job leaves a final state. */
export function isFinal(state: JobState): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}

/** The size in bytes of JSON above which an input or output is not in the job's body, only behind its link. */
export const inlineBytesMax = 16 * 1024;

/** The length to which the message of a failure is truncated, in characters. */
export const errorMessageCharsMax = 1_000;

export const jobError = z
  .object({
    code: z.string().describe('A stable code for programs, such as `timeout`'),
    message: z.string().describe('A text for people; at most 1,000 characters'),
    attempt: z.int().describe('The number of the attempt that failed'),
  })
  .meta({ id: 'JobError' });

export const jobAttempt = z
  .object({
    run: z.int(),
    number: z.int(),
    startedAt: time,
    finishedAt: time.nullable(),
    outcome: z
      .enum(['completed', 'failed', 'cancelled', 'retrying', 'handed-back', 'worker-lost'])
      .nullable()
      .describe('null while the attempt runs'),
    error: jobError.nullable(),
  })
  .meta({ id: 'JobAttempt' });

export const jobProgress = z.object({ percent: z.number().min(0).max(100), message: z.string().nullable() });

/** The job as every call shows it. */
export const job = z
  .object({
    id: z.string().describe('A TypeID, `job_…`'),
    kind: z.string(),
    kindVersion: z.int(),
    state: z.enum(jobStates).describe('`completed`, `failed` and `cancelled` are final'),
    input: z.unknown().describe('null when over 16 KiB: see `links.input`'),
    output: z.unknown().describe('null until completed, or when over 16 KiB: see `links.output`'),
    error: jobError.nullable().describe('The latest failure; it stays while the job waits for its next attempt'),
    progress: jobProgress.nullable().describe('The latest progress that the handler reported'),
    run: z.int().describe('1, plus 1 for every retry of a final job'),
    attempt: z.int().describe('Number of attempts started in this run'),
    maxAttempts: z.int(),
    priority: z.int(),
    position: z.int().nullable().describe('An estimate of the number of jobs before a queued job; null when unknown'),
    tags: z.array(z.string()),
    metadata: z.record(z.string(), z.unknown()),
    createdAt: time,
    runAt: time.describe('The time at which the job is or was due'),
    startedAt: time.nullable().describe('Start of the latest attempt'),
    finishedAt: time.nullable(),
    expiresAt: time.nullable().describe('A final job may be erased after this time'),
    attempts: z.array(jobAttempt),
    links: z.object({
      self: z.string(),
      input: z.string(),
      output: z.string(),
      events: z.string(),
      cancel: z.string(),
      retry: z.string(),
    }),
  })
  .meta({ id: 'Job' });
export type Job = z.infer<typeof job>;
export type JobError = z.infer<typeof jobError>;
export type JobAttempt = z.infer<typeof jobAttempt>;

const cacheSecondsMax = 30 * 86_400;

export const backoff = z
  .union([z.enum(['exponential', 'fixed']), z.array(z.number().min(0).max(86_400)).min(1).max(100)], {
    error: 'must be "exponential", "fixed" or a list of seconds such as [1, 10, 60]',
  })
  .describe('The wait between attempts; a list is in seconds. Each wait is a random part of that time (jitter)');
export type Backoff = z.infer<typeof backoff>;

interface MetadataHolder {
  metadata: Record<string, unknown>;
}

const metadataCharsMax = 4_096;

/** Returns true when metadata is short enough. Every answer with the job contains it. For `refine`. */
export function hasShortMetadata({ metadata }: MetadataHolder): boolean {
  return JSON.stringify(metadata).length <= metadataCharsMax;
}

export const longMetadata: { path: string[]; error: string } = {
  path: ['metadata'],
  error: `is longer than ${metadataCharsMax} characters of JSON`,
};

interface Times {
  delaySeconds: number;
  runAt: string | null;
  deadlineSeconds: number | null;
}

/** Returns false when the deadline comes before the job is due. For `refine`. */
function isDueBeforeDeadline({ delaySeconds, runAt, deadlineSeconds }: Times): boolean {
  if (deadlineSeconds === null) return true;
  const dueSeconds = runAt === null ? delaySeconds : (Date.parse(runAt) - Date.now()) / 1_000;
  return !(dueSeconds > deadlineSeconds);
}

export const submitOptions = z
  .strictObject({
    priority: z
      .int()
      .min(-100)
      .max(100)
      .default(0)
      .describe('Higher runs first; equal priorities run in order of acceptance'),
    delaySeconds: z
      .number()
      .min(0)
      .max(delaySecondsMax)
      .default(0)
      .describe('The job is due this many seconds after its acceptance'),
    runAt: inputDueTime
      .nullable()
      .default(null)
      .describe('The job is due at this time, at most 366 days from now; excludes delaySeconds'),
    maxAttempts: z.int().min(1).max(100).optional().describe("Default: the kind's own"),
    timeoutSeconds: z
      .number()
      .min(0.1)
      .max(86_400)
      .optional()
      .describe("The timeout of one attempt. Default: the kind's own"),
    deadlineSeconds: z
      .number()
      .min(1)
      .max(delaySecondsMax)
      .nullable()
      .default(null)
      .describe('A job that still waits this long after its acceptance fails; not below the time until it is due'),
    backoff: backoff.optional().describe("Default: the kind's own"),
    cacheSeconds: z
      .int()
      .min(1)
      .max(cacheSecondsMax)
      .nullable()
      .default(null)
      .describe(
        'For cacheable kinds: a completed result of identical work that is at most this old is reused, and identical ' +
          'unfinished work is coalesced. Only when all other options have their defaults',
      ),
    webhook: jobWebhook.optional(),
    tags: z.array(shownText(64).min(1)).max(16).default([]),
    metadata: boundedRecord(z.record(z.string().max(64), z.unknown()), {
      membersMax: metadataCharsMax / '"":0,'.length,
      error: longMetadata.error,
    })
      .default({})
      .describe('Stored and returned, never interpreted; at most 4 KiB'),
  })
  .refine((options) => !(options.runAt !== null && options.delaySeconds > 0), {
    path: ['runAt'],
    error: 'cannot be combined with delaySeconds',
  })
  .refine(hasShortMetadata, longMetadata)
  .refine(isDueBeforeDeadline, {
    path: ['deadlineSeconds'],
    error: 'is below the time until the job is due: it would fail without an attempt',
  })
  .meta({ id: 'SubmitOptions' });
export type SubmitOptions = z.infer<typeof submitOptions>;

/** The body of `POST /v1/jobs`. The schema of the kind parses `input` after this one. */
export const submitRequest = z
  .strictObject({
    kind: z.string().min(1).max(100),
    input: z.unknown().optional(),
    options: submitOptions.prefault({}),
  })
  .meta({ id: 'SubmitRequest' });
export type SubmitRequest = z.infer<typeof submitRequest>;

/** The number of jobs that one `POST /v1/jobs/batch` may have. */
export const batchJobsMax = 1_000;

/** The body of `POST /v1/jobs/batch`. Either all of its jobs are accepted, or none. */
export const batchRequest = z
  .strictObject({ jobs: z.array(submitRequest).min(1).max(batchJobsMax) })
  .meta({ id: 'BatchRequest' });

/** One entry of `GET /v1/kinds`. */
export const kindDescription = z
  .object({
    name: z.string(),
    version: z.int(),
    queue: z.enum(queueNames),
    description: z.string(),
    inputSchema: z.record(z.string(), z.unknown()).describe('JSON Schema 2020-12'),
    outputSchema: z.record(z.string(), z.unknown()).describe('JSON Schema 2020-12'),
    cacheable: z.boolean(),
    limits: z.object({
      timeoutSeconds: z.number(),
      maxAttempts: z.int(),
      memoryMb: z.int().nullable(),
      backoff,
      ratePerMinute: z.int().nullable().describe('Jobs of this kind that one API key may submit per minute'),
    }),
    example: z.unknown().describe('An example of a valid input'),
  })
  .meta({ id: 'Kind' });
export type KindDescription = z.infer<typeof kindDescription>;

/** The problem document (RFC 9457). It may have further members (section 3.2). */
export const problemDocument = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    requestId: z.string(),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .optional()
      .describe(
        'The first 100 faults; `detail` has the number of all. Names that the request chose are cut to 200 characters',
      ),
  })
  .meta({ id: 'Problem' });
