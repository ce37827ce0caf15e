import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { startPostgres, startRedis } from '@turno/local';
import { migrateDatabase } from '@turno/postgres';
import { root } from '../scripts/run-command.mjs';

/**
 * Starts a durable, migrated Postgres and a Redis for this run.
 * `stop` ends both and removes their folder. They end with this process in any case, and a run longer than `minutesMax`
 * ends itself.
 */
export async function openBenchStores({ minutesMax = 8 } = {}) {
  const dir = path.join(root, '.turno/bench', String(process.pid));
  mkdirSync(dir, { recursive: true });
  const timer = setTimeout(() => {
    console.error(`The benchmark was stopped after ${minutesMax} minutes.`);
    process.exit(1);
  }, minutesMax * 60_000);
  timer.unref();
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

/** Opens a client that parses types as the service's own client. `onnotice` receives notices of the server. */
export function openSql(databaseUrl, { max = 1, onnotice = () => {} } = {}) {
  const sql = postgres(databaseUrl, { max, onnotice, connection: { TimeZone: 'UTC' } });
  drizzle(sql);
  return sql;
}
