import { type QueueState, queueState } from '@turno/contract';
import { readQueueStates, requestTimeoutMs } from '@turno/postgres';
import { z } from 'zod';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import { type Operation, queryProblems } from '../operation.ts';

const exampleQueue: QueueState = {
  name: 'cpu',
  paused: false,
  pausedKinds: ['math.sum-of-squares'],
  counts: { queued: 120, blocked: 20, scheduled: 4, retrying: 1, running: 3 },
  oldestQueuedSeconds: 12.5,
};

export const listQueues: Operation<Pick<OperationDeps, 'catalogue' | 'queries'>> = {
  method: 'get',
  path: '/v1/queues',
  scope: 'operator',
  quota: 'exempt',
  operationId: 'listQueues',
  summary: 'Count the jobs of each queue that are not over, of all tenants',
  responses: {
    200: {
      description: 'Both queues',
      content: { schema: z.object({ queues: z.array(queueState) }), example: { queues: [exampleQueue] } },
    },
  },
  problems: queryProblems,
  async run({ catalogue, queries }, { caller }) {
    const queueOf = (kind: string) => catalogue.get(kind)?.kind.queue;
    const queues = await queries.run(caller.tenantId, (sql) => readQueueStates(sql, queueOf), requestTimeoutMs);
    return jsonAnswer(200, { queues });
  },
};
