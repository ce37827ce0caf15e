import { deleteJob as erase } from '@turno/jobs';
import { emptyAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { jobKeyOf } from './job-key.ts';

export const deleteJob: Operation<Pick<OperationDeps, 'change'>> = {
  method: 'delete',
  path: '/v1/jobs/{jobId}',
  scope: 'jobs:write',
  operationId: 'deleteJob',
  summary: 'Erase a final job and all that belongs to it',
  responses: { 204: { description: 'Erased' } },
  problems: ['job-not-found', 'job-not-final'],
  async run({ change }, { caller, req }) {
    await erase(change, jobKeyOf(req, caller.tenantId));
    return emptyAnswer;
  },
};
