import { madeTenant, newTenant } from '@turno/contract';
import { withRequestTimeout } from '@turno/postgres';
import { createTenant as create } from '@turno/tenants';
import { parseBody } from '../../http/request/parse-body.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import { exampleMadeKey } from '../keys/example-key.ts';
import type { Operation, SentBody } from '../operation.ts';
import { exampleTenant } from './example-tenant.ts';

const body: SentBody<typeof newTenant> = { schema: newTenant, example: { name: 'Acme', plan: 'free' } };

export const createTenant: Operation<Pick<OperationDeps, 'sql'>> = {
  method: 'post',
  path: '/v1/tenants',
  scope: 'operator',
  quota: 'exempt',
  operationId: 'createTenant',
  summary: 'Make a tenant and its first key',
  request: { body },
  responses: {
    201: {
      description: 'The tenant; its key is shown this once',
      content: { schema: madeTenant, example: { ...exampleTenant, firstKey: exampleMadeKey } },
      headers: ['Location'],
    },
  },
  problems: [],
  async run({ sql }, { req }) {
    const made = await withRequestTimeout(create({ sql }, await parseBody(req, body)));
    return jsonAnswer(201, made, { Location: `/v1/tenants/${made.id}` });
  },
};
