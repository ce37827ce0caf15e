import { job } from '@turno/contract';
import { cancelJob as cancel } from '@turno/jobs';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { exampleCancelledJob } from './example-job.ts';
import { changedHeaders } from './job-headers.ts';
import { jobKeyOf } from './job-key.ts';

export const cancelJob: Operation<Pick<OperationDeps, 'change'>> = {
  method: 'post',
  path: '/v1/jobs/{jobId}/cancel',
  scope: 'jobs:write',
  operationId: 'cancelJob',
  summary: 'Cancel a job; its running handler is stopped',
  responses: {
    200: {
      description: 'The job, cancelled and final',
      content: { schema: job, example: exampleCancelledJob },
      headers: ['Content-Location', 'ETag'],
    },
  },
  problems: ['job-not-found', 'job-already-final'],
  async run({ change }, { caller: { tenantId, keyId, scopes }, req }) {
    const by = { keyId, isAdmin: scopes.has('admin') };
    const view = await cancel(change, jobKeyOf(req, tenantId), by);
    return { status: 200, body: view.body, headers: changedHeaders(view) };
  },
};
