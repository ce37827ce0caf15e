import type { Sql } from 'postgres';
import { toRfc3339 } from '../connection/index.ts';

/** A sealed secret and, while a rotation lasts, the one before it. */
export interface StoredSecret {
  sealed: Buffer;
  keyId: string;
  oldSealed: Buffer | null;
  oldKeyId: string | null;
}

export interface SealedSecret {
  sealed: Buffer;
  keyId: string;
}

/** Inserts the first secret of an owner; a secret that exists is not changed. */
export async function putWebhookSecret(sql: Sql, ownerId: string, { sealed, keyId }: SealedSecret): Promise<void> {
  await sql`INSERT INTO webhook_secrets (owner_id, sealed, key_id) VALUES (${ownerId}, ${sealed}, ${keyId})
    ON CONFLICT DO NOTHING`;
}

/** Replaces a secret; the old one signs too for `oldMs`. Returns until when, RFC 3339; null when there was none. */
export async function rotateWebhookSecret(
  sql: Sql,
  ownerId: string,
  { sealed, keyId, oldMs }: SealedSecret & { oldMs: number },
): Promise<string | null> {
  const [row] = await sql<{ oldUntil: string | null }[]>`
    INSERT INTO webhook_secrets AS s (owner_id, sealed, key_id) VALUES (${ownerId}, ${sealed}, ${keyId})
    ON CONFLICT (owner_id) DO UPDATE SET old_sealed = s.sealed, old_key_id = s.key_id,
      old_until = now() + ${oldMs}::float8 * interval '1 millisecond', sealed = excluded.sealed,
        key_id = excluded.key_id
    RETURNING old_until AS "oldUntil"`;
  return toRfc3339(row?.oldUntil ?? null);
}

/** Deletes old secrets that sign no more. */
export async function forgetOldSecrets(sql: Sql): Promise<void> {
  await sql`UPDATE webhook_secrets SET old_sealed = NULL, old_key_id = NULL, old_until = NULL WHERE old_until <= now()`;
}

export type OwnedSecret = StoredSecret & { ownerId: string };

/** Lists secrets that are sealed with another key, by their owners' ids from after `after`. */
export function listForeignSecrets(
  sql: Sql,
  { keyId, after, rowsMax }: { keyId: string; after: string; rowsMax: number },
): Promise<OwnedSecret[]> {
  return sql<OwnedSecret[]>`
    SELECT owner_id AS "ownerId", sealed, key_id AS "keyId", old_sealed AS "oldSealed", old_key_id AS "oldKeyId"
    FROM webhook_secrets WHERE owner_id > ${after} AND (key_id <> ${keyId} OR old_key_id <> ${keyId})
    ORDER BY owner_id LIMIT ${rowsMax}`;
}

/** Replaces the seals of a secret, unless it was rotated meanwhile. */
export async function resealSecret(sql: Sql, from: OwnedSecret, to: StoredSecret): Promise<void> {
  await sql`UPDATE webhook_secrets SET sealed = ${to.sealed}, key_id = ${to.keyId}, old_sealed = ${to.oldSealed},
      old_key_id = ${to.oldKeyId}
    WHERE owner_id = ${from.ownerId} AND sealed = ${from.sealed}`;
}
