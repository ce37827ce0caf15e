import { randomUUID } from 'node:crypto';
import { claimJobs, finishJobs, insertJobs } from '@turno/postgres';
import { openBenchStores, openSql } from './open-bench-stores.mjs';
import { printTable, readWords } from './print-table.mjs';
import { benchJob } from './bench-job.mjs';

const tables = ['jobs', 'job_inputs', 'job_outputs'];

/**
 * Runs jobs (200,000) through insert, claim and finish.
 * Prints the share of heap-only updates, the bytes per job and the share of dead tuples. Words: `jobs=200000
 * fillfactor=50`.
 */
export async function run(words) {
  const { jobs = '200000', ...storage } = readWords(words).settings;
  const count = Number(jobs);
  const stores = await openBenchStores();
  const connections = openSql(stores.databaseUrl, { max: 8 });
  for (const [name, value] of Object.entries(storage))
    await connections.unsafe(`ALTER TABLE jobs SET (${name} = ${value})`);
  const began = Date.now();
  const clients = 4;
  const each = Math.round(count / clients / 100);
  await Promise.all(Array.from({ length: clients }, () => runBatches(connections, each)));
  const seconds = (Date.now() - began) / 1_000;
  await connections.end(); // a connection reports its last statistics when it ends
  const sql = openSql(stores.databaseUrl);
  printTable(
    `${count} jobs in ${seconds.toFixed(1)} s, ${Math.round(count / seconds)}/s, ${JSON.stringify(storage)}`,
    ['table', 'updates', 'heap-only %', 'bytes/job', 'dead %', 'free %', 'autovacuums', 'autoanalyzes'],
    await measureTables(sql, count),
  );
  printTable('Indexes', ['index', 'bytes/job', 'leaf density %'], await measureIndexes(sql, count));
  await sql.end();
  await stores.stop();
}

async function runBatches(sql, batches) {
  for (let batch = 0; batch < batches; batch += 1) {
    const jobs = Array.from({ length: 100 }, (_, n) => benchJob(n)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    await insertJobs(sql, jobs);
    const claims = jobs.map(({ id }) => ({ jobId: id, ticket: 1, claim: randomUUID(), worker: 'bench' }));
    await claimJobs(sql, claims);
    await finishJobs(
      sql,
      claims.map((claim) => ({ ...claim, to: 'completed', output: '{"status":200}', error: null, delayMs: 0 })),
    );
  }
}

async function measureTables(sql, count) {
  await sql`CREATE EXTENSION IF NOT EXISTS pgstattuple`;
  const rows = await sql`
    SELECT relname, n_tup_upd::int AS updates, n_tup_hot_upd::int AS hot, autovacuum_count::int AS vacuums,
      autoanalyze_count::int AS analyzes, t.table_len::float8 AS bytes, t.dead_tuple_percent::float8 AS dead,
      t.free_percent::float8 AS free
    FROM pg_stat_user_tables, pgstattuple(relid) AS t WHERE relname = ANY (${tables}) ORDER BY relname`;
  return rows.map((row) => [
    row.relname,
    row.updates,
    row.updates ? ((100 * row.hot) / row.updates).toFixed(1) : '',
    Math.round(row.bytes / count),
    row.dead,
    row.free,
    row.vacuums,
    row.analyzes,
  ]);
}

async function measureIndexes(sql, count) {
  const rows = await sql`
    SELECT i.relname, pg_relation_size(i.oid)::float8 AS bytes, s.avg_leaf_density::float8 AS density
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid, pgstatindex(i.relname) AS s
    WHERE t.relname = ANY (${tables}) ORDER BY i.relname`;
  return rows.map((row) => [row.relname, Math.round(row.bytes / count), row.density]);
}
