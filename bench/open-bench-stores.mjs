import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { startPostgres, startRedis } from '@turno/local';
import { migrateDatabase } from '@turno/postgres';
import { root } from '../scripts/run-command.mjs';

/**
 * A durable Postgres, migrated, and a Redis of this run's own. `stop` ends them and removes their folder. They end with this
 * process in any case, and a run that takes longer than `minutesMax` ends itself.
 */
export async function openBenchStores({ minutesMax = 8 } = {}) {
  const dir = path.join(root, '.turno/bench', String(process.pid));
  mkdirSync(dir, { recursive: true });
  const late = setTimeout(() => {
    console.error(`Not done after ${minutesMax} minutes, given up.`);
    process.exit(1);
  }, minutesMax * 60_000);
  late.unref();
  const toolsDir = path.join(root, '.turno/tools');
  const [pg, redis] = await Promise.all([startPostgres({ dir }), startRedis({ dir, toolsDir })]);
  await migrateDatabase(pg.url);
  return {
    dir,
    databaseUrl: pg.url,
    redisUrl: redis.url,
    async stop() {
      await Promise.all([pg.stop(), redis.stop()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A client that reads types as the service's own does; `onnotice` hears what the server says beside the rows. */
export function openSql(databaseUrl, { max = 1, onnotice = () => {} } = {}) {
  const sql = postgres(databaseUrl, { max, onnotice, connection: { TimeZone: 'UTC' } });
  drizzle(sql);
  return sql;
}
