import { madeKey, newKey } from '@turno/contract';
import { withRequestTimeout } from '@turno/postgres';
import { createKey as create } from '@turno/tenants';
import { parseBody } from '../../http/request/parse-body.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation, SentBody } from '../operation.ts';
import { exampleKey, exampleMadeKey } from './example-key.ts';

const body: SentBody<typeof newKey> = {
  schema: newKey,
  example: { name: exampleKey.name, scopes: exampleKey.scopes },
};

export const createKey: Operation<Pick<OperationDeps, 'keysMax' | 'sql'>> = {
  method: 'post',
  path: '/v1/keys',
  scope: 'admin',
  quota: 'exempt',
  operationId: 'createKey',
  summary: 'Make a key of this tenant',
  request: { body },
  responses: {
    201: { description: 'The key, shown this once', content: { schema: madeKey, example: exampleMadeKey } },
  },
  problems: ['too-many-keys'],
  async run({ keysMax, sql }, { caller, req }) {
    const request = await parseBody(req, body);
    return jsonAnswer(201, await withRequestTimeout(create({ sql, keysMax }, caller.tenantId, request)));
  },
};
