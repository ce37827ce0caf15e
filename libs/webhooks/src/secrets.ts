import {
  type ClaimedDelivery,
  listForeignSecrets,
  type OwnedSecret,
  type Postgres,
  resealSecret,
  type StoredSecret,
} from '@turno/postgres';
import type { Log, SecretBox } from '@turno/runtime';

/**
 * Returns the secrets that sign a delivery, the newest first.
 * Returns none if no key of this process opens them.
 */
export function secretsOf(box: SecretBox, { secret, secretOwner }: ClaimedDelivery): string[] {
  if (secret === null) return [];
  const newest = box.open(secret, secretOwner);
  if (newest === undefined) return [];
  const old = openOld(box, secret, secretOwner);
  return old === undefined ? [newest] : [newest, old];
}

function openOld(box: SecretBox, { oldSealed, oldKeyId }: StoredSecret, owner: string): string | undefined {
  return oldSealed && oldKeyId ? box.open({ sealed: oldSealed, keyId: oldKeyId }, owner) : undefined;
}

const rowsMax = 200;

/**
 * Seals all secrets of the previous key with the current one.
 * Then the previous key can be dropped. Logs an error if a secret was sealed with another key: its deliveries wait
 * until that key is back, or the secret is rotated.
 */
export async function resealSecrets({
  sql,
  box,
  log,
}: {
  sql: Postgres['sql'];
  box: SecretBox;
  log: Log;
}): Promise<void> {
  let unreadable = 0;
  for (let after = ''; ;) {
    const page = await listForeignSecrets(sql, { keyId: box.keyId, after, rowsMax });
    for (const stored of page) if (!(await resealOne(sql, box, stored))) unreadable += 1;
    const last = page.at(-1);
    if (last === undefined || page.length < rowsMax) break;
    after = last.ownerId;
  }
  if (unreadable > 0)
    log.error(
      { secrets: unreadable },
      'webhook secrets are sealed with an unknown key: set SECRET_KEY_PREVIOUS, or rotate them',
    );
}

async function resealOne(sql: Postgres['sql'], box: SecretBox, stored: OwnedSecret): Promise<boolean> {
  const { ownerId } = stored;
  const text = box.open(stored, ownerId);
  if (text === undefined) return false;
  const old = openOld(box, stored, ownerId);
  const sealedOld = old === undefined ? undefined : box.seal(old, ownerId);
  await resealSecret(sql, stored, {
    ...box.seal(text, ownerId),
    oldSealed: sealedOld?.sealed ?? null,
    oldKeyId: sealedOld?.keyId ?? null,
  });
  return true;
}
