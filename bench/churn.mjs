import { randomUUID } from 'node:crypto';
import { claimJobs, finishJobs, insertJobs } from '@turno/postgres';
import { openBenchStores, openSql } from './open-bench-stores.mjs';
import { printTable, readWords } from './print-table.mjs';
import { benchJob } from './bench-job.mjs';

const tables = ['jobs', 'job_inputs', 'job_outputs'];

/**
 * Lets so many jobs (200,000) live their whole life, insert → claim → finish, and prints how many updates were heap-only, how many
 * bytes a job came to and how much of them is dead. Words: `jobs=200000 fillfactor=50`.
 */
export async function run(words) {
  const { jobs = '200000', ...storage } = readWords(words).settings;
  const count = Number(jobs);
  const stores = await openBenchStores();
  const living = openSql(stores.databaseUrl, { max: 8 });
  for (const [name, value] of Object.entries(storage)) await living.unsafe(`ALTER TABLE jobs SET (${name} = ${value})`);
  const began = Date.now();
  const lives = 4;
  const each = Math.round(count / lives / 100);
  await Promise.all(Array.from({ length: lives }, () => liveBatches(living, each)));
  const seconds = (Date.now() - began) / 1_000;
  await living.end(); // a connection hands in its last counts when it ends
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

async function liveBatches(sql, batches) {
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
