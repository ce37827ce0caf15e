import type { Plan } from '@turno/contract';
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import { apiKeys, plans, tenants, monthlyUsage } from '../schema/tables.ts';

export interface StoredKey {
  id: string;
  tenantId: string;
  secretSha256: Buffer;
  scopes: string[];
}

/** A key that opens something, with its tenant's plan. */
export interface ValidKey extends StoredKey {
  /** On the database's clock; null: never. */
  expiresInMs: number | null;
  plan: Plan;
  /** Requests of the tenant in the month `2026-11` (UTC), as far as they were added up. */
  requests: { month: string; used: number };
}

const columnsOfPlan = {
  name: plans.name,
  bucketCapacity: plans.bucketCapacity,
  refillPerSecond: plans.refillPerSecond,
  requestsPerMonthMax: plans.requestsPerMonthMax,
  jobsWaitingMax: plans.jobsWaitingMax,
  payloadBytesMax: plans.payloadBytesMax,
  concurrentRunsMax: plans.concurrentRunsMax,
};

const thisMonth = sql`date_trunc('month', now() AT TIME ZONE 'UTC')::date`;

/** Undefined when the key is unknown, revoked or expired, or its tenant is disabled. */
export async function findApiKey(db: PostgresJsDatabase, id: string): Promise<ValidKey | undefined> {
  const [row] = await db
    .select({
      id: apiKeys.id,
      tenantId: apiKeys.tenantId,
      secretSha256: apiKeys.secretSha256,
      scopes: apiKeys.scopes,
      expiresInMs: sql<number | null>`(extract(epoch FROM ${apiKeys.expiresAt} - now()) * 1000)::float8`,
      plan: columnsOfPlan,
      requests: {
        month: sql<string>`to_char(${thisMonth}, 'YYYY-MM')`,
        used: sql<number>`coalesce(${monthlyUsage.requests}, 0)::float8`,
      },
    })
    .from(apiKeys)
    .innerJoin(tenants, eq(tenants.id, apiKeys.tenantId))
    .innerJoin(plans, eq(plans.name, tenants.plan))
    .leftJoin(monthlyUsage, and(eq(monthlyUsage.tenantId, tenants.id), eq(monthlyUsage.month, thisMonth)))
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt), isNull(tenants.disabledAt)));
  return (row?.expiresInMs ?? Infinity) > 0 ? row : undefined;
}

/**
 * Makes sure that this tenant and this key exist, with this secret. A key that was revoked stays revoked. Safe to call from many
 * processes at once.
 */
export async function putApiKey(db: PostgresJsDatabase, tenantName: string, key: StoredKey): Promise<void> {
  await db.insert(tenants).values({ id: key.tenantId, name: tenantName }).onConflictDoNothing();
  await db
    .insert(apiKeys)
    .values(key)
    .onConflictDoUpdate({
      target: apiKeys.id,
      set: { secretSha256: key.secretSha256, scopes: key.scopes },
      setWhere: eq(apiKeys.tenantId, key.tenantId),
    });
}
