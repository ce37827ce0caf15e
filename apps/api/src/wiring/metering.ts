import { type Postgres, readTenantJobs, requestTimeoutMs } from '@turno/postgres';
import type { ProcessLife } from '@turno/runtime';
import { allTenants, createRequestMeter, type RequestMeter, type TenantQueries } from '@turno/tenants';
import type { OperationDeps } from '../operations/deps.ts';

/** Opens the meter that counts requests against the quotas of tenants. */
export function openMeter(sql: Postgres['sql'], { closers, log }: ProcessLife): RequestMeter {
  const meter = createRequestMeter({ sql, log });
  closers.add('request meter', () => meter.close());
  return meter;
}

const jobCountsMs = 1_000;

/** Counts the jobs of all tenants in one statement, at most once per second and only on demand. */
export function createJobCounts(queries: TenantQueries): OperationDeps['countJobs'] {
  let counts: ReturnType<typeof readTenantJobs> | undefined;
  return async (tenantId) => {
    if (counts === undefined) {
      counts = queries.run(allTenants, readTenantJobs, requestTimeoutMs);
      const forget = () => void (counts = undefined);
      counts.then(() => setTimeout(forget, jobCountsMs).unref(), forget);
    }
    return (await counts).get(tenantId) ?? { waiting: 0, running: 0 };
  };
}
