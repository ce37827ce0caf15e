import { type MadeTenant, newId, type NewTenant, Problem, type Tenant, type TenantChange } from '@turno/contract';
import { changeTenant, listPlans, makeTenant, type Postgres } from '@turno/postgres';
import { operatorTenantId } from './first-key.ts';
import { createKey } from './keys.ts';

interface TenantDeps {
  sql: Postgres['sql'];
}

/** Makes a tenant and its first key, which has all scopes and is shown this once. Throws `invalid-request` for an unknown plan. */
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
 * Changes a tenant; every process acts on it within five seconds. A disabled one keeps its jobs, and those it has submitted still run;
 * only its keys open nothing. Throws `tenant-not-found`, `first-tenant`, or `invalid-request` for an unknown plan.
 */
export async function updateTenant({ sql }: TenantDeps, id: string, change: TenantChange): Promise<Tenant> {
  if (id === operatorTenantId && change.disabled === true) {
    throw new Problem('first-tenant', { detail: 'Nobody else could enable it again.' });
  }
  if (change.plan !== undefined) await expectPlan({ sql }, change.plan);
  const tenant = await changeTenant(sql, id, change);
  if (tenant === undefined) throw new Problem('tenant-not-found');
  return tenant;
}

/** Plans are never erased, so one that was there is there. */
async function expectPlan({ sql }: TenantDeps, name: string): Promise<void> {
  const plans = await listPlans(sql);
  if (!plans.some((plan) => plan.name === name)) throw unknownPlan(name);
}

function unknownPlan(name: string): Problem {
  const detail = `there is no plan "${name}"; GET /v1/plans lists them`;
  return new Problem('invalid-request', { errors: [{ pointer: '/plan', detail }] });
}
