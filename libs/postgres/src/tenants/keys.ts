import type { ApiKey } from '@turno/contract';
import { and, asc, count, eq, isNull, sql as fragment } from 'drizzle-orm';
import type { Sql, TransactionSql } from 'postgres';
import { drizzleOn, inTransaction, toRfc3339 } from '../connection/index.ts';
import { schema } from '../schema/index.ts';

const { apiKeys, tenants } = schema;

export interface KeyToMake {
  id: string;
  tenantId: string;
  name: string;
  secretSha256: Buffer;
  scopes: readonly string[];
  /** RFC 3339. */
  expiresAt: string | null;
}

const listedColumns = {
  id: apiKeys.id,
  name: apiKeys.name,
  scopes: apiKeys.scopes,
  createdAt: apiKeys.createdAt,
  expiresAt: apiKeys.expiresAt,
  lastUsedAt: apiKeys.lastUsedAt,
};

/**
 * Inserts a key and returns it as it is listed; undefined for an unknown tenant, `too-many-keys` when it has `keysMax`
 * keys. A revoked key counts for a day: each key has token buckets of its own, so a tenant that replaced each empty one
 * would have no rate limit.
 */
export function makeKey(sql: Sql, key: KeyToMake, keysMax: number): Promise<ApiKey | undefined | 'too-many-keys'> {
  return inTransaction(sql, async (tx) => {
    if (!(await lockTenant(tx, key.tenantId))) return undefined;
    const db = drizzleOn(tx);
    const [{ keys } = { keys: 0 }] = await db
      .select({ keys: count() })
      .from(apiKeys)
      .where(
        and(
          eq(apiKeys.tenantId, key.tenantId),
          fragment`coalesce(${apiKeys.revokedAt} > now() - interval '1 day', true)`,
        ),
      );
    if (keys >= keysMax) return 'too-many-keys';
    const [row] = await db
      .insert(apiKeys)
      .values({ ...key, scopes: [...key.scopes] })
      .returning(listedColumns);
    return row && toApiKey(row);
  });
}

/** Lists the keys of a tenant that are not revoked, oldest first; expired keys too. */
export async function listKeys(sql: Sql, tenantId: string): Promise<ApiKey[]> {
  const rows = await drizzleOn(sql)
    .select(listedColumns)
    .from(apiKeys)
    .where(and(eq(apiKeys.tenantId, tenantId), isNull(apiKeys.revokedAt)))
    .orderBy(asc(apiKeys.createdAt), asc(apiKeys.id));
  return rows.map(toApiKey);
}

export type Revoked = 'revoked' | 'not-found' | 'last-admin-key';

/**
 * Revokes a key for good, unless no other key of its tenant is an admin's for as long. Two concurrent calls cannot
 * revoke each other's last admin key: the tenant's lock orders them.
 */
export function revokeKey(sql: Sql, { tenantId, keyId }: { tenantId: string; keyId: string }): Promise<Revoked> {
  return inTransaction(sql, async (tx) => {
    await lockTenant(tx, tenantId);
    const isAdmin = fragment`'admin' = ANY (${apiKeys.scopes}) AND coalesce(${apiKeys.expiresAt} > now(), true)`;
    const hasOther = fragment`EXISTS (
      SELECT FROM api_keys o WHERE o.tenant_id = ${apiKeys.tenantId} AND o.id <> ${apiKeys.id} AND o.revoked_at IS NULL
        AND 'admin' = ANY (o.scopes) AND coalesce(o.expires_at, 'infinity') >= coalesce(${apiKeys.expiresAt},
          'infinity'))`;
    const [key] = await drizzleOn(tx)
      .select({ needed: fragment<boolean>`${isAdmin} AND NOT ${hasOther}` })
      .from(apiKeys)
      .where(and(eq(apiKeys.id, keyId), eq(apiKeys.tenantId, tenantId), isNull(apiKeys.revokedAt)));
    if (key === undefined) return 'not-found';
    if (key.needed) return 'last-admin-key';
    await drizzleOn(tx)
      .update(apiKeys)
      .set({ revokedAt: fragment`now()` })
      .where(eq(apiKeys.id, keyId));
    return 'revoked';
  });
}

/** Orders all changes of a tenant's keys. Returns false when there is no such tenant. */
async function lockTenant(tx: TransactionSql, tenantId: string): Promise<boolean> {
  const rows = await drizzleOn(tx)
    .select({ id: tenants.id })
    .from(tenants)
    .where(eq(tenants.id, tenantId))
    .for('no key update');
  return rows.length > 0;
}

/** Records that keys were used now, to the minute. A key whose row another process has locked is skipped. */
export async function noteKeysUsed(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql`
    UPDATE api_keys k SET last_used_at = now()
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unsynced, (
      SELECT id FROM api_keys WHERE id = ANY (${[...ids]}::text[])
        AND coalesce(last_used_at < now() - interval '1 minute', true) FOR NO KEY UPDATE SKIP LOCKED
    ) AS used
    WHERE k.id = used.id`;
}

function toApiKey(row: Omit<ApiKey, 'scopes'> & { scopes: string[] }): ApiKey {
  return {
    ...row,
    scopes: row.scopes as ApiKey['scopes'],
    createdAt: toRfc3339(row.createdAt),
    expiresAt: toRfc3339(row.expiresAt),
    lastUsedAt: toRfc3339(row.lastUsedAt),
  };
}
