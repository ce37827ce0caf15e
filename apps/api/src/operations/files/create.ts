import { fileRequest, fileUpload, formatTime, Problem } from '@turno/contract';
import { createUpload } from '@turno/files';
import { withRequestTimeout } from '@turno/postgres';
import { parseBody } from '../../http/request/parse-body.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation, SentBody } from '../operation.ts';
import { exampleFile, exampleUpload } from './example-file.ts';

const body: SentBody<typeof fileRequest> = {
  schema: fileRequest,
  example: { contentType: 'image/jpeg', bytes: 31_457_280, name: 'holiday.jpg' },
};

export const createFile: Operation<Pick<OperationDeps, 'fileBytesMax' | 'files'>> = {
  method: 'post',
  path: '/v1/files',
  scope: 'jobs:write',
  operationId: 'createFile',
  summary: 'Announce a file and get the signed address for its bytes',
  description:
    'The bytes count against the plan from now on. They are given back when the file is deleted, with its job, or when ' +
    'the address was not used within an hour. One upload at a time may use the address.',
  request: { body },
  responses: {
    201: {
      description: 'The file, pending, with a signed address for one upload of exactly these bytes',
      content: {
        schema: fileUpload,
        example: { ...exampleFile, state: 'pending', download: null, upload: exampleUpload },
      },
      headers: ['Location'],
    },
  },
  problems: ['file-exceeds-plan', 'storage-full'],
  async run({ fileBytesMax, files }, { caller, req }) {
    const request = await parseBody(req, body);
    const { storageBytesMax } = caller.plan;
    if (storageBytesMax !== null && request.bytes > storageBytesMax) throw exceedsPlan(storageBytesMax);
    if (request.bytes > fileBytesMax) throw tooLarge(fileBytesMax);
    const { file, upload } = await withRequestTimeout(createUpload(files, caller.tenantId, request));
    const made = { ...file, upload: { ...upload, expiresAt: formatTime(upload.expiresAt) } };
    return jsonAnswer(201, made, { Location: `/v1/files/${file.id}` });
  },
};

function tooLarge(bytesMax: number): Problem {
  return new Problem('invalid-request', { errors: [{ pointer: '/bytes', detail: `must be at most ${bytesMax}` }] });
}

function exceedsPlan(bytesMax: number): Problem {
  return new Problem('file-exceeds-plan', { detail: `The plan allows ${bytesMax} bytes for all files together.` });
}
