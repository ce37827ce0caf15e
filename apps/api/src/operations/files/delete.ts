import { deleteFile as remove } from '@turno/files';
import { withRequestTimeout } from '@turno/postgres';
import { pathParameter } from '../../http/request/path-parameter.ts';
import { emptyAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';

export const deleteFile: Operation<Pick<OperationDeps, 'files'>> = {
  method: 'delete',
  path: '/v1/files/{fileId}',
  scope: 'jobs:write',
  operationId: 'deleteFile',
  summary: 'Delete a file',
  responses: { 204: { description: 'Gone; its bytes follow within a minute' } },
  problems: ['file-not-found'],
  async run({ files }, { caller, req }) {
    await withRequestTimeout(remove(files, caller.tenantId, pathParameter(req, 'fileId')));
    return emptyAnswer;
  },
};
