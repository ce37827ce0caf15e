import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { drizzle } from 'drizzle-orm/postgres-js';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { startPostgres, startRedis } from '@turno/local';
import { migrateDatabase } from '@turno/postgres';
import { root } from '../scripts/run-command.mjs';
import { closeAtStop, stopBench } from './stop.mjs';

/**
 * Starts a durable, migrated Postgres and a Redis for this run.
 * `stop` ends both and removes their folder. They end with this process in any case, and a run longer than `minutesMax`
 * ends itself.
 */
export async function openBenchStores({ minutesMax = 8 } = {}) {
  const dir = path.join(root, '.turno/bench', String(process.pid));
  mkdirSync(dir, { recursive: true });
  const removeDir = closeAtStop(async () => rmSync(dir, { recursive: true, force: true }));
  const timer = setTimeout(() => {
    console.error(`The benchmark was stopped after ${minutesMax} minutes.`);
    void stopBench(1);
  }, minutesMax * 60_000);
  timer.unref();
  const toolsDir = path.join(root, '.turno/tools');
  const [pg, redis] = await Promise.all([
    startStore(startPostgres({ dir })),
    startStore(startRedis({ dir, toolsDir })),
  ]);
  await migrateDatabase(pg.url);
  return {
    dir,
    databaseUrl: pg.url,
    redisUrl: redis.url,
    async stop() {
      await Promise.all([pg.stop(), redis.stop()]);
      await removeDir();
    },
  };
}

async function startStore(starting) {
  const store = await starting;
  return { url: store.url, stop: closeAtStop(() => store.stop()) };
}

/** Returns the pids of the servers, whose processor time is a part of every job's cost. */
export async function readStorePids({ dir, redisUrl }) {
  const redis = new Redis(redisUrl);
  const server = await redis.info('server');
  redis.disconnect();
  return {
    postgres: Number(readFileSync(path.join(dir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]),
    redis: Number(/process_id:(\d+)/.exec(server)[1]),
  };
}

/** Opens a client that parses types as the service's own client. `onnotice` receives notices of the server. */
export function openSql(databaseUrl, { max = 1, onnotice = () => {} } = {}) {
  const sql = postgres(databaseUrl, { max, onnotice, connection: { TimeZone: 'UTC' } });
  drizzle(sql);
  return sql;
}
