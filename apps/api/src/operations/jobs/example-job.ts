import type { Job } from '@turno/contract';

export const exampleJobId = 'job_01kb6w2v9ve9f8m5q3c7t1zxyh';

/** A running job, as the OpenAPI document shows it. */
export const exampleJob: Job = {
  id: exampleJobId,
  kind: 'math.sum-of-squares',
  kindVersion: 1,
  state: 'running',
  input: { n: 1_000_000_000 },
  output: null,
  error: null,
  progress: { percent: 40, message: null },
  run: 1,
  attempt: 1,
  maxAttempts: 3,
  priority: 0,
  position: null,
  tags: ['nightly'],
  metadata: {},
  createdAt: '2026-11-22T09:00:00.000Z',
  runAt: '2026-11-22T09:00:00.000Z',
  startedAt: '2026-11-22T09:00:00.012Z',
  finishedAt: null,
  expiresAt: '2026-11-29T09:00:00.000Z',
  attempts: [
    { run: 1, number: 1, startedAt: '2026-11-22T09:00:00.012Z', finishedAt: null, outcome: null, error: null },
  ],
  links: {
    self: `/v1/jobs/${exampleJobId}`,
    input: `/v1/jobs/${exampleJobId}/input`,
    output: `/v1/jobs/${exampleJobId}/output`,
    events: `/v1/jobs/${exampleJobId}/events`,
    cancel: `/v1/jobs/${exampleJobId}/cancel`,
    retry: `/v1/jobs/${exampleJobId}/retry`,
  },
};

const finishedAt = '2026-11-22T09:00:02.000Z';
const cancelledAttempts = exampleJob.attempts.map((attempt) => ({
  ...attempt,
  finishedAt,
  outcome: 'cancelled' as const,
}));

export const exampleCancelledJob: Job = { ...exampleJob, state: 'cancelled', finishedAt, attempts: cancelledAttempts };

export const exampleRetriedJob: Job = {
  ...exampleJob,
  state: 'queued',
  progress: null,
  run: 2,
  attempt: 0,
  startedAt: null,
  attempts: cancelledAttempts,
};
