import { type MadeKey, type NewKey, Problem } from '@turno/contract';
import { makeKey, type Postgres, revokeKey } from '@turno/postgres';
import { makeApiKey, parseApiKey } from './api-key.ts';
import type { Caller } from './authenticate.ts';

interface KeyDeps {
  sql: Postgres['sql'];
}

/**
 * Makes a key of this tenant and shows it, which nobody can do again. Throws `tenant-not-found`, `too-many-keys` when it has `keysMax`, or
 * `invalid-request` when it would be expired.
 */
export async function createKey(
  { sql, keysMax = Infinity }: KeyDeps & { keysMax?: number },
  tenantId: string,
  { name, scopes, expiresAt }: NewKey,
): Promise<MadeKey> {
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) throw expired();
  const key = makeApiKey();
  const parsed = parseApiKey(key);
  if (parsed === undefined) throw new Error('a key that was just made does not have a key’s form');
  const made = await makeKey(sql, { ...parsed, tenantId, name, scopes, expiresAt }, keysMax);
  if (made === 'too-many-keys') throw tooMany(keysMax);
  if (made === undefined) throw new Problem('tenant-not-found');
  return { ...made, key };
}

/**
 * Revokes a key of the caller's tenant for good; every process refuses it within five seconds. Throws `key-not-found`, also for another
 * tenant's, and `last-admin-key` when nobody could administer the tenant any more for as long as this key could.
 */
export async function deleteKey({ sql }: KeyDeps, { tenantId }: Caller, keyId: string): Promise<void> {
  const outcome = await revokeKey(sql, { tenantId, keyId });
  if (outcome === 'not-found') throw new Problem('key-not-found');
  if (outcome === 'last-admin-key') {
    throw new Problem('last-admin-key', {
      detail: 'No other key with the scope admin lasts as long as this one. Make one first: POST /v1/keys.',
    });
  }
}

function tooMany(keysMax: number): Problem {
  const detail = `It may have ${keysMax}; revoke one that is not needed, which makes room a day later.`;
  return new Problem('too-many-keys', { detail });
}

function expired(): Problem {
  return new Problem('invalid-request', { errors: [{ pointer: '/expiresAt', detail: 'is not in the future' }] });
}
