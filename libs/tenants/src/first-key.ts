import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { putApiKey, type Postgres } from '@turno/postgres';
import { apiKeyForm, makeApiKey, parseApiKey } from './api-key.ts';

/** The tenant that a new installation starts with, and that runs it. */
export const operatorTenantId = 'ten_first';

/**
 * The key that a new installation starts with: the one given by TURNO_DEV_KEY, else the one in `<dataDir>/key`, else a new
 * one, kept there (0600). Throws when the given one does not have a key's form.
 */
export async function readFirstKey(given: string | undefined, dataDir: string): Promise<string> {
  const file = join(dataDir, 'key');
  const key = given ?? (await readKept(file)) ?? (await keep(file, makeApiKey()));
  if (parseApiKey(key) === undefined) {
    throw new Error(`${given === undefined ? file : 'TURNO_DEV_KEY'} does not hold a key of the form ${apiKeyForm}`);
  }
  return key;
}

/** Lets this key in, with all scopes, as the first tenant. Safe to call from many processes at once. */
export async function ensureFirstKey(postgres: Pick<Postgres, 'sql'>, key: string): Promise<void> {
  const parsed = parseApiKey(key);
  if (parsed === undefined) throw new Error(`an API key has the form ${apiKeyForm}`);
  await putApiKey(postgres.sql, 'first', {
    ...parsed,
    tenantId: operatorTenantId,
    scopes: ['jobs:write', 'jobs:read', 'admin'],
  });
}

async function readKept(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trim() || undefined;
}

/**
 * Two processes may start at once: whoever comes second takes the first one's key. It is written aside and linked when whole, so that neither a
 * full disk nor a crash leaves an empty one, which another start could not tell from a key that is just being written.
 */
async function keep(file: string, key: string): Promise<string> {
  await mkdir(join(file, '..'), { recursive: true });
  const aside = `${file}.${randomUUID()}.new`;
  try {
    await writeFile(aside, `${key}\n`, { mode: 0o600 });
    await link(aside, file);
    return key;
  } catch (error) {
    const kept = await readKept(file);
    if (kept !== undefined) return kept;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `the first key cannot be kept in ${file} (${reason}): make room, delete an empty one, or set TURNO_DEV_KEY`,
      {
        cause: error,
      },
    );
  } finally {
    await rm(aside, { force: true });
  }
}
