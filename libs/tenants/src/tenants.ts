import { type MadeTenant, newId, type NewTenant, Problem, type Tenant, type TenantChange } from '@turno/contract';
import {
  changeTenant,
  deleteTenant as writeDeletion,
  findTenant,
  listPlans,
  makeTenant,
  type Postgres,
} from '@turno/postgres';
import { operatorTenantId } from './first-key.ts';
import { createKey } from './keys.ts';

interface TenantDeps {
  sql: Postgres['sql'];
}

/**
 * Creates a tenant and its first key, which has all scopes and is returned only here.
 * Throws `invalid-request` for an unknown plan.
 */
export async function createTenant({ sql }: TenantDeps, { name, plan }: NewTenant): Promise<MadeTenant> {
  const tenant = await makeTenant(sql, { id: newId('ten'), name, plan });
  if (tenant === undefined) throw unknownPlan(plan);
  const firstKey = await createKey({ sql }, tenant.id, {
    name: 'first',
    scopes: ['jobs:write', 'jobs:read', 'admin'],
    expiresAt: null,
  });
  return { ...tenant, firstKey };
}

/**
 * Changes a tenant.
 * Every process applies the change within five seconds. The jobs of a disabled tenant stay and still run; only its keys
 * are rejected. Throws `tenant-not-found`, `tenant-deleted`, `first-tenant`, or
 * `invalid-request` for an unknown plan.
 */
export async function updateTenant({ sql }: TenantDeps, id: string, change: TenantChange): Promise<Tenant> {
  if (id === operatorTenantId && change.disabled === true) {
    throw new Problem('first-tenant', { detail: 'Only the operator tenant could enable it again.' });
  }
  if (change.plan !== undefined) await requirePlan({ sql }, change.plan);
  const tenant = await changeTenant(sql, id, change);
  if (tenant !== undefined) return tenant;
  throw new Problem((await findTenant(sql, id)) === undefined ? 'tenant-not-found' : 'tenant-deleted');
}

/**
 * Deletes a tenant for good.
 * Its keys are rejected and its schedules stop within five seconds; workers cancel its jobs and disable its endpoints
 * in steps. A repeat changes nothing. Throws `tenant-not-found` or `first-tenant`.
 */
export async function deleteTenant({ sql }: TenantDeps, id: string): Promise<void> {
  if (id === operatorTenantId) throw new Problem('first-tenant', { detail: 'Nobody could manage tenants any more.' });
  if (!(await writeDeletion(sql, id))) throw new Problem('tenant-not-found');
}

/** Throws for an unknown plan. Plans are never deleted, so a plan that is found cannot be gone later. */
async function requirePlan({ sql }: TenantDeps, name: string): Promise<void> {
  const plans = await listPlans(sql);
  if (!plans.some((plan) => plan.name === name)) throw unknownPlan(name);
}

function unknownPlan(name: string): Problem {
  const detail = `there is no plan "${name}"; GET /v1/plans lists the plans`;
  return new Problem('invalid-request', { errors: [{ pointer: '/plan', detail }] });
}
