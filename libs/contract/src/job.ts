import { z } from 'zod';
import { askedTime } from './asked.ts';
import { time } from './time.ts';
import { jobWebhook } from './webhook.ts';
import { queueNames } from './queue.ts';

export const jobStates = ['queued', 'scheduled', 'running', 'retrying', 'completed', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

/** A final state is never left, except by an explicit retry of a failed or cancelled job. */
export function isFinal(state: JobState): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}

/** Inputs and outputs above this many bytes of JSON are not part of the job's body, only behind their links. */
export const inlineBytesMax = 16 * 1024;

/** A failure's stored message is cut to this many characters. */
export const errorMessageCharsMax = 1_000;

export const jobError = z
  .object({
    code: z.string().describe('A stable word to branch on, such as `timeout`'),
    message: z.string().describe('For people; at most 1,000 characters'),
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
      .describe('null while it runs'),
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
    error: jobError.nullable().describe('The last failure; kept while the job waits for its next attempt'),
    progress: jobProgress.nullable().describe('What the handler last said'),
    run: z.int().describe('1, and one more for every retry of a final job'),
    attempt: z.int().describe('Attempts begun in this run'),
    maxAttempts: z.int(),
    priority: z.int(),
    position: z.int().nullable().describe('How many stand before a queued job, an estimate; null when not known'),
    tags: z.array(z.string()),
    metadata: z.record(z.string(), z.unknown()),
    createdAt: time,
    runAt: time.describe('When the job is, or was, due'),
    startedAt: time.nullable().describe('Start of the latest attempt'),
    finishedAt: time.nullable(),
    expiresAt: time.nullable().describe('A final job may be gone after this'),
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

const maxDelaySeconds = 30 * 86_400;

export const backoff = z
  .union([z.enum(['exponential', 'fixed']), z.array(z.number().min(0).max(86_400)).min(1).max(100)], {
    error: 'must be "exponential", "fixed" or a list of seconds such as [1, 10, 60]',
  })
  .describe('How long to wait between attempts; a list is in seconds. Each wait is a random part of that');
export type Backoff = z.infer<typeof backoff>;

interface WithMetadata {
  metadata: Record<string, unknown>;
}

/** For `refine`: metadata goes with every answer, so it is kept short. */
export function hasShortMetadata({ metadata }: WithMetadata): boolean {
  return JSON.stringify(metadata).length <= 4_096;
}

export const longMetadata: { path: string[]; error: string } = {
  path: ['metadata'],
  error: 'is larger than 4096 characters of JSON',
};

export const submitOptions = z
  .strictObject({
    priority: z.int().min(-100).max(100).default(0).describe('Higher runs first; equal ones in order of acceptance'),
    delaySeconds: z.number().min(0).max(maxDelaySeconds).default(0).describe('Not before this many seconds from now'),
    runAt: askedTime.nullable().default(null).describe('Not before this time; excludes delaySeconds'),
    maxAttempts: z.int().min(1).max(100).optional().describe("The kind's own limit when left out"),
    timeoutSeconds: z.number().min(0.1).max(86_400).optional().describe("Of one attempt; the kind's own when left out"),
    deadlineSeconds: z
      .number()
      .min(1)
      .max(maxDelaySeconds)
      .nullable()
      .default(null)
      .describe('A job that still waits so long after its acceptance is failed'),
    backoff: backoff.optional().describe("The kind's own when left out"),
    cacheSeconds: z
      .int()
      .min(1)
      .max(maxDelaySeconds)
      .nullable()
      .default(null)
      .describe(
        'For cacheable kinds: a completed result of identical work that is no older will do, and work under way is joined. Only without other options',
      ),
    webhook: jobWebhook.optional(),
    tags: z.array(z.string().min(1).max(64)).max(16).default([]),
    metadata: z
      .record(z.string().max(64), z.unknown())
      .default({})
      .describe('Kept and shown, never read; at most 4 KiB'),
  })
  .refine((options) => !(options.runAt !== null && options.delaySeconds > 0), {
    path: ['runAt'],
    error: 'cannot be combined with delaySeconds',
  })
  .refine(hasShortMetadata, longMetadata)
  .meta({ id: 'SubmitOptions' });
export type SubmitOptions = z.infer<typeof submitOptions>;

/** What `POST /v1/jobs` takes. `input` is parsed by the kind's own schema after this one. */
export const submitRequest = z
  .strictObject({
    kind: z.string().min(1).max(100),
    input: z.unknown().optional(),
    options: submitOptions.prefault({}),
  })
  .meta({ id: 'SubmitRequest' });
export type SubmitRequest = z.infer<typeof submitRequest>;

/** Jobs in one `POST /v1/jobs/batch`. */
export const batchJobsMax = 1_000;

/** What `POST /v1/jobs/batch` takes: all of the jobs are accepted, or none. */
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
      ratePerMinute: z.int().nullable().describe('Jobs of it that one API key may submit per minute'),
    }),
    example: z.unknown().describe('An input that works'),
  })
  .meta({ id: 'Kind' });
export type KindDescription = z.infer<typeof kindDescription>;

/** RFC 9457 section 3.2 lets a problem have further members. */
export const problemDocument = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
