import type { Delivery } from '@turno/contract';
import { exampleEndpoint } from '../endpoints/example-endpoint.ts';
import { exampleJobId } from '../jobs/example-job.ts';

export const exampleDelivery: Delivery = {
  id: 'dlv_01kb6w2v9ve9f8m5q3c7t1zxyh',
  job: exampleJobId,
  run: 1,
  event: 'job.completed',
  endpoint: exampleEndpoint.id,
  url: exampleEndpoint.url,
  state: 'pending',
  reason: null,
  createdAt: '2026-11-22T09:00:03.000Z',
  nextTryAt: '2026-11-22T09:00:08.120Z',
  finishedAt: null,
  attempts: [
    { startedAt: '2026-11-22T09:00:03.050Z', durationMs: 81, status: 500, error: 'http-status', response: 'oops' },
  ],
};
