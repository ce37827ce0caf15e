import type { Sql } from 'postgres';

/** The number of a tenant's jobs that are in BullMQ or run on a worker. */
export interface TenantInFlight {
  tenantId: string;
  jobs: number;
}

/**
 * Counts the jobs in flight on a queue per tenant, for the `tenantsMax` tenants with the most. The cost depends on the
 * number of jobs in flight, which the window and the workers' slots bound.
 */
export function countInFlight(sql: Sql, queue: string, tenantsMax: number): Promise<TenantInFlight[]> {
  return sql<TenantInFlight[]>`
    SELECT tenant_id AS "tenantId", count(*)::int AS jobs FROM jobs
    WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog AND queue = ${queue}
    GROUP BY tenant_id ORDER BY jobs DESC LIMIT ${tenantsMax}`;
}
