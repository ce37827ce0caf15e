import type { Plan, PlanLimits, Tenant, TenantChange } from '@turno/contract';
import type { Sql } from 'postgres';
import { toRfc3339 } from '../connection/timestamps.ts';

/** Undefined when there is no such plan. */
export async function makeTenant(
  sql: Sql,
  { id, name, plan }: { id: string; name: string; plan: string },
): Promise<Tenant | undefined> {
  const [row] = await sql<Tenant[]>`
    INSERT INTO tenants (id, name, plan) SELECT ${id}, ${name}, p.name FROM plans p WHERE p.name = ${plan}
    RETURNING ${columns(sql)}`;
  return row && toTenant(row);
}

/** In the order of their ids, from after `after`. */
export async function listTenants(sql: Sql, { after, rowsMax }: { after: string; rowsMax: number }): Promise<Tenant[]> {
  const rows = await sql<Tenant[]>`
    SELECT ${columns(sql)} FROM tenants WHERE id > ${after} ORDER BY id LIMIT ${rowsMax}`;
  return rows.map(toTenant);
}

export async function findTenant(sql: Sql, id: string): Promise<Tenant | undefined> {
  const [row] = await sql<Tenant[]>`SELECT ${columns(sql)} FROM tenants WHERE id = ${id}`;
  return row && toTenant(row);
}

/** Changes what is named and leaves the rest. The plan must exist. Undefined when there is no such tenant. */
export async function changeTenant(sql: Sql, id: string, change: TenantChange): Promise<Tenant | undefined> {
  const { name = null, plan = null, disabled = null } = change;
  const [row] = await sql<Tenant[]>`
    UPDATE tenants SET name = coalesce(${name}::text, name), plan = coalesce(${plan}::text, plan),
      disabled_at = CASE ${disabled}::text WHEN 'true' THEN coalesce(disabled_at, now()) WHEN 'false' THEN NULL
        ELSE disabled_at END
    WHERE id = ${id} RETURNING ${columns(sql)}`;
  return row && toTenant(row);
}

export function listPlans(sql: Sql): Promise<Plan[]> {
  return sql<Plan[]>`SELECT ${planColumns(sql)} FROM plans ORDER BY name`;
}

/** Makes the plan, or gives it these limits; true when it was made. */
export async function putPlan(sql: Sql, { name, ...limits }: Plan & PlanLimits): Promise<boolean> {
  const [row] = await sql<{ made: boolean }[]>`
    INSERT INTO plans (name, bucket_capacity, refill_per_second, requests_per_month_max, jobs_waiting_max,
      payload_bytes_max, concurrent_runs_max)
    VALUES (${name}, ${limits.bucketCapacity}, ${limits.refillPerSecond}, ${limits.requestsPerMonthMax},
      ${limits.jobsWaitingMax}, ${limits.payloadBytesMax}, ${limits.concurrentRunsMax})
    ON CONFLICT (name) DO UPDATE SET bucket_capacity = excluded.bucket_capacity,
      refill_per_second = excluded.refill_per_second, requests_per_month_max = excluded.requests_per_month_max,
      jobs_waiting_max = excluded.jobs_waiting_max, payload_bytes_max = excluded.payload_bytes_max,
      concurrent_runs_max = excluded.concurrent_runs_max
    RETURNING xmax = 0 AS made`;
  return row?.made === true;
}

function columns(sql: Sql) {
  return sql`id, name, plan, created_at AS "createdAt", disabled_at AS "disabledAt"`;
}

function planColumns(sql: Sql) {
  return sql`name, bucket_capacity AS "bucketCapacity", refill_per_second AS "refillPerSecond",
    requests_per_month_max::float8 AS "requestsPerMonthMax", jobs_waiting_max AS "jobsWaitingMax",
    payload_bytes_max AS "payloadBytesMax", concurrent_runs_max AS "concurrentRunsMax"`;
}

function toTenant(row: Tenant): Tenant {
  return { ...row, createdAt: toRfc3339(row.createdAt), disabledAt: toRfc3339(row.disabledAt) };
}
