import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { createTell } from '@turno/jobs';
import { claimJobs, finishJobs, insertJobs } from '@turno/postgres';
import { createEventWriter, signalJob } from '@turno/redis';
import { Redis } from 'ioredis';
import { newJob } from './new-job.mjs';
import { openBenchStores, openSql } from './open-bench-stores.mjs';
import { printTable, quantile, readWords } from './print-table.mjs';
import { createFleet, processorSeconds } from './start-fleet.mjs';

/**
 * Clients that all wait at one API process, each for its own job: what they cost, and how long after its commit each hears of the end. The
 * word `events` lets them read event streams instead; `waiters=2000` is how many, `rate=1000` how many jobs end a second.
 */
export async function run(words) {
  const { parts, settings: given } = readWords(words);
  const { waiters: count = '10000', rate = '1000', ...settings } = given;
  const stores = await openBenchStores({ minutesMax: 1 });
  const sql = openSql(stores.databaseUrl, { max: 4 });
  const redis = new Redis(stores.redisUrl, { enableAutoPipelining: true });
  const most = String(Number(count) + 1_000);
  const fleet = createFleet(stores, { HTTP_MAX_CONNECTIONS: most, EVENT_STREAMS_PER_KEY_MAX: most, ...settings });
  const { addresses, child } = await fleet.start('api');
  const ids = await insertWaiting(sql, Number(count));
  const before = memoryMb(child);
  const waiters = openWaiters({ api: addresses.api, key: fleet.key, ids, followed: parts.includes('events') });
  await waiters.held();
  const held = memoryMb(child);
  const idle = await processorShare(child, 4_000);
  const { tell, toldAt } = timedTell(redis);
  const busy = await endAll({ sql, ids, tell, perSecond: Number(rate), child });
  const { answeredAt, errors } = await waiters.ended(10_000);
  const times = [...answeredAt].map(([id, at]) => at - toldAt.get(id));
  printTable(
    `${count} ${parts.includes('events') ? 'event streams' : 'waiters'}, one API process`,
    ['what', 'value'],
    [
      [
        'memory without, with them',
        `${before} MB, ${held} MB (${Math.round((1_024 * (held - before)) / ids.length)} kB each)`,
      ],
      ['processor while nothing happens', `${Math.round(100 * idle)} %`],
      [`processor while ${rate} jobs/s end`, `${Math.round(100 * busy)} %`],
      [
        'woken after p50, p99, the last',
        [0.5, 0.99, 1].map((share) => `${quantile(times, share).toFixed(1)} ms`).join(', '),
      ],
      ['answered, errors', `${answeredAt.size}, ${errors.length}${errors.length > 0 ? ` such as ${errors[0]}` : ''}`],
    ],
  );
  waiters.close();
  redis.disconnect();
  await fleet.stop();
  await sql.end();
  await stores.stop();
}

/** Jobs that nobody takes: no worker runs. */
async function insertWaiting(sql, count) {
  const [tenant] = await sql`SELECT id FROM tenants`;
  const jobs = Array.from({ length: count }, (_, n) => ({ ...newJob(n), tenantId: tenant.id, kind: 'test.noop' }));
  for (let at = 0; at < count; at += 1_000) await insertJobs(sql, jobs.slice(at, at + 1_000));
  await sql`ANALYZE`; // as autovacuum would have by then
  return jobs.map(({ id }) => id);
}

/** One connection each. */
function openWaiters({ api, key, ids, followed }) {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  const answeredAt = new Map();
  const errors = [];
  let begun = 0;
  const { hostname, port } = new URL(api);
  const headers = { authorization: `Bearer ${key}`, ...(!followed && { prefer: 'wait=60' }) };
  const fail = (error) => errors.push(error.message);
  const open = (id) => {
    const path = `/v1/jobs/${id}${followed ? '/events' : ''}`;
    const req = request({ agent, hostname, port, path, headers }, (res) => {
      let text = '';
      res.on('data', (chunk) => (text += chunk)).on('error', fail);
      res.on('end', () => {
        if (res.statusCode !== 200 || !text.includes('"completed"'))
          fail(new Error(`${res.statusCode} ${text.slice(0, 100)}`));
        else answeredAt.set(id, performance.now());
      });
    });
    req
      .on('error', fail)
      .on('finish', () => (begun += 1))
      .end();
  };
  return {
    /** Opened 200 at a time, and given the time to be held. */
    async held() {
      for (let at = 0; at < ids.length; at += 200) {
        ids.slice(at, at + 200).forEach(open);
        while (begun + errors.length < Math.min(at + 200, ids.length)) await delay(5);
      }
      await delay(3_000);
    },
    async ended(withinMs) {
      const until = performance.now() + withinMs;
      while (answeredAt.size + errors.length < ids.length && performance.now() < until) await delay(20);
      return { answeredAt, errors };
    },
    close: () => agent.destroy(),
  };
}

/** Tells as a worker does, and notes when. */
function timedTell(redis) {
  const prefix = 'turno';
  const toldAt = new Map();
  const { tell } = createTell({
    events: createEventWriter(redis, { prefix, entriesMax: 256 }),
    signal: (jobId, signal) => void signalJob(redis, prefix, { jobId, signal }),
  });
  const timed = (job) => {
    toldAt.set(job.jobId, performance.now());
    tell(job);
  };
  return { tell: timed, toldAt };
}

/** Ends all jobs evenly over the time, and answers with the API's share of a processor meanwhile. */
async function endAll({ sql, ids, tell, perSecond, child }) {
  const size = 50;
  const began = performance.now();
  const usedBefore = processorSeconds(child);
  for (let at = 0; at < ids.length; at += size) {
    await delay(Math.max(0, began + (1_000 * at) / perSecond - performance.now()));
    const claims = ids
      .slice(at, at + size)
      .map((jobId) => ({ jobId, ticket: 1, claim: randomUUID(), worker: 'bench' }));
    await claimJobs(sql, claims);
    const ends = claims.map((claim) => ({ ...claim, to: 'completed', output: '{"value":1}', error: null, delayMs: 0 }));
    await finishJobs(sql, ends, tell);
  }
  return (1_000 * (processorSeconds(child) - usedBefore)) / (performance.now() - began);
}

async function processorShare(child, ms) {
  const before = processorSeconds(child);
  await delay(ms);
  return (1_000 * (processorSeconds(child) - before)) / ms;
}

function memoryMb({ pid }) {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1_024);
}
