import { withRequestTimeout } from '@turno/postgres';
import { updateTenant } from '@turno/tenants';
import { pathParameter } from '../../http/request/path-parameter.ts';
import { emptyAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';

export const disableTenant: Operation<Pick<OperationDeps, 'sql'>> = {
  method: 'delete',
  path: '/v1/tenants/{tenantId}',
  scope: 'operator',
  quota: 'exempt',
  operationId: 'disableTenant',
  summary: 'Disable a tenant: its keys become invalid, its jobs stay',
  responses: { 204: { description: 'Disabled; `PATCH` enables it again' } },
  problems: ['tenant-not-found', 'first-tenant'],
  async run({ sql }, { req }) {
    await withRequestTimeout(updateTenant({ sql }, pathParameter(req, 'tenantId'), { disabled: true }));
    return emptyAnswer;
  },
};
