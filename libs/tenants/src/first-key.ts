import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { putApiKey, type Postgres } from '@turno/postgres';
import { apiKeyForm, makeApiKey, parseApiKey } from './api-key.ts';

/** The id of the operator tenant, which every new installation has. */
export const operatorTenantId = 'ten_first';

/**
 * Returns the first API key of an installation.
 * It is `given` (TURNO_DEV_KEY), or else the key in `<dataDir>/key`, or else a new key that is stored there (mode
 * 0600). Throws when it does not have the form of a key, and when a new key cannot be stored.
 */
export async function readFirstKey(given: string | undefined, dataDir: string): Promise<string> {
  const file = join(dataDir, 'key');
  const key = given ?? (await readStored(file)) ?? (await store(file, makeApiKey()));
  if (parseApiKey(key) === undefined) {
    throw new Error(`${given === undefined ? file : 'TURNO_DEV_KEY'} is not a key of the form ${apiKeyForm}`);
  }
  return key;
}

/** Stores a key with all scopes for the operator tenant. Many processes may call it at once. */
export async function ensureFirstKey(postgres: Pick<Postgres, 'sql'>, key: string): Promise<void> {
  const parsed = parseApiKey(key);
  if (parsed === undefined) throw new Error(`an API key has the form ${apiKeyForm}`);
  await putApiKey(postgres.sql, 'first', {
    ...parsed,
    tenantId: operatorTenantId,
    scopes: ['jobs:write', 'jobs:read', 'admin'],
  });
}

async function readStored(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trim() || undefined;
}

/**
 * Stores the key, or returns the key that another process stored first.
 * The key is written to a second file and linked when complete: a full disk or a crash would otherwise leave an empty
 * file, which a second process takes for a key that is just being written.
 */
async function store(file: string, key: string): Promise<string> {
  await mkdir(join(file, '..'), { recursive: true });
  const draft = `${file}.${randomUUID()}.new`;
  try {
    await writeFile(draft, `${key}\n`, { mode: 0o600 });
    await link(draft, file);
    return key;
  } catch (error) {
    const stored = await readStored(file);
    if (stored !== undefined) return stored;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `the first API key cannot be stored in ${file} (${reason}): free disk space, delete an empty file, or set TURNO_DEV_KEY`,
      {
        cause: error,
      },
    );
  } finally {
    await rm(draft, { force: true });
  }
}
