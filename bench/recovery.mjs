import { setTimeout as delay } from 'node:timers/promises';
import { insertJobs } from '@turno/postgres';
import { Redis } from 'ioredis';
import { openClients } from './http-clients.mjs';
import { benchJob } from './bench-job.mjs';
import { openBenchStores, openSql } from './open-bench-stores.mjs';
import { quantile } from './measure/statistics.mjs';
import { printTable, readWords } from './print-table.mjs';
import { createFleet } from './start-fleet.mjs';

/**
 * Measures how a whole fleet recovers.
 * Words choose parts: `flush` (Redis is emptied), `cancel` (a long sum is cancelled). `io=100` sets the worker's slots.
 */
export async function run(words) {
  const { parts, settings: given } = readWords(words);
  const { io = '100', ...settings } = given;
  const stores = await openBenchStores();
  const sql = openSql(stores.databaseUrl, { max: 4 });
  const redis = new Redis(stores.redisUrl);
  const fleet = createFleet(stores, { IO_CONCURRENCY: io, ...settings });
  const bench = { sql, redis, fleet };
  const rows = [];
  for (const [name, part] of Object.entries({ flush, cancel })) {
    if (parts.length > 0 && !parts.includes(name)) continue;
    await sql`TRUNCATE jobs, job_inputs, job_outputs, job_attempts, workers`;
    await redis.flushall();
    rows.push(...(await part(bench)));
    await fleet.stop();
  }
  printTable(`One API, one worker with ${io} slots`, ['what', 'value'], rows);
  redis.disconnect();
  await sql.end();
  await stores.stop();
}

/**
 * Empties Redis while 100,000 jobs wait.
 * Measures the gap without a completed job, and the time to redispatch all tickets.
 */
async function flush({ sql, redis, fleet }) {
  const waiting = 100_000;
  const empty = await usedMemory(redis);
  await fleet.start('worker', { WORKER_QUEUES: 'cpu' });
  await fillBacklog(sql, waiting);
  await delay(2_000);
  const full = await usedMemory(redis);
  await fleet.start('worker');
  while ((await countFinished(sql)) < 10_000) await delay(20);
  const [{ now }] = await sql`SELECT now()::text`;
  const before = await countFinished(sql);
  const flushed = performance.now();
  await redis.flushall();
  const redispatching = (async () => {
    while ((await countOlder(sql, now)) > 0) await delay(50);
    return performance.now() - flushed;
  })();
  const [gap, redispatched] = await Promise.all([longestGap(sql, before, waiting / 2), redispatching]);
  while ((await countFinished(sql)) < waiting) await delay(100);
  return [
    ['Redis used_memory, nothing waits', kb(empty)],
    [`Redis used_memory, ${waiting} wait`, `${kb(full)} (${await window(sql)})`],
    ['after FLUSHALL: longest time without a completed job', ms(gap)],
    ['after FLUSHALL: until every lost ticket was redispatched', ms(redispatched)],
    [`after FLUSHALL: until all ${waiting} were completed`, ms(performance.now() - flushed)],
  ];
}

/** Measures the time from the cancel of a long sum to the end of the next job in its slot: median and worst. */
async function cancel({ fleet }) {
  const { addresses } = await fleet.start('api');
  await fleet.start('worker', { WORKER_QUEUES: 'cpu', CPU_CONCURRENCY: '1' });
  const http = openClients({ api: addresses.api, key: fleet.key, clients: 4 });
  const submitSum = async (n, headers) => {
    const body = JSON.stringify({ kind: 'math.sum-of-squares', input: { n } });
    return JSON.parse((await http.send('POST', '/v1/jobs', { body, headers })).body.toString());
  };
  const stateOf = async (id) => JSON.parse((await http.send('GET', `/v1/jobs/${id}`)).body.toString()).state;
  const times = [];
  for (let round = 0; round < 10; round += 1) {
    const { id } = await submitSum(1_000_000_000);
    while ((await stateOf(id)) !== 'running') await delay(20);
    const began = performance.now();
    await expectStatus(http.send('POST', `/v1/jobs/${id}/cancel`), 200);
    const next = await submitSum(4, { prefer: 'wait=10' });
    if (next.state !== 'completed') throw new Error(`the next job is ${next.state}`);
    times.push(performance.now() - began);
  }
  http.close();
  return [
    [
      'cancel of a running sum → next job done in its slot: p50, worst',
      `${ms(quantile(times, 0.5))}, ${ms(quantile(times, 1))}`,
    ],
  ];
}

async function longestGap(sql, before, until) {
  let longest = 0;
  let since = performance.now();
  for (let count = before; count < until;) {
    await delay(20);
    const now = await countFinished(sql);
    const gap = performance.now() - since;
    longest = Math.max(longest, gap);
    if (now > count) since = performance.now();
    count = now;
  }
  return longest;
}

async function fillBacklog(sql, count) {
  for (let left = count; left > 0; left -= 1_000) {
    const batch = Array.from({ length: Math.min(1_000, left) }, (_, n) => ({
      ...benchJob(n),
      kind: 'test.noop',
      input: '{"value":1}',
      backlog: true,
    }));
    await insertJobs(sql, batch);
  }
}

async function countFinished(sql) {
  const [{ count }] = await sql`SELECT count(*)::int AS count FROM jobs WHERE finished_at IS NOT NULL`;
  return count;
}

async function countOlder(sql, time) {
  const [{ count }] = await sql`SELECT count(*)::int AS count FROM jobs
    WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog AND state = 'queued' AND queued_at <= ${time}::text::timestamptz`;
  return count;
}

async function window(sql) {
  const [{ count }] = await sql`SELECT count(*)::int AS count FROM jobs WHERE backlog`;
  return `${count} left at the end`;
}

async function usedMemory(redis) {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}

async function expectStatus(answer, status) {
  const got = await answer;
  if (got.status !== status)
    throw new Error(`${got.status} instead of ${status}: ${got.body.toString().slice(0, 300)}`);
  return got;
}

const ms = (value) => `${value.toFixed(value < 100 ? 1 : 0)} ms`;
const kb = (bytes) => `${Math.round(bytes / 1_024)} kB`;
