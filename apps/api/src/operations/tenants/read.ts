import { Problem, tenant } from '@turno/contract';
import { findTenant, withRequestTimeout } from '@turno/postgres';
import { pathParameter } from '../../http/request/path-parameter.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { exampleTenant } from './example-tenant.ts';

export const readTenant: Operation<Pick<OperationDeps, 'sql'>> = {
  method: 'get',
  path: '/v1/tenants/{tenantId}',
  scope: 'operator',
  quota: 'exempt',
  operationId: 'readTenant',
  summary: 'Read a tenant',
  responses: { 200: { description: 'The tenant', content: { schema: tenant, example: exampleTenant } } },
  problems: ['tenant-not-found'],
  async run({ sql }, { req }) {
    const found = await withRequestTimeout(findTenant(sql, pathParameter(req, 'tenantId')));
    if (found === undefined) throw new Problem('tenant-not-found');
    return jsonAnswer(200, found);
  },
};
