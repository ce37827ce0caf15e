/** The number of seeded jobs: mostly finished ones, a deep backlog, and a full window in flight. */
export const seeded = { finished: 1_000_000, backlog: 100_000, inFlight: 5_000, running: 300 };

const columns = `id, tenant_id, kind, kind_version, queue, state, priority, max_attempts, timeout_ms, ticket, tries, claim,
  worker, created_at, run_at, queued_at, started_at, finished_at, backlog, dispatch_epoch, deadline_at`;

/** Returns the nth id; ids sort by age as real ones do. */
export const idOf = (n) => `job_${n.toString(16).padStart(26, '0')}`;
const idSql = `'job_' || lpad(to_hex(n), 26, '0')`;

/** 3,000 tenants, a few of which have most of the jobs; four kinds, one of them on the queue cpu. */
const tenantSql = `'ten_' || lpad(floor(3000 * power(random(), 3))::text, 6, '0')`;
const kindSql = `(ARRAY['http.request', 'http.request', 'http.request', 'image.thumbnail'])[1 + n % 4]`;
const queueSql = `CASE WHEN n % 4 = 3 THEN 'cpu' ELSE 'io' END`;

/** Fills the tables by a few large statements, then analyzes them. */
export async function seedJobs(sql) {
  const { finished, backlog, inFlight, running } = seeded;
  await sql`SET synchronous_commit = off`;
  // Finished within the last 7 days; the oldest 2,000 are older, for the purge.
  await sql.unsafe(`INSERT INTO jobs (${columns})
    SELECT ${idSql}, ${tenantSql}, ${kindSql}, 1, ${queueSql}, CASE WHEN n % 50 = 0 THEN 'failed' ELSE 'completed' END, 0, 3,
      60000, 1, 1, 'claim-' || n, 'gone', t, t, t, t, t, false, 1, NULL
    FROM (SELECT n, now() - interval '7 days 20 minutes' + (n::float8 / ${finished}) * interval '7 days 10 minutes' AS t
      FROM generate_series(1, ${finished}) AS n) AS history`);
  await sql.unsafe(`INSERT INTO jobs (${columns})
    SELECT ${idSql}, 'ten_1', ${kindSql}, 1, 'io', 'queued', (n % 3 = 0)::int * 10, 3, 60000, 1, 0, NULL, NULL,
      now(), now(), now(), NULL, NULL, true, NULL, CASE WHEN n % 10 = 0 THEN now() + interval '1 hour' END
    FROM generate_series(${finished + 1}, ${finished + backlog}) AS n`);
  await sql.unsafe(`INSERT INTO jobs (${columns})
    SELECT ${idSql}, ${tenantSql}, ${kindSql}, 1, ${queueSql},
      CASE WHEN n % ${Math.floor(inFlight / running)} = 0 THEN 'running' ELSE 'queued' END, 0, 3, 60000, 1,
      (n % ${Math.floor(inFlight / running)} = 0)::int, 'claim-' || n, 'alive', now(), now(), now() - interval '20 seconds',
      now(), NULL, false, 1, NULL
    FROM generate_series(${finished + backlog + 1}, ${finished + backlog + inFlight}) AS n`);
  await sql.unsafe(`INSERT INTO job_inputs (job_id, input, input_bytes, metadata)
    SELECT id, '{"url":"https://example.test/","method":"GET"}', 46, '{}' FROM jobs`);
  await sql.unsafe(`INSERT INTO job_outputs (job_id, output, output_bytes)
    SELECT id, '{"status":200,"body":"hello"}', 29 FROM jobs WHERE state = 'completed'`);
  await sql.unsafe(`INSERT INTO job_attempts (job_id, ticket, run, number, claim, started_at, finished_at, outcome)
    SELECT id, 0, 1, 1, 'earlier', now(), now(), 'retrying' FROM jobs WHERE state = 'failed'`);
  await sql`INSERT INTO workers (id, lease_until) VALUES ('alive', now() + interval '1 hour')`;
  await sql`VACUUM ANALYZE`;
  await sql`CHECKPOINT`;
}

/** Adds waiting jobs of 5,000 tenants. */
export async function growBacklog(sql, count) {
  const first = seeded.finished + seeded.backlog + seeded.inFlight + 1;
  await sql.unsafe(`INSERT INTO jobs (${columns})
    SELECT ${idSql}, 'ten_' || n % 5000, ${kindSql}, 1, 'io', 'queued', (n % 3 = 0)::int * 10, 3, 60000, 1, 0, NULL, NULL,
      now(), now(), now(), NULL, NULL, true, NULL, NULL
    FROM generate_series(${first}, ${first + count - 1}) AS n`);
  await sql`VACUUM ANALYZE jobs`;
  await sql`CHECKPOINT`;
}

/** Distributes the backlog over a number of tenants. */
export async function spreadBacklog(sql, tenants) {
  await sql.unsafe(
    `UPDATE jobs SET tenant_id = 'ten_' || ('x' || right(id, 8))::bit(32)::bigint % ${tenants} WHERE backlog`,
  );
  await sql`VACUUM ANALYZE jobs`;
  await sql`CHECKPOINT`; // otherwise its writes disturb the next measurement
}
