import { type MadeKey, type NewKey, Problem } from '@turno/contract';
import { makeKey, type Postgres, revokeKey } from '@turno/postgres';
import { makeApiKey, parseApiKey } from './api-key.ts';
import type { Caller } from './authenticate.ts';

interface KeyDeps {
  sql: Postgres['sql'];
}

/**
 * Creates an API key of a tenant and returns it, which is possible only once.
 * Throws `tenant-not-found`, `too-many-keys` when the tenant has `keysMax` keys, or `invalid-request` when `expiresAt`
 * is not in the future.
 */
export async function createKey(
  { sql, keysMax = Infinity }: KeyDeps & { keysMax?: number },
  tenantId: string,
  { name, scopes, expiresAt }: NewKey,
): Promise<MadeKey> {
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) throw expired();
  const key = makeApiKey();
  const parsed = parseApiKey(key);
  if (parsed === undefined) throw new Error('makeApiKey made a text that is not a key');
  const made = await makeKey(sql, { ...parsed, tenantId, name, scopes, expiresAt }, keysMax);
  if (made === 'too-many-keys') throw tooMany(keysMax);
  if (made === undefined) throw new Problem('tenant-not-found');
  return { ...made, key };
}

/**
 * Revokes a key of the caller's tenant for good.
 * Every process rejects the key within five seconds. Throws `key-not-found`, also for a key of another tenant, and
 * `last-admin-key` when no other key with the scope admin is valid for as long as this one.
 */
export async function deleteKey({ sql }: KeyDeps, { tenantId }: Caller, keyId: string): Promise<void> {
  const outcome = await revokeKey(sql, { tenantId, keyId });
  if (outcome === 'not-found') throw new Problem('key-not-found');
  if (outcome === 'last-admin-key') {
    throw new Problem('last-admin-key', {
      detail: 'No other key with the scope admin is valid for as long as this one. Create one first: POST /v1/keys.',
    });
  }
}

function tooMany(keysMax: number): Problem {
  const detail = `The limit is ${keysMax} keys. Revoke a key that is not needed; a revoked key counts for one more day.`;
  return new Problem('too-many-keys', { detail });
}

function expired(): Problem {
  return new Problem('invalid-request', { errors: [{ pointer: '/expiresAt', detail: 'is not in the future' }] });
}
