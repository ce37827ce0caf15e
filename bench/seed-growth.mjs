const idSql = `'job_' || lpad(to_hex(n), 26, '0')`;
const columns = `id, tenant_id, kind, kind_version, queue, state, priority, max_attempts, timeout_ms, created_at, run_at,
  queued_at, started_at, finished_at, backlog, tries, claim, worker, dispatch_epoch`;
const fixed = `'ten_' || n % 100, 'test.noop', 1, 'io'`;

const tables = ['jobs', 'job_inputs', 'job_outputs', 'job_attempts', 'idempotency_keys', 'workers'];

/**
 * Fills empty tables with jobs that are final, wait, are in BullMQ and run, in this order of age, by a few statements.
 * The tables stay as a burst leaves them: nothing analyzes or vacuums them.
 */
export async function seedGrowth(sql, { finished = 0, waiting = 0, dispatched = 0, running = 0 }) {
  for (const table of tables) await sql.unsafe(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
  await sql.unsafe(`TRUNCATE ${tables.join(', ')}; SET synchronous_commit = off`);
  let first = 1;
  const insert = async (count, rest) => {
    await sql.unsafe(`INSERT INTO jobs (${columns}) SELECT ${idSql}, ${fixed}, ${rest}
      FROM generate_series(${first}, ${first + count - 1}) AS n`);
    first += count;
  };
  // The oldest thousand are older than the retention of the purge.
  const age = `now() - interval '6 days' - (n <= 1000)::int * interval '9 days'`;
  await insert(finished, `'completed', 0, 3, 60000, ${age}, ${age}, ${age}, ${age}, ${age}, false, 1, n::text, 'w', 1`);
  await insert(waiting, `'queued', 0, 3, 60000, now(), now(), now(), NULL, NULL, true, 0, NULL, NULL, NULL`);
  await insert(dispatched, `'queued', 0, 3, 60000, now(), now(), now(), NULL, NULL, false, 0, NULL, NULL, 1`);
  await insert(running, `'running', 0, 3, 60000, now(), now(), now(), now(), NULL, false, 1, 'claim', 'w', 1`);
  await sql.unsafe(`INSERT INTO job_inputs (job_id, input, input_bytes, metadata, search_due)
    SELECT id, '{"value":1}', 11, '{}', false FROM jobs`);
  await sql.unsafe(`INSERT INTO job_outputs (job_id, output, output_bytes)
    SELECT id, '{"value":1}', 11 FROM jobs WHERE state = 'completed'`);
  await sql`INSERT INTO workers (id, lease_until) VALUES ('w', now() + interval '1 hour')`;
  await sql`CHECKPOINT`; // otherwise its writes disturb the measurement
}
