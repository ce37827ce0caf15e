import { jobList, listQuery, Problem } from '@turno/contract';
import type { ListedJobs } from '@turno/jobs';
import { parseQuery } from '../../http/request/parse-query.ts';
import type { Answer } from '../../http/response/answer.ts';
import type { OperationDeps } from '../deps.ts';
import { type Call, type Operation, queryProblems } from '../operation.ts';
import { exampleJob } from './example-job.ts';
import { toJobFilter } from './job-filter.ts';
import { parseCursor, toCursor } from './list-cursor.ts';

type Deps = Pick<OperationDeps, 'jobList'>;

export const listJobs: Operation<Deps> = {
  method: 'get',
  path: '/v1/jobs',
  scope: 'jobs:read',
  operationId: 'listJobs',
  summary: 'List jobs, newest first, by what they are and by words in them',
  request: {
    query: listQuery,
    samples: {
      state: 'failed',
      kind: 'math.sum-of-squares',
      tag: 'nightly',
      createdAfter: '2026-11-22T00:00:00Z',
      createdBefore: '2026-11-23T00:00:00Z',
      q: 'timeout customer-17',
    },
  },
  responses: {
    200: {
      description: 'A page; one that is short, or empty, and has a `nextCursor` is not the last',
      content: { schema: jobList, example: { jobs: [exampleJob], nextCursor: null } },
    },
  },
  problems: queryProblems,
  run,
};

async function run({ jobList: list }: Deps, { caller, req }: Call): Promise<Answer> {
  const { cursor, limit, ...given } = parseQuery(req, listQuery);
  const filter = toJobFilter(given, { tenantId: caller.tenantId, search: list.search });
  const after = cursor === undefined ? undefined : (parseCursor(cursor) ?? rejectCursor());
  const page = await list.list(filter, { after, limit });
  return { status: 200, body: render(page), headers: { 'Cache-Control': 'private, no-store' } };
}

function rejectCursor(): never {
  const detail = 'is not a nextCursor of this list; leave it out to begin with the newest';
  throw new Problem('invalid-request', { errors: [{ pointer: '/cursor', detail }] });
}

/** Joins the bodies as they are: they are JSON already. */
function render({ views, next }: ListedJobs): string {
  const nextCursor = JSON.stringify(next === undefined ? null : toCursor(next));
  return `{"jobs":[${views.map((view) => view.body).join(',')}],"nextCursor":${nextCursor}}`;
}
