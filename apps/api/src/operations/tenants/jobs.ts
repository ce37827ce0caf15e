import { Problem } from '@turno/contract';
import { findTenantWithPlan, withRequestTimeout } from '@turno/postgres';
import type { Caller } from '@turno/tenants';
import type { Request } from 'express';
import { pathParameter } from '../../http/request/path-parameter.ts';
import type { OperationDeps } from '../deps.ts';
import { cancelJob } from '../jobs/cancel.ts';
import { listJobs } from '../jobs/list.ts';
import { readInput } from '../jobs/read-input.ts';
import { readOutput } from '../jobs/read-output.ts';
import { readJob } from '../jobs/read.ts';
import { retryFailedJobs } from '../jobs/retry-many.ts';
import { retryJob } from '../jobs/retry.ts';
import type { Operation, Outcome } from '../operation.ts';

type Deps = Pick<OperationDeps, 'sql'>;

/**
 * Makes the operation of the operator tenant that does for a tenant what `operation` does for its own.
 * Everything but the caller is that of `operation`: parameters, answers, problems and `run`.
 */
function forTenant<OwnDeps>(operation: Operation<OwnDeps>, { startsRuns = false } = {}): Operation<OwnDeps & Deps> {
  const { path, operationId, summary, problems, run } = operation;
  return {
    ...operation,
    path: path.replace('/v1/', '/v1/tenants/{tenantId}/'),
    scope: 'operator',
    quota: 'exempt',
    operationId: `${operationId}OfTenant`,
    summary: `For a tenant: ${summary.charAt(0).toLowerCase()}${summary.slice(1)}`,
    description:
      'For the operator, with the rights of an admin of that tenant. `links` of a job are those of its tenant.',
    problems: [...problems, 'tenant-not-found', ...(startsRuns ? (['tenant-deleted'] as const) : [])],
    run: async (deps, { caller, req, res }) => {
      const { isDeleted, ...tenantCaller } = await toTenantCaller(deps, caller, req);
      if (isDeleted && startsRuns) throw new Problem('tenant-deleted', { detail: 'Its jobs do not run any more.' });
      return underTenant(tenantCaller.tenantId, await run(deps, { caller: tenantCaller, req, res }));
    },
  };
}

/** Returns the operator as an admin of the tenant in the path, with that tenant's limits. */
async function toTenantCaller({ sql }: Deps, caller: Caller, req: Request): Promise<Caller & { isDeleted: boolean }> {
  const found = await withRequestTimeout(findTenantWithPlan(sql, pathParameter(req, 'tenantId')));
  if (found === undefined) throw new Problem('tenant-not-found');
  req.context.logged['ofTenantId'] = found.tenantId;
  return { ...caller, ...found, scopes: new Set(['jobs:read', 'jobs:write', 'admin']), isOperator: false };
}

/** Points the addresses in the headers of an answer to the operator's paths. */
function underTenant(tenantId: string, outcome: Outcome): Outcome {
  if (outcome === 'streamed') return outcome;
  const headers = { ...outcome.headers };
  for (const name of ['Location', 'Content-Location']) {
    const path = headers[name];
    if (path?.startsWith('/v1/jobs/') === true) headers[name] = `/v1/tenants/${tenantId}${path.slice('/v1'.length)}`;
  }
  return { ...outcome, headers };
}

export const listTenantJobs = forTenant(listJobs);
export const retryFailedTenantJobs = forTenant(retryFailedJobs, { startsRuns: true });
export const readTenantJob = forTenant(readJob);
export const readTenantJobInput = forTenant(readInput);
export const readTenantJobOutput = forTenant(readOutput);
export const cancelTenantJob = forTenant(cancelJob);
export const retryTenantJob = forTenant(retryJob, { startsRuns: true });
