import { job } from '@turno/contract';
import { retryJob as retry } from '@turno/jobs';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { exampleRetriedJob } from './example-job.ts';
import { changedHeaders, retryAfter } from './job-headers.ts';
import { jobKeyOf } from './job-key.ts';

export const retryJob: Operation<Pick<OperationDeps, 'retry'>> = {
  method: 'post',
  path: '/v1/jobs/{jobId}/retry',
  scope: 'jobs:write',
  operationId: 'retryJob',
  summary: 'Run a failed or cancelled job again, as the same job',
  responses: {
    202: {
      description: 'The job in its next run, without a deadline, all earlier attempts on record',
      content: { schema: job, example: exampleRetriedJob },
      headers: ['Location', 'Content-Location', 'ETag', 'Retry-After'],
    },
  },
  problems: ['too-many-jobs-waiting', 'backlog-full', 'job-not-found', 'job-not-retryable'],
  async run({ retry: retryDeps }, { caller, req }) {
    const { jobId } = jobKeyOf(req, caller.tenantId);
    const view = await retry(retryDeps, caller, jobId);
    const headers = { Location: `/v1/jobs/${view.id}`, 'Retry-After': retryAfter(view), ...changedHeaders(view) };
    return { status: 202, body: view.body, headers };
  },
};
