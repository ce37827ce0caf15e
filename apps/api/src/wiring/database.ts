import { randomUUID } from 'node:crypto';
import { preflight } from '@turno/jobs';
import { migrateDatabase, openPostgres, type Postgres } from '@turno/postgres';
import type { Log, ProcessLife } from '@turno/runtime';
import { ensureFirstKey, readFirstKey } from '@turno/tenants';
import type { Config } from '../config.ts';
import { processName } from './limits.ts';

/** Open files of a process without connections: stores, modules. */
const filesOfProcess = 200;

/** Migrates Postgres, checks the stores and stores the first key, once for all processes. */
export async function prepareStores(settings: Config, log: Log): Promise<void> {
  await migrateDatabase(settings.DATABASE_URL);
  const postgres = open(settings, 'turno-start', 1); // not counted as a process that serves
  try {
    await preflight({
      sql: postgres.sql,
      redisUrl: settings.REDIS_URL,
      log,
      poolMax: settings.DATABASE_POOL_MAX,
      processes: settings.API_PROCESSES,
      filesMax: settings.HTTP_MAX_CONNECTIONS + filesOfProcess,
    });
    await ensureFirstKey(postgres, await readFirstKey(settings.TURNO_DEV_KEY, settings.DATA_DIR));
  } finally {
    await postgres.close();
  }
}

/** Opens the connections of one process to Postgres. */
export function openDatabase(settings: Config, { closers }: ProcessLife): Postgres {
  const postgres = open(settings, `${processName}${randomUUID()}`, settings.DATABASE_POOL_MAX);
  closers.add('postgres', () => postgres.close());
  return postgres;
}

function open({ DATABASE_URL: url, DATABASE_PREPARE: prepare }: Config, name: string, poolMax: number): Postgres {
  return openPostgres({ url, poolMax, prepare, name });
}
