import { randomUUID } from 'node:crypto';
import { preflight } from '@turno/jobs';
import { migrateDatabase, openPostgres, type Postgres } from '@turno/postgres';
import type { Log, ProcessLife } from '@turno/runtime';
import {
  divideConnections,
  ensureFirstKey,
  openTenantQueries,
  readFirstKey,
  type TenantQueries,
  type TenantQueryConstants,
} from '@turno/tenants';
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

export interface Database {
  postgres: Postgres;
  /** For statements whose cost a tenant decides. */
  queries: TenantQueries;
}

/** Opens the connections of one process to Postgres. Both parts have one name, since they are one process. */
export function openDatabase(settings: Config, { closers }: ProcessLife, constants: TenantQueryConstants): Database {
  const name = `${processName}${randomUUID()}`;
  const connections = divideConnections(settings.DATABASE_POOL_MAX);
  const postgres = open(settings, name, connections.main);
  closers.add('postgres', () => postgres.close());
  const queries = openTenantQueries(optionsOf(settings, name, connections.queries), constants);
  closers.add('tenant queries', () => queries.close());
  return { postgres, queries };
}

function open(settings: Config, name: string, poolMax: number): Postgres {
  return openPostgres(optionsOf(settings, name, poolMax));
}

function optionsOf({ DATABASE_URL: url, DATABASE_PREPARE: prepare }: Config, name: string, poolMax: number) {
  return { url, poolMax, prepare, name };
}
