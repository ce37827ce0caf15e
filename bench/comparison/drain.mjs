import { setTimeout as delay } from 'node:timers/promises';
import { insertJobs } from '@turno/postgres';
import { createTenant } from '@turno/tenants';
import { newJob } from '../../test/support/new-job.mjs';

/** A job of the tests' kind that answers with its input, as the API inserts it. */
const kind = { kind: 'test.noop', input: '{"value":1}', queue: 'io' };

/**
 * Runs a Turno worker on a backlog of no-op jobs.
 * The rate is from the start of the first handler to the last durable end, by the rows themselves.
 */
export async function drainTurno(round, { jobs, concurrency, secondsMax }) {
  const { sql } = round;
  const tenant = await createTenant({ sql }, { name: 'bench', plan: 'unlimited' });
  await insertBacklog(sql, { jobs, tenantId: tenant.id });
  const fleet = round.openFleet({ IO_CONCURRENCY: String(concurrency) });
  const { child } = await fleet.start('worker');
  const readMeter = round.startMeter({ worker: child.pid });
  const already = await countFinished(sql);
  await untilDrained(sql, secondsMax);
  const used = readMeter();
  await fleet.stop();
  const report = await readReport(sql);
  if (report.stored !== report.done) throw new Error(`${report.done} jobs completed, but ${report.stored} outputs`);
  return { ...toRate(report), processorUs: perJob(used, report.done - already) };
}

/** Runs a program of bench/peers on a queue that it has filled. */
export async function drainPeer(round, { file, ...order }) {
  const peer = await round.startPeer(file);
  await peer.order({ type: 'fill', jobs: order.jobs });
  const readMeter = round.startMeter({ worker: peer.child.pid });
  const report = await peer.order({ type: 'drain', ...order });
  if (report.stored !== undefined && report.stored < report.done) throw new Error(`${file}: results are missing`);
  return { ...toRate(report), processorUs: perJob(readMeter(), report.done) };
}

function toRate({ done, seconds }) {
  return { done, seconds, perSecond: seconds > 0 ? done / seconds : 0 };
}

/** Converts processor seconds of a drain to microseconds per job. */
function perJob(used, done) {
  return Object.fromEntries(Object.entries(used).map(([name, seconds]) => [name, (1e6 * seconds) / Math.max(1, done)]));
}

/** Inserts jobs as a burst leaves them: all wait in Postgres, and the tables were never analysed. */
export async function insertBacklog(sql, { jobs, tenantId }) {
  for (let left = jobs; left > 0; left -= 1_000) {
    const batch = Array.from({ length: Math.min(1_000, left) }, () => newJob({ ...kind, tenantId, backlog: true }));
    await insertJobs(sql, batch);
  }
}

/**
 * Resolves when no job waits, or when the time is over that begins with the first start.
 * Polls by indexes, since counting the rows would cost Postgres more than the drain.
 */
async function untilDrained(sql, secondsMax) {
  await sql`SET enable_seqscan = off`;
  let until = Infinity;
  for (let waits = true; waits && performance.now() < until;) {
    await delay(100);
    [{ waits }] = await sql`
      SELECT EXISTS (SELECT FROM jobs WHERE queue = 'io' AND backlog AND blocked IS NOT TRUE)
        OR EXISTS (SELECT FROM jobs WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog) AS waits`;
    if (until === Infinity && (await countFinished(sql)) > 0) until = performance.now() + secondsMax * 1_000;
  }
}

async function countFinished(sql) {
  const [{ count }] = await sql`SELECT count(*)::int AS count FROM jobs WHERE finished_at IS NOT NULL`;
  return count;
}

async function readReport(sql) {
  const [report] = await sql`
    SELECT count(*)::int AS done, (SELECT count(*)::int FROM job_outputs) AS stored,
      extract(epoch FROM max(finished_at) - min(started_at))::float8 AS seconds
    FROM jobs WHERE state = 'completed'`;
  return report;
}
