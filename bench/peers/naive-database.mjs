import postgres from 'postgres';

/** Opens the database of the naive programs, with the table that they share. */
export async function openNaive() {
  const sql = postgres(process.env.DATABASE_URL, { max: 10, onnotice: () => {} });
  await sql.unsafe(`
    CREATE SCHEMA IF NOT EXISTS naive;
    CREATE TABLE IF NOT EXISTS naive.jobs (
      id text PRIMARY KEY, kind text NOT NULL, state text NOT NULL, input json NOT NULL, output json,
      created_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz);
    CREATE TABLE IF NOT EXISTS naive.results (
      job_id text PRIMARY KEY, output json NOT NULL, finished_at timestamptz NOT NULL DEFAULT now());
    TRUNCATE naive.jobs, naive.results`);
  return sql;
}
