import type { FileObject } from '@turno/contract';
import { problemResponses } from './problem-responses.ts';
import { refTo, type JsonSchema } from './schemas.ts';
import { always, bodyRefusals, headers, json, needs, parameter } from './shorthand.ts';

export const exampleFileId = 'file_01kb6w2v9ve9f8m5q3c7t1zxyh';
const filePath = `/v1/files/${exampleFileId}`;
const address = `http://127.0.0.1:3002/objects/ten_first/in/${exampleFileId}?expires=1795341600&type=image%2Fjpeg`;
const exampleFile: FileObject = {
  id: exampleFileId,
  state: 'ready',
  name: 'holiday.jpg',
  contentType: 'image/jpeg',
  bytes: 31_457_280,
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  createdAt: '2026-11-22T09:00:00.000Z',
  expiresAt: '2026-11-29T09:00:00.000Z',
  jobId: null,
  download: { url: `${address}&signature=…`, expiresAt: '2026-11-22T09:05:00.000Z' },
};

export const createFile: JsonSchema = {
  operationId: 'createFile',
  security: needs('jobs:write'),
  summary: 'Announce a file and get the address that its bytes are to be put to',
  requestBody: {
    required: true,
    content: json(refTo('FileRequest'), {
      example: { contentType: 'image/jpeg', bytes: 31_457_280, name: 'holiday.jpg' },
    }),
  },
  responses: {
    '201': {
      description: 'The file, pending, with a signed address for one upload of exactly these bytes',
      headers: headers('Location'),
      content: json(refTo('FileUpload'), {
        example: {
          ...exampleFile,
          state: 'pending',
          download: null,
          upload: {
            method: 'PUT',
            url: `${address}&bytes=31457280&signature=…`,
            headers: { 'Content-Type': 'image/jpeg' },
            expiresAt: '2026-11-22T09:15:00.000Z',
          },
        },
      }),
    },
    ...problemResponses([...always, ...bodyRefusals], '/v1/files'),
  },
};

export const readFile: JsonSchema = {
  operationId: 'readFile',
  security: needs('jobs:read'),
  summary: 'Read what is known of a file, and get an address of its bytes',
  parameters: [parameter('fileId')],
  responses: {
    '200': { description: 'The file', content: json(refTo('File'), { example: exampleFile }) },
    ...problemResponses([...always, 'file-not-found'], filePath),
  },
};

export const deleteFile: JsonSchema = {
  operationId: 'deleteFile',
  security: needs('jobs:write'),
  summary: 'Delete a file',
  parameters: [parameter('fileId')],
  responses: {
    '204': { description: 'Gone; its bytes follow within a minute' },
    ...problemResponses([...always, 'file-not-found'], filePath),
  },
};
