import { randomUUID } from 'node:crypto';
import { checkSurroundings } from '@turno/jobs';
import { migrateDatabase, openPostgres, type Postgres } from '@turno/postgres';
import type { ProcessLife } from '@turno/runtime';
import { ensureFirstKey, readFirstKey } from '@turno/tenants';
import type { Config } from './config.ts';
import { processName } from './open-limits.ts';

/** Open files of a process that nobody is connected to: stores, modules. */
const filesOfProcess = 200;

/** Postgres, up to date and fit for its work, with a first key to begin with. */
export async function openDatabase(settings: Config, { closers, log }: ProcessLife): Promise<Postgres> {
  await migrateDatabase(settings.DATABASE_URL);
  const postgres = openPostgres({
    url: settings.DATABASE_URL,
    poolMax: settings.DATABASE_POOL_MAX,
    prepare: settings.DATABASE_PREPARE,
    name: `${processName}${randomUUID()}`,
  });
  closers.add('postgres', () => postgres.close());
  await checkSurroundings({
    sql: postgres.sql,
    redisUrl: settings.REDIS_URL,
    log,
    poolMax: settings.DATABASE_POOL_MAX,
    filesMax: settings.HTTP_MAX_CONNECTIONS + filesOfProcess,
  });
  await ensureFirstKey(postgres, await readFirstKey(settings.TURNO_DEV_KEY, settings.DATA_DIR));
  return postgres;
}
