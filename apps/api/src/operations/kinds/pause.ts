import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { kindPause, pauseDescription, setKindPause } from './set-kind-pause.ts';

export const pauseKind: Operation<Pick<OperationDeps, 'catalogue' | 'setPause'>> = {
  method: 'post',
  path: '/v1/kinds/{kind}/pause',
  scope: 'operator',
  operationId: 'pauseKind',
  summary: 'Start no new attempts of this kind, of all tenants',
  responses: {
    200: {
      description: pauseDescription,
      content: { schema: kindPause, example: { kind: 'math.sum-of-squares', paused: true } },
    },
  },
  problems: ['unknown-kind'],
  run: (deps, { req }) => setKindPause(deps, req, true),
};
