import type { OperationDeps } from '../deps.ts';
import type { OpenOperation } from '../operation.ts';
import { statusDocument } from './status-document.ts';

export const readReadiness: OpenOperation<Pick<OperationDeps, 'readiness'>> = {
  method: 'get',
  path: '/readyz',
  scope: null,
  operationId: 'readReadiness',
  summary: 'Ready, or degraded without Redis; `?verbose` names each store',
  responses: {
    200: { description: 'Ready, or degraded without Redis', content: { schema: statusDocument } },
    503: { description: 'Draining, or Postgres has been away for 5 s', content: { schema: statusDocument } },
  },
  problems: [],
  run: ({ readiness }, { req }) => ({
    ...readiness.report('verbose' in req.query),
    headers: { 'Cache-Control': 'no-store' },
  }),
};
