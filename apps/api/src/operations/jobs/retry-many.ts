import { retryRequest } from '@turno/contract';
import { retryFailedJobs as retryFailed } from '@turno/jobs';
import { z } from 'zod';
import { longPoll } from '../../http/stream/long-poll.ts';
import { parseBody } from '../../http/request/parse-body.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import { type Operation, queryProblems, type SentBody } from '../operation.ts';
import { toJobFilter } from './job-filter.ts';

const body: SentBody<typeof retryRequest> = {
  schema: retryRequest,
  example: { filter: { kind: 'http.request', createdAfter: '2026-11-22T00:00:00Z' } },
};

export const retryFailedJobs: Operation<Pick<OperationDeps, 'jobList' | 'retry'>> = {
  method: 'post',
  path: '/v1/jobs/retry',
  scope: 'jobs:write',
  operationId: 'retryFailedJobs',
  summary: 'Run all failed jobs again that match',
  request: { body },
  responses: {
    202: {
      description:
        'How many have a new run. When the backlog is full some are left: repeat the call until the count is 0',
      content: { schema: z.object({ count: z.int() }), example: { count: 12 } },
    },
  },
  problems: ['too-many-jobs-waiting', 'backlog-full', ...queryProblems],
  async run({ jobList, retry }, { caller, req }) {
    const { filter } = await parseBody(req, body);
    const wanted = toJobFilter(filter, { tenantId: caller.tenantId, search: jobList.search });
    const count = await longPoll(req, (signal) => retryFailed(retry, caller, { filter: wanted, signal }));
    return jsonAnswer(202, { count });
  },
};
