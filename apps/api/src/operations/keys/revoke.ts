import { withRequestTimeout } from '@turno/postgres';
import { deleteKey } from '@turno/tenants';
import { pathParameter } from '../../http/request/path-parameter.ts';
import { emptyAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';

export const revokeKey: Operation<Pick<OperationDeps, 'sql'>> = {
  method: 'delete',
  path: '/v1/keys/{keyId}',
  scope: 'admin',
  quota: 'exempt',
  operationId: 'revokeKey',
  summary: 'Revoke a key for good; it is refused everywhere within five seconds',
  responses: { 204: { description: 'Revoked' } },
  problems: ['key-not-found', 'last-admin-key'],
  async run({ sql }, { caller, req }) {
    await withRequestTimeout(deleteKey({ sql }, caller, pathParameter(req, 'keyId')));
    return emptyAnswer;
  },
};
