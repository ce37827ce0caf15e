import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { countRows, listCommands, listStatements } from './list-calls.mjs';
import { treeSeconds } from './measure/processor-time.mjs';
import { openBenchStores, openSql, readStorePids } from './open-bench-stores.mjs';
import { printTable, readWords } from './print-table.mjs';
import { createFleet } from './start-fleet.mjs';

const settleMs = 8_000;
const listSeconds = 12;

/**
 * Measures what a system without work costs: one API, one worker with all queues, Postgres and Redis.
 * `seconds=60` is the time of the measurement; `statements` then lists what runs per second. With `cut` no signal
 * arrives for long: the subscriptions of Redis and the LISTEN of Postgres end every second.
 */
export async function run(words) {
  const { parts, settings: given } = readWords(words);
  const { seconds = '60', ...settings } = given;
  const stores = await openBenchStores();
  const sql = openSql(stores.databaseUrl, { max: 1 });
  const redis = new Redis(stores.redisUrl);
  const fleet = createFleet(stores, { WORKER_QUEUES: 'cpu,io', ...settings });
  const [api, worker] = [await fleet.start('api'), await fleet.start('worker')];
  const { postgres, redis: redisPid } = await readStorePids(stores);
  const pids = { API: api.child.pid, worker: worker.child.pid, Postgres: postgres, Redis: redisPid };
  const endCut = parts.includes('cut') ? cutSignals(sql, redis) : () => {};
  await delay(settleMs);
  printTable('Processor time of an idle system', ['process', 'ms per second'], await measure(+seconds, pids));
  if (parts.includes('statements')) {
    const listed = () => delay(listSeconds * 1_000);
    const statements = await listStatements({ sql, dir: stores.dir }, listed);
    printTable('Statements', ['per second', 'statement'], countRows(statements, listSeconds));
    const commands = await listCommands(redis, listed);
    printTable('Commands of Redis', ['per second', 'command'], countRows(commands, listSeconds));
  }
  endCut();
  await fleet.stop();
  redis.disconnect();
  await sql.end();
  await stores.stop();
}

function cutSignals(sql, redis) {
  const timer = setInterval(() => {
    void redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    void sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ILIKE 'listen%'`;
  }, 1_000);
  return () => clearInterval(timer);
}

/** Returns the processor time of each process with those below it, in milliseconds per second. */
async function measure(seconds, pids) {
  const read = () => Object.values(pids).map(treeSeconds);
  const before = read();
  const began = performance.now();
  await delay(seconds * 1_000);
  const after = read();
  const took = performance.now() - began;
  const times = after.map((value, index) => (1e6 * (value - before[index])) / took);
  const rows = [...Object.keys(pids), 'all'].map((name, index) => [name, times[index] ?? sum(times)]);
  return rows.map(([name, value]) => [name, value.toFixed(1)]);
}

function sum(numbers) {
  return numbers.reduce((all, one) => all + one, 0);
}
