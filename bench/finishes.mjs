import { randomUUID } from 'node:crypto';
import { claimJobs, finishJobs, insertJobs } from '@turno/postgres';
import { benchJob } from './bench-job.mjs';
import { openBenchStores, openSql } from './open-bench-stores.mjs';
import { quantile } from './measure/statistics.mjs';
import { printTable } from './print-table.mjs';

const rounds = 60;
/** Rounds that are not counted: the server has not settled on its plans yet. */
const warmUp = 10;
const batches = [1, 20, 100];
/** The number of endpoints per tenant; `strangers` are endpoints of other tenants. */
const tenants = { ten_none: 0, ten_one: 1, ten_twenty: 20 };
const strangers = 5_000;
/** The number of finished jobs in the tables. */
const history = 50_000;

/** Measures the statement that finishes jobs, commit included, interleaved for tenants with and without endpoints. */
export async function run() {
  const stores = await openBenchStores({ minutesMax: 3 });
  const sql = openSql(stores.databaseUrl);
  await seed(sql);
  const measured = await compare(sql);
  const base = new Map(measured.filter(({ name }) => name === 'ten_none').map(({ size, p50 }) => [size, p50]));
  const rows = measured.map(({ name, size, p50, p90 }) => {
    return [name, size, p50.toFixed(2), p90.toFixed(2), (p50 / base.get(size)).toFixed(2)];
  });
  printTable(
    `Finish of jobs, ${strangers} endpoints of other tenants`,
    ['tenant', 'jobs', 'p50 ms', 'p90 ms', 'ratio'],
    rows,
  );
  await sql.end();
  await stores.stop();
}

async function seed(sql) {
  await sql`INSERT INTO jobs (id, tenant_id, kind, kind_version, queue, state, priority, max_attempts, timeout_ms, tags, run_at, finished_at)
    SELECT 'job_old' || n, 'ten_old', 'k', 1, 'io', 'completed', 0, 3, 1000, '{}', now(), now() FROM generate_series(1, ${history}) n`;
  await sql`INSERT INTO endpoints (id, tenant_id, url, events)
    SELECT 'ep_other' || n, 'ten_other' || n % 500, 'http://x/', '{job.completed}' FROM generate_series(1, ${strangers}) n`;
  for (const [tenant, count] of Object.entries(tenants))
    await sql`INSERT INTO endpoints (id, tenant_id, url, events)
      SELECT 'ep_' || ${tenant} || n, ${tenant}, 'http://x/', '{job.completed}' FROM generate_series(1, ${count}::int) n`;
  await sql.unsafe('ANALYZE');
}

async function compare(sql) {
  const names = Object.keys(tenants);
  const times = new Map(names.flatMap((name) => batches.map((size) => [`${name} ${size}`, { name, size, ms: [] }])));
  for (let round = 0; round < rounds + warmUp; round += 1) {
    for (const name of names)
      for (const size of batches) {
        const ms = await timeOne(sql, name, size);
        if (round >= warmUp) times.get(`${name} ${size}`).ms.push(ms);
      }
  }
  return [...times.values()].map(({ name, size, ms }) => ({
    name,
    size,
    p50: quantile(ms, 0.5),
    p90: quantile(ms, 0.9),
  }));
}

async function timeOne(sql, tenantId, size) {
  const jobs = Array.from({ length: size }, (_, n) => ({ ...benchJob(n), tenantId }));
  await insertJobs(sql, jobs);
  const claims = jobs.map(({ id: jobId }) => ({ jobId, ticket: 1, claim: randomUUID(), worker: 'bench' }));
  await claimJobs(sql, claims);
  const ends = claims.map((claim) => ({ ...claim, to: 'completed', output: '{"ok":true}', error: null, delayMs: 0 }));
  const began = performance.now();
  await finishJobs(sql, ends);
  return performance.now() - began;
}
