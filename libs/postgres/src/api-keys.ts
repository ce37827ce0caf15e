import { eq } from 'drizzle-orm';
import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import { apiKeys, tenants } from './schema.ts';

export interface StoredKey {
  id: string;
  tenantId: string;
  secretSha256: Buffer;
  scopes: string[];
}

export async function findApiKey(db: PostgresJsDatabase, id: string): Promise<StoredKey | undefined> {
  const [row] = await db
    .select({
      id: apiKeys.id,
      tenantId: apiKeys.tenantId,
      secretSha256: apiKeys.secretSha256,
      scopes: apiKeys.scopes,
    })
    .from(apiKeys)
    .where(eq(apiKeys.id, id));
  return row;
}

/** Makes sure that this tenant and this key exist, with this secret. Safe to call from many processes at once. */
export async function putApiKey(db: PostgresJsDatabase, tenantName: string, key: StoredKey): Promise<void> {
  await db.insert(tenants).values({ id: key.tenantId, name: tenantName }).onConflictDoNothing();
  await db
    .insert(apiKeys)
    .values(key)
    .onConflictDoUpdate({ target: apiKeys.id, set: { secretSha256: key.secretSha256, scopes: key.scopes } });
}
