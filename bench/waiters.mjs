import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { createPublisher } from '@turno/jobs';
import { claimJobs, finishJobs, insertJobs } from '@turno/postgres';
import { createEventWriter, signalJob } from '@turno/redis';
import { Redis } from 'ioredis';
import { benchJob } from './bench-job.mjs';
import { openBenchStores, openSql } from './open-bench-stores.mjs';
import { quantile } from './measure/statistics.mjs';
import { printTable, readWords } from './print-table.mjs';
import { root } from '../scripts/run-command.mjs';
import { createFleet, withConstants } from './start-fleet.mjs';
import { processorSeconds } from './measure/processor-time.mjs';

/** The other jobs do not end, so that clients still wait when the process is stopped. */
const finishingShare = 0.9;
/** Returns the time of a clock that all processes share. */
const now = () => performance.timeOrigin + performance.now();

/**
 * Measures clients that all wait at one API process, each for its own job.
 * It prints their cost and the delay of each notification after its commit. Words: `events` (event streams instead of
 * waits), `waiters=2000`, `rate=1000` (jobs that end per second).
 */
export async function run(words) {
  const { parts, settings: given } = readWords(words);
  const { waiters: count = '10000', rate = '1000', ...settings } = given;
  const followed = parts.includes('events');
  const stores = await openBenchStores({ minutesMax: 2 });
  const sql = openSql(stores.databaseUrl, { max: 4 });
  const redis = new Redis(stores.redisUrl, { enableAutoPipelining: true });
  const most = Number(count) + 1_000;
  const fleet = createFleet(stores, {
    ...withConstants({ events: { streamsPerTenantMax: most } }),
    HTTP_MAX_CONNECTIONS: String(4 * most),
    ...settings,
  });
  const { addresses, child } = await fleet.start('api');
  const ids = await insertWaiting(sql, Number(count));
  const finishing = ids.slice(0, Math.floor(ids.length * finishingShare));
  const before = memoryMb(child);
  const waiters = await openWaiters({ api: addresses.api, key: fleet.key, ids, followed });
  await delay(3_000);
  const loaded = memoryMb(child);
  const idle = await processorShare(child, 4_000);
  const { publish, publishedAt } = timedPublish(redis);
  const busy = await finishAll({ sql, ids: finishing, publish, perSecond: Number(rate), child });
  await delay(2_500);
  const stopped = now();
  await fleet.stop();
  const { waiters: ends, lateMs } = await waiters.report();
  waiters.close();
  const times = finishing.flatMap((id, index) =>
    ends[index].notifiedAt ? [ends[index].notifiedAt - publishedAt.get(id)] : [],
  );
  const left = ends.slice(finishing.length);
  const bad = ends.filter(({ isWhole, status, error }) => !isWhole || status !== 200 || error !== undefined);
  printTable(
    `${count} ${followed ? 'event streams' : 'waiters'}, one API process`,
    ['what', 'value'],
    [
      ['opened within', `${(waiters.openedInMs / 1_000).toFixed(1)} s`],
      [
        'memory without, with them',
        `${before} MB, ${loaded} MB (${Math.round((1_024 * (loaded - before)) / ids.length)} kB each)`,
      ],
      ['processor while nothing happens', `${Math.round(100 * idle)} %`],
      [`processor while ${rate} jobs/s end`, `${Math.round(100 * busy)} %`],
      [
        'woken after p50, p99, the last',
        [0.5, 0.99, 1].map((share) => `${quantile(times, share).toFixed(1)} ms`).join(', '),
      ],
      ['of which delay in the clients, p99', `${lateMs.toFixed(1)} ms`],
      ['notified of the end', `${times.length} of ${finishing.length}`],
      [
        `at SIGTERM: ${left.length} waiting, complete answers, the last after`,
        `${left.filter(({ isWhole }) => isWhole).length}, ${Math.max(...left.map(({ closedAt }) => closedAt - stopped)).toFixed(0)} ms`,
      ],
      ['errors', `${bad.length}${bad.length > 0 ? ` such as ${JSON.stringify(bad[0])}` : ''}`],
    ],
  );
  if (bad.length > 0 || times.length < finishing.length) process.exitCode = 1;
  redis.disconnect();
  await sql.end();
  await stores.stop();
}

/** Inserts jobs that stay queued: no worker runs. */
async function insertWaiting(sql, count) {
  const [tenant] = await sql`SELECT id FROM tenants`;
  const jobs = Array.from({ length: count }, (_, n) => ({ ...benchJob(n), tenantId: tenant.id, kind: 'test.noop' }));
  for (let at = 0; at < count; at += 1_000) await insertJobs(sql, jobs.slice(at, at + 1_000));
  // As autovacuum does. Statements planned for an empty table would scan all of it once it has grown.
  await sql`ANALYZE jobs, job_inputs`;
  return jobs.map(({ id }) => id);
}

/** Starts a process with all clients. */
async function openWaiters({ api, key, ids, followed }) {
  const child = fork(path.join(root, 'bench/wait-process.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const { hostname: host, port } = new URL(api);
  const requests = ids.map((id) =>
    [
      `GET /v1/jobs/${id}${followed ? '/events' : ''} HTTP/1.1`,
      `Host: ${host}:${port}`,
      `Authorization: Bearer ${key}`,
      ...(followed ? [] : ['Prefer: wait=60']),
      '\r\n',
    ].join('\r\n'),
  );
  const request = async (message) => {
    child.send(message);
    return (await once(child, 'message'))[0];
  };
  const began = performance.now();
  const { errors } = await request({ type: 'open', host, port: Number(port), requests });
  if (errors > 0) throw new Error(`${errors} connections failed`);
  child.send({ type: 'begin' });
  return {
    openedInMs: performance.now() - began,
    report: () => request({ type: 'report' }),
    close: () => child.disconnect(),
  };
}

/** Publishes as a worker does, and records the time. */
function timedPublish(redis) {
  const prefix = 'turno';
  const publishedAt = new Map();
  const { publish } = createPublisher({
    events: createEventWriter(redis, { prefix, entriesMax: 256 }),
    signal: (jobId, signal) => void signalJob(redis, prefix, { jobId, ...signal }),
  });
  const timed = (job) => {
    publishedAt.set(job.jobId, now());
    publish(job);
  };
  return { publish: timed, publishedAt };
}

/** Finishes all jobs evenly over time. Returns the API's share of a processor meanwhile. */
async function finishAll({ sql, ids, publish, perSecond, child }) {
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
    await finishJobs(sql, ends, publish);
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
