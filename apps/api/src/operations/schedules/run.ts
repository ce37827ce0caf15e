import { job } from '@turno/contract';
import { runSchedule as submitNow } from '@turno/schedules';
import type { OperationDeps } from '../deps.ts';
import { exampleJob } from '../jobs/example-job.ts';
import { jobVary, retryAfter } from '../jobs/job-headers.ts';
import type { Operation } from '../operation.ts';
import { scheduleKeyOf } from './schedule-key.ts';

export const runSchedule: Operation<Pick<OperationDeps, 'catalogue' | 'sql' | 'submit'>> = {
  method: 'post',
  path: '/v1/schedules/{name}/run',
  scope: 'jobs:write',
  operationId: 'runSchedule',
  summary: 'Submit the job of a schedule now, beside the clock',
  responses: {
    202: {
      description: 'Accepted: the job is durable',
      content: { schema: job, example: exampleJob },
      headers: ['Location', 'Retry-After'],
    },
  },
  problems: ['schedule-not-found', 'unknown-kind', 'invalid-request', 'too-many-jobs-waiting', 'backlog-full'],
  async run({ catalogue, sql, submit }, { caller, req }) {
    const { log } = req.context.service;
    const view = await submitNow({ sql, catalogue, submit, log }, caller, scheduleKeyOf(req, caller.tenantId).name);
    return {
      status: 202,
      body: view.body,
      headers: {
        Location: `/v1/jobs/${view.id}`,
        'Cache-Control': 'no-store',
        Vary: jobVary,
        'Retry-After': retryAfter(view),
      },
    };
  },
};
