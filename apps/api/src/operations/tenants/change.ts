import { tenant, tenantChange } from '@turno/contract';
import { withRequestTimeout } from '@turno/postgres';
import { updateTenant } from '@turno/tenants';
import { parseBody } from '../../http/request/parse-body.ts';
import { pathParameter } from '../../http/request/path-parameter.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation, SentBody } from '../operation.ts';
import { exampleTenant } from './example-tenant.ts';

const body: SentBody<typeof tenantChange> = { schema: tenantChange, example: { plan: 'pro' } };

export const changeTenant: Operation<Pick<OperationDeps, 'sql'>> = {
  method: 'patch',
  path: '/v1/tenants/{tenantId}',
  scope: 'operator',
  quota: 'exempt',
  operationId: 'changeTenant',
  summary: 'Change the name or the plan of a tenant, disable or enable it',
  request: { body },
  responses: {
    200: {
      description: 'Every process applies it within five seconds',
      content: { schema: tenant, example: exampleTenant },
    },
  },
  problems: ['tenant-not-found', 'tenant-deleted', 'first-tenant'],
  async run({ sql }, { req }) {
    const change = await parseBody(req, body);
    return jsonAnswer(200, await withRequestTimeout(updateTenant({ sql }, pathParameter(req, 'tenantId'), change)));
  },
};
