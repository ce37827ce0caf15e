import type { Job } from '@turno/contract';
import { exampleJob } from './example-job.ts';
import { problemResponses } from './problem-responses.ts';
import { refTo, type JsonSchema } from './schemas.ts';
import { always, bodyRefusals, headers, jobPath, json, needs, parameter } from './shorthand.ts';

const finishedAt = '2026-11-22T09:00:02.000Z';
const [firstAttempt] = exampleJob.attempts;
const ended = firstAttempt ? [{ ...firstAttempt, finishedAt, outcome: 'cancelled' as const }] : [];
const cancelled: Job = { ...exampleJob, state: 'cancelled', finishedAt, attempts: ended };
const retried: Job = {
  ...exampleJob,
  state: 'queued',
  progress: null,
  run: 2,
  attempt: 0,
  startedAt: null,
  attempts: ended,
};

/** A new run waits as a new job does. */
const needsRoom = ['too-many-jobs-waiting', 'backlog-full'] as const;

export const cancelJob: JsonSchema = {
  operationId: 'cancelJob',
  security: needs('jobs:write'),
  summary: 'Cancel a job; a handler that runs is stopped',
  parameters: [parameter('jobId')],
  responses: {
    '200': {
      description: 'The job, cancelled and final',
      headers: headers('Content-Location', 'ETag'),
      content: json(refTo('Job'), { example: cancelled }),
    },
    ...problemResponses([...always, 'job-not-found', 'job-already-final'], `${jobPath}/cancel`),
  },
};

export const retryJob: JsonSchema = {
  operationId: 'retryJob',
  security: needs('jobs:write'),
  summary: 'Run a failed or cancelled job again, as the same job',
  parameters: [parameter('jobId')],
  responses: {
    '202': {
      description: 'The job in its next run, without a deadline, all earlier attempts on record',
      headers: headers('Location', 'Content-Location', 'ETag', 'Retry-After'),
      content: json(refTo('Job'), { example: retried }),
    },
    ...problemResponses([...always, ...needsRoom, 'job-not-found', 'job-not-retryable'], `${jobPath}/retry`),
  },
};

export const retryJobs: JsonSchema = {
  operationId: 'retryFailedJobs',
  security: needs('jobs:write'),
  summary: 'Run all failed jobs again that match',
  requestBody: {
    required: true,
    content: json(refTo('RetryRequest'), {
      example: { filter: { kind: 'http.request', createdAfter: '2026-11-22T00:00:00Z' } },
    }),
  },
  responses: {
    '202': {
      description:
        'How many have a new run. More are left when there was no room for them; the call can be repeated until it says 0',
      content: json(
        { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] },
        { example: { count: 12 } },
      ),
    },
    ...problemResponses([...always, ...bodyRefusals, ...needsRoom], '/v1/jobs/retry'),
  },
};

export const deleteJob: JsonSchema = {
  operationId: 'deleteJob',
  security: needs('jobs:write'),
  summary: 'Erase a final job and all that belongs to it',
  parameters: [parameter('jobId')],
  responses: {
    '204': { description: 'Erased' },
    ...problemResponses([...always, 'job-not-found', 'job-not-final'], jobPath),
  },
};

/** `POST …/pause` or `…/resume` of a queue or a kind. */
export function pause(scope: 'queue' | 'kind', verb: 'pause' | 'resume'): JsonSchema {
  const name = scope === 'queue' ? 'cpu' : 'math.sum-of-squares';
  const what = verb === 'pause' ? 'Start no new attempts' : 'Start attempts again';
  return {
    operationId: `${verb}${scope === 'queue' ? 'Queue' : 'Kind'}`,
    security: needs('admin'),
    summary: `${what} of this ${scope}, of all tenants; only for a key of the first tenant`,
    parameters: [parameter(scope)],
    responses: {
      '200': {
        description: 'Done; the workers follow within about a second, what runs goes on',
        content: json(
          {
            type: 'object',
            properties: { [scope]: { type: 'string' }, paused: { type: 'boolean' } },
            required: [scope, 'paused'],
          },
          { example: { [scope]: name, paused: verb === 'pause' } },
        ),
      },
      ...problemResponses(
        [...always, scope === 'queue' ? 'unknown-queue' : 'unknown-kind'],
        `/v1/${scope}s/none/${verb}`,
      ),
    },
  };
}
