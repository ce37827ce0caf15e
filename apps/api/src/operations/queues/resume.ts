import { pauseDescription } from '../kinds/set-kind-pause.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { queuePause, setQueuePause } from './set-queue-pause.ts';

export const resumeQueue: Operation<Pick<OperationDeps, 'setPause'>> = {
  method: 'post',
  path: '/v1/queues/{queue}/resume',
  scope: 'operator',
  operationId: 'resumeQueue',
  summary: 'Start attempts again of this queue, of all tenants',
  responses: {
    200: { description: pauseDescription, content: { schema: queuePause, example: { queue: 'cpu', paused: false } } },
  },
  problems: ['unknown-queue'],
  run: (deps, { req }) => setQueuePause(deps, req, false),
};
