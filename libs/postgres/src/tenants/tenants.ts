import type { Plan, PlanLimits, Tenant, TenantChange } from '@turno/contract';
import { and, asc, eq, gt, isNull, type SQL, sql as fragment } from 'drizzle-orm';
import type { Sql } from 'postgres';
import { drizzleOn, isForeignKeyViolation, toRfc3339 } from '../connection/index.ts';
import { schema } from '../schema/index.ts';

const { plans, tenants } = schema;

const tenantColumns = {
  id: tenants.id,
  name: tenants.name,
  plan: tenants.plan,
  createdAt: tenants.createdAt,
  disabledAt: tenants.disabledAt,
  deletedAt: tenants.deletedAt,
};

/** The columns of a Plan. */
export const planColumns = {
  name: plans.name,
  bucketCapacity: plans.bucketCapacity,
  refillPerSecond: plans.refillPerSecond,
  requestsPerMonthMax: plans.requestsPerMonthMax,
  jobsWaitingMax: plans.jobsWaitingMax,
  payloadBytesMax: plans.payloadBytesMax,
  storageBytesMax: plans.storageBytesMax,
  concurrentRunsMax: plans.concurrentRunsMax,
};

/** Inserts a tenant. Returns undefined when there is no such plan. */
export async function makeTenant(
  sql: Sql,
  tenant: { id: string; name: string; plan: string },
): Promise<Tenant | undefined> {
  try {
    const [row] = await drizzleOn(sql).insert(tenants).values(tenant).returning(tenantColumns);
    return row && toTenant(row);
  } catch (error) {
    if (isForeignKeyViolation(error)) return undefined;
    throw error;
  }
}

/** Lists tenants in the order of their ids, from after the id `after`. */
export async function listTenants(sql: Sql, { after, rowsMax }: { after: string; rowsMax: number }): Promise<Tenant[]> {
  const rows = await drizzleOn(sql)
    .select(tenantColumns)
    .from(tenants)
    .where(gt(tenants.id, after))
    .orderBy(asc(tenants.id))
    .limit(rowsMax);
  return rows.map(toTenant);
}

/** Reads one tenant. */
export async function findTenant(sql: Sql, id: string): Promise<Tenant | undefined> {
  const [row] = await drizzleOn(sql).select(tenantColumns).from(tenants).where(eq(tenants.id, id));
  return row && toTenant(row);
}

/** Reads the limits of a tenant. */
export async function findTenantWithPlan(
  sql: Sql,
  id: string,
): Promise<{ tenantId: string; plan: Plan; isDeleted: boolean } | undefined> {
  const isDeleted = fragment<boolean>`${tenants.deletedAt} IS NOT NULL`;
  const [row] = await drizzleOn(sql)
    .select({ tenantId: tenants.id, plan: planColumns, isDeleted })
    .from(tenants)
    .innerJoin(plans, eq(plans.name, tenants.plan))
    .where(eq(tenants.id, id));
  return row;
}

/**
 * Changes the fields that `change` has and leaves the others. The plan must exist. Returns undefined for an unknown
 * or deleted tenant.
 */
export async function changeTenant(sql: Sql, id: string, change: TenantChange): Promise<Tenant | undefined> {
  const { name, plan, disabled } = change;
  const disabledAt: SQL = disabled === true ? fragment`coalesce(${tenants.disabledAt}, now())` : fragment`NULL`;
  const changed = {
    ...(name !== undefined && { name }),
    ...(plan !== undefined && { plan }),
    ...(disabled !== undefined && { disabledAt }),
  };
  // An UPDATE that sets nothing is no statement.
  if (Object.keys(changed).length === 0) return findTenant(sql, id);
  const [row] = await drizzleOn(sql)
    .update(tenants)
    .set(changed)
    .where(and(eq(tenants.id, id), isNull(tenants.deletedAt)))
    .returning(tenantColumns);
  return row && toTenant(row);
}

/** Lists all plans by name. */
export function listPlans(sql: Sql): Promise<Plan[]> {
  return drizzleOn(sql).select(planColumns).from(plans).orderBy(asc(plans.name));
}

/** Inserts a plan, or replaces its limits. Returns true when the plan is new. */
export async function putPlan(sql: Sql, { name, ...limits }: Plan & PlanLimits): Promise<boolean> {
  const [row] = await drizzleOn(sql)
    .insert(plans)
    .values({ name, ...limits })
    .onConflictDoUpdate({ target: plans.name, set: limits })
    .returning({ made: fragment<boolean>`xmax = 0` });
  return row?.made === true;
}

function toTenant(row: Tenant): Tenant {
  const { createdAt, disabledAt, deletedAt } = row;
  return {
    ...row,
    createdAt: toRfc3339(createdAt),
    disabledAt: toRfc3339(disabledAt),
    deletedAt: toRfc3339(deletedAt),
  };
}
