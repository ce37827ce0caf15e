import type { Sql } from 'postgres';

/** Jobs of one tenant that BullMQ holds, or a worker runs. */
export interface TenantInFlight {
  tenantId: string;
  jobs: number;
}

/**
 * What the tenants have in flight on this queue: those with the most first, `tenantsMax` of them. Its cost depends on what is in flight,
 * which the window and the slots of the workers bound.
 */
export function countInFlight(sql: Sql, queue: string, tenantsMax: number): Promise<TenantInFlight[]> {
  return sql<TenantInFlight[]>`
    SELECT tenant_id AS "tenantId", count(*)::int AS jobs FROM jobs
    WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog AND queue = ${queue}
    GROUP BY tenant_id ORDER BY jobs DESC LIMIT ${tenantsMax}`;
}
