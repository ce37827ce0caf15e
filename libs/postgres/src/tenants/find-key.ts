import type { Plan } from '@turno/contract';
import { and, eq, isNull, sql as fragment } from 'drizzle-orm';
import type { Sql } from 'postgres';
import { drizzleOn } from '../connection/index.ts';
import { schema } from '../schema/index.ts';
import { planColumns } from './tenants.ts';

const { apiKeys, monthlyUsage, plans, tenants } = schema;

export interface StoredKey {
  id: string;
  tenantId: string;
  secretSha256: Buffer;
  scopes: string[];
}

/** A key that is valid now, with its tenant's plan. */
export interface ValidKey extends StoredKey {
  /** On the database's clock; null: never. */
  expiresInMs: number | null;
  plan: Plan;
  /** Requests of the tenant in the month `2026-11` (UTC), as far as they are summed up. */
  requests: { month: string; used: number };
}

const thisMonth = fragment`date_trunc('month', now() AT TIME ZONE 'UTC')::date`;

/** Reads a valid key; undefined when it is unknown, revoked or expired, or its tenant is disabled. */
export async function findApiKey(sql: Sql, id: string): Promise<ValidKey | undefined> {
  const [row] = await drizzleOn(sql)
    .select({
      id: apiKeys.id,
      tenantId: apiKeys.tenantId,
      secretSha256: apiKeys.secretSha256,
      scopes: apiKeys.scopes,
      expiresInMs: fragment<number | null>`(extract(epoch FROM ${apiKeys.expiresAt} - now()) * 1000)::float8`,
      plan: planColumns,
      requests: {
        month: fragment<string>`to_char(${thisMonth}, 'YYYY-MM')`,
        used: fragment<number>`coalesce(${monthlyUsage.requests}, 0)::float8`,
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
 * Inserts a tenant and a key where they are missing, and sets the key's secret and scopes. A revoked key stays revoked.
 * Safe to call from many processes at once.
 */
export async function putApiKey(sql: Sql, tenantName: string, key: StoredKey): Promise<void> {
  await drizzleOn(sql).insert(tenants).values({ id: key.tenantId, name: tenantName }).onConflictDoNothing();
  await drizzleOn(sql)
    .insert(apiKeys)
    .values(key)
    .onConflictDoUpdate({
      target: apiKeys.id,
      set: { secretSha256: key.secretSha256, scopes: key.scopes },
      setWhere: eq(apiKeys.tenantId, key.tenantId),
    });
}
