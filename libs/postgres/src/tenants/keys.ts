import type { ApiKey } from '@turno/contract';
import type { Sql, TransactionSql } from 'postgres';
import { toRfc3339 } from '../connection/timestamps.ts';
import { inTransaction } from '../connection/transaction.ts';

export interface KeyToMake {
  id: string;
  tenantId: string;
  name: string;
  secretSha256: Buffer;
  scopes: readonly string[];
  /** RFC 3339. */
  expiresAt: string | null;
}

/**
 * The key as it is listed; undefined when there is no such tenant, or when it has `keysMax` keys already. One that was revoked counts for
 * a day: each key has token buckets of its own, and whoever could take a new one for each that is empty would know no rate limit.
 */
export function makeKey(sql: Sql, key: KeyToMake, keysMax: number): Promise<ApiKey | undefined | 'too-many-keys'> {
  return inTransaction(sql, async (tx) => {
    await tx`SELECT FROM tenants WHERE id = ${key.tenantId} FOR NO KEY UPDATE`;
    const [{ count } = { count: 0 }] = await tx<{ count: number }[]>`
      SELECT count(*)::int AS count FROM api_keys
      WHERE tenant_id = ${key.tenantId} AND coalesce(revoked_at > now() - interval '1 day', true)`;
    return count >= keysMax ? 'too-many-keys' : insertKey(tx, key);
  });
}

async function insertKey(sql: TransactionSql, key: KeyToMake): Promise<ApiKey | undefined> {
  const [row] = await sql<ApiKey[]>`
    INSERT INTO api_keys (id, tenant_id, name, secret_sha256, scopes, expires_at)
    SELECT ${key.id}, id, ${key.name}, decode(${key.secretSha256.toString('hex')}, 'hex'), ${[...key.scopes]}::text[],
      ${key.expiresAt}::text::timestamptz
    FROM tenants WHERE id = ${key.tenantId}
    RETURNING ${listed(sql)}`;
  return row && toApiKey(row);
}

/** All keys of a tenant that were not revoked, oldest first; those that expired too. */
export async function listKeys(sql: Sql, tenantId: string): Promise<ApiKey[]> {
  const rows = await sql<ApiKey[]>`
    SELECT ${listed(sql)} FROM api_keys WHERE tenant_id = ${tenantId} AND revoked_at IS NULL ORDER BY created_at, id`;
  return rows.map(toApiKey);
}

export type Revoked = 'revoked' | 'not-found' | 'last-admin-key';

/**
 * Revokes a key for good, unless no other key of its tenant can administer it for as long. Two at once cannot take each other's
 * last one: they go one after the other.
 */
export function revokeKey(sql: Sql, { tenantId, keyId }: { tenantId: string; keyId: string }): Promise<Revoked> {
  return inTransaction(sql, async (tx) => {
    await tx`SELECT FROM tenants WHERE id = ${tenantId} FOR NO KEY UPDATE`;
    const [key] = await tx<{ needed: boolean }[]>`
      SELECT 'admin' = ANY (k.scopes) AND coalesce(k.expires_at > now(), true) AND NOT EXISTS (
        SELECT FROM api_keys o WHERE o.tenant_id = k.tenant_id AND o.id <> k.id AND o.revoked_at IS NULL
          AND 'admin' = ANY (o.scopes) AND coalesce(o.expires_at, 'infinity') >= coalesce(k.expires_at, 'infinity')
      ) AS needed
      FROM api_keys k WHERE k.id = ${keyId} AND k.tenant_id = ${tenantId} AND k.revoked_at IS NULL`;
    if (key === undefined) return 'not-found';
    if (key.needed) return 'last-admin-key';
    await tx`UPDATE api_keys SET revoked_at = now() WHERE id = ${keyId}`;
    return 'revoked';
  });
}

/** Notes that keys were used just now, to the minute; a key that another process is noting is left to it. */
export async function noteKeysUsed(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql`
    UPDATE api_keys k SET last_used_at = now()
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unsynced, (
      SELECT id FROM api_keys WHERE id = ANY (${[...ids]}::text[])
        AND coalesce(last_used_at < now() - interval '1 minute', true) FOR NO KEY UPDATE SKIP LOCKED
    ) AS used
    WHERE k.id = used.id`;
}

function listed(sql: Sql | TransactionSql) {
  return sql`id, name, scopes, created_at AS "createdAt", expires_at AS "expiresAt", last_used_at AS "lastUsedAt"`;
}

function toApiKey(row: ApiKey): ApiKey {
  return {
    ...row,
    createdAt: toRfc3339(row.createdAt),
    expiresAt: toRfc3339(row.expiresAt),
    lastUsedAt: toRfc3339(row.lastUsedAt),
  };
}
