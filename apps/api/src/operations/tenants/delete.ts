import { withRequestTimeout } from '@turno/postgres';
import { deleteTenant as remove } from '@turno/tenants';
import { pathParameter } from '../../http/request/path-parameter.ts';
import { emptyAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';

export const deleteTenant: Operation<Pick<OperationDeps, 'sql'>> = {
  method: 'delete',
  path: '/v1/tenants/{tenantId}',
  scope: 'operator',
  quota: 'exempt',
  operationId: 'deleteTenant',
  summary: 'Delete a tenant for good: its keys become invalid, its jobs are cancelled',
  description:
    'Its schedules stop, and workers disable its endpoints and cancel its jobs in steps. Records and files stay for their ' +
    'retention; the operator can read the jobs. `PATCH {"disabled": true}` only disables a tenant, and its jobs still run.',
  responses: { 204: { description: 'Deleted; a repeat changes nothing' } },
  problems: ['tenant-not-found', 'first-tenant'],
  async run({ sql }, { req }) {
    await withRequestTimeout(remove({ sql }, pathParameter(req, 'tenantId')));
    return emptyAnswer;
  },
};
