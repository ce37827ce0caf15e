import { madeKey, newKey } from '@turno/contract';
import { withRequestTimeout } from '@turno/postgres';
import { createKey } from '@turno/tenants';
import { parseBody } from '../../http/request/parse-body.ts';
import { pathParameter } from '../../http/request/path-parameter.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import { exampleMadeKey } from '../keys/example-key.ts';
import type { Operation, SentBody } from '../operation.ts';

const body: SentBody<typeof newKey> = { schema: newKey, example: { name: 'way back', scopes: ['admin'] } };

/** The way back for a tenant whose keys are lost, so the tenant's limit of keys does not hold. */
export const createTenantKey: Operation<Pick<OperationDeps, 'sql'>> = {
  method: 'post',
  path: '/v1/tenants/{tenantId}/keys',
  scope: 'operator',
  quota: 'exempt',
  operationId: 'createTenantKey',
  summary: 'Make a key of any tenant',
  request: { body },
  responses: {
    201: { description: 'The key, shown this once', content: { schema: madeKey, example: exampleMadeKey } },
  },
  problems: ['tenant-not-found'],
  async run({ sql }, { req }) {
    const request = await parseBody(req, body);
    return jsonAnswer(201, await withRequestTimeout(createKey({ sql }, pathParameter(req, 'tenantId'), request)));
  },
};
