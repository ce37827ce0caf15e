import { fileRequest } from '@turno/contract';
import { createUpload, deleteFile, type FileDeps, readFile } from '@turno/files';
import { withRequestTimeout } from '@turno/postgres';
import { requireScope, type Authenticate, type CallerHandler } from '../authenticate.ts';
import { answer } from '../http/response/answer.ts';
import { parseBody } from '../http/request/parse-body.ts';
import type { Route } from '../http/route.ts';

export interface FileRoutesDeps {
  authenticate: Authenticate;
  files: FileDeps;
  /** Of one file. */
  fileBytesMax: number;
}

/** Answers hold signed addresses. */
const headers = { 'Cache-Control': 'no-store' };

/** What files there are; their bytes go straight to and from the store. */
export function fileRoutes(deps: FileRoutesDeps): Route[] {
  const { authenticate } = deps;
  return [
    { path: '/v1/files', post: requireScope(authenticate, 'jobs:write', createRoute(deps)) },
    {
      path: '/v1/files/:fileId',
      get: requireScope(authenticate, 'jobs:read', readRoute(deps)),
      delete: requireScope(authenticate, 'jobs:write', deleteRoute(deps)),
    },
  ];
}

function createRoute({ files, fileBytesMax }: FileRoutesDeps): CallerHandler {
  const tooLarge = { path: ['bytes'], error: `must be at most ${fileBytesMax}` };
  const schema = fileRequest.refine(({ bytes }) => bytes <= fileBytesMax, tooLarge);
  return async ({ tenantId }, req, res) => {
    const { file, upload } = await withRequestTimeout(createUpload(files, tenantId, await parseBody(req, schema)));
    const body = JSON.stringify({ ...file, upload: { ...upload, expiresAt: upload.expiresAt.toISOString() } });
    answer(req, res, { status: 201, body, headers: { Location: `/v1/files/${file.id}`, ...headers } });
  };
}

function readRoute({ files }: FileRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const file = await withRequestTimeout(readFile(files, tenantId, String(req.params['fileId'])));
    answer(req, res, { status: 200, body: JSON.stringify(file), headers });
  };
}

function deleteRoute({ files }: FileRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    await withRequestTimeout(deleteFile(files, tenantId, String(req.params['fileId'])));
    answer(req, res, { status: 204, headers });
  };
}
