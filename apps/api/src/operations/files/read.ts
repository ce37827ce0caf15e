import { fileObject } from '@turno/contract';
import { confirmUpload, renderWithDownload } from '@turno/files';
import { withRequestTimeout } from '@turno/postgres';
import { pathParameter } from '../../http/request/path-parameter.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { exampleFile } from './example-file.ts';

export const readFile: Operation<Pick<OperationDeps, 'files'>> = {
  method: 'get',
  path: '/v1/files/{fileId}',
  scope: 'jobs:read',
  operationId: 'readFile',
  summary: 'Read the record of a file, and get an address of its bytes',
  description: 'The first read after the upload confirms it: the file changes from `pending` to `ready`.',
  responses: { 200: { description: 'The file', content: { schema: fileObject, example: exampleFile } } },
  problems: ['file-not-found'],
  async run({ files }, { caller, req }) {
    const row = await withRequestTimeout(confirmUpload(files, caller.tenantId, pathParameter(req, 'fileId')));
    return jsonAnswer(200, await withRequestTimeout(renderWithDownload(files, row)));
  },
};
