/**
 * Inserts jobs of seven days with known shares of words, tags and states.
 * 90 % are jobs of the operator tenant. Uses a few large statements.
 */
export async function seedListed(sql, jobs) {
  const [{ id: tenant }] = await sql`SELECT tenant_id AS id FROM api_keys LIMIT 1`;
  const waiting = 5_000;
  const [share, old] = [Math.round(jobs / 10), 1_000];
  await sql`SET synchronous_commit = off`;
  await sql.unsafe(`INSERT INTO jobs (id, tenant_id, kind, kind_version, queue, state, priority, max_attempts, timeout_ms, ticket,
      tries, tags, created_at, run_at, queued_at, started_at, finished_at, due_at, backlog, error)
    SELECT 'job_' || lpad(n::text, 26, '0'), CASE WHEN n % 10 = 3 THEN 'ten_' || n % 997 ELSE '${tenant}' END,
      CASE WHEN n IN (${old}, 500000) THEN 'report.usage' ELSE (ARRAY['http.request', 'http.request', 'http.request',
        'image.thumbnail'])[1 + n % 4] END, 1, 'io', state, 0, 3, 60000, 1, 1,
      CASE WHEN n IN (20, 500, ${old}) THEN '{once}'::text[] WHEN n % 100 = 7 THEN '{nightly}' ELSE '{}' END,
      t, t, CASE WHEN state = 'queued' THEN t END, CASE WHEN state NOT IN ('queued', 'scheduled') THEN t END,
      CASE WHEN state NOT IN ('queued', 'scheduled') THEN t END, CASE WHEN state = 'scheduled' THEN now() + interval '9 days' END,
      state = 'queued',
      CASE WHEN state = 'failed' THEN '{"code":"timeout","message":"The attempt took too long.","attempt":1}'::json END
    FROM (SELECT n, now() - (${jobs} - n) * interval '7 days' / ${jobs} AS t, CASE WHEN n > ${jobs - waiting} THEN 'queued'
        WHEN n < 400 AND n % 4 = 1 THEN 'scheduled' WHEN n IN (30, 300, 3000) THEN 'cancelled' WHEN n % 50 = 1 THEN 'failed'
        ELSE 'completed' END AS state
      FROM generate_series(1, ${jobs}) AS n) AS made`);
  await sql.unsafe(`INSERT INTO job_inputs (job_id, input, input_bytes, metadata)
    SELECT id, input::json, octet_length(input), '{"batch":"common"}' FROM (SELECT id, '{"url":"https://example.test/customer'
      || n % 1000 || '/orders/' || n || '","method":"GET","headers":{"x-trace":"' || md5(n::text) || '"},"body":"'
      || CASE WHEN n <= ${share} THEN 'bygone ' ELSE '' END || CASE WHEN n IN (50, 60, ${share}) THEN 'needle' ELSE '' END
      || '"}' AS input FROM (SELECT id, substr(id, 5)::int AS n FROM jobs) AS j) AS made`);
  await sql.unsafe(`INSERT INTO job_outputs (job_id, output, output_bytes)
    SELECT id, '{"status":200,"body":"hello"}', 29 FROM jobs WHERE state = 'completed'`);
  await sql`VACUUM ANALYZE`;
}
