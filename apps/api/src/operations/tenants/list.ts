import { tenantPage } from '@turno/contract';
import { listTenants as list, withRequestTimeout } from '@turno/postgres';
import { z } from 'zod';
import { parseQuery } from '../../http/request/parse-query.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { exampleTenant } from './example-tenant.ts';

const rowsMax = 100;
const query = z.strictObject({
  cursor: z
    .string()
    .regex(/^ten_[\w-]{1,100}$/, 'is not a nextCursor of this list; leave it out to begin anew')
    .optional()
    .describe('The `nextCursor` of the page before'),
});

export const listTenants: Operation<Pick<OperationDeps, 'sql'>> = {
  method: 'get',
  path: '/v1/tenants',
  scope: 'operator',
  quota: 'exempt',
  operationId: 'listTenants',
  summary: 'List the tenants',
  request: { query },
  responses: {
    200: {
      description: 'A hundred at most',
      content: { schema: tenantPage, example: { tenants: [exampleTenant], nextCursor: null } },
    },
  },
  problems: [],
  async run({ sql }, { req }) {
    const { cursor: after = '' } = parseQuery(req, query);
    const tenants = await withRequestTimeout(list(sql, { after, rowsMax }));
    const nextCursor = tenants.length < rowsMax ? null : (tenants.at(-1)?.id ?? null);
    return jsonAnswer(200, { tenants, nextCursor });
  },
};
