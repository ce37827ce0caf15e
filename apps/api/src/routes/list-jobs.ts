import { listQuery, Problem } from '@turno/contract';
import type { ListedJobs } from '@turno/jobs';
import type { CallerHandler } from '../authenticate.ts';
import { answer } from '../http/response/answer.ts';
import { parseQuery } from '../http/request/parse-query.ts';
import { toJobFilter } from './job-filter.ts';
import type { JobRoutesDeps } from './jobs-deps.ts';
import { parseCursor, toCursor } from './list-cursor.ts';

/** `GET /v1/jobs`: a page of the caller's jobs, newest first. */
export function listRoute({ list }: JobRoutesDeps): CallerHandler {
  return async ({ tenantId }, req, res) => {
    const { cursor, limit, ...given } = parseQuery(req, listQuery);
    const filter = toJobFilter(given, { tenantId, search: list.search });
    const after = cursor === undefined ? undefined : (parseCursor(cursor) ?? refuseCursor());
    const page = await list.list(filter, { after, limit });
    answer(req, res, { status: 200, body: render(page), headers: { 'Cache-Control': 'private, no-store' } });
  };
}

function refuseCursor(): never {
  const detail = 'is not a nextCursor of this list; leave it out to begin with the newest';
  throw new Problem('invalid-request', { errors: [{ pointer: '/cursor', detail }] });
}

/** Joined, not printed: the bodies are JSON already. */
function render({ views, next }: ListedJobs): string {
  const nextCursor = JSON.stringify(next === undefined ? null : toCursor(next));
  return `{"jobs":[${views.map((view) => view.body).join(',')}],"nextCursor":${nextCursor}}`;
}
