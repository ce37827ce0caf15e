import type { JobState } from '@turno/contract';
import type { Fragment, Sql } from 'postgres';
import { arrayType, columnNames, schema } from '../schema/index.ts';
import { extendNamedFiles } from '../files/index.ts';
import { toArrayLiteral, toRfc3339 } from '../connection/index.ts';

type InsertColumns = Required<typeof schema.jobs.$inferInsert>;

/** All are required, also those that may be null, so that the compiler names the place that sets no value. */
type GivenColumns = {
  [Column in (typeof schema.givenJobColumns)[number]]: Exclude<InsertColumns[Column], undefined>;
};

export interface NewJob extends GivenColumns {
  tags: readonly string[];
  /** From the moment of the insert, on the database's clock. */
  delayMs: number;
  /** RFC 3339, or null for now plus `delayMs`. */
  runAt: string | null;
  /** JSON text. */
  input: string;
  /** JSON text. */
  metadata: string;
  /** JSON text of the backoff between attempts; null: the kind's own. */
  backoff: string | null;
  /** From the moment of the insert; null: none. */
  deadlineMs: number | null;
  /** The job waits in Postgres for a slot of the window; else the caller dispatches it. */
  backlog: boolean;
  /** Its tenant has a limit of concurrent runs: the job waits in the backlog until it is released. */
  blocked: boolean;
  /** JSON text of the receivers that the job names, an array of `{ url, endpoint, events }`. */
  webhooks?: string;
  /** W3C Trace Context of the request that submits the job. */
  traceparent?: string | null | undefined;
  /** How long after its due time the uploads live that its input names; left out: their expiry is not changed. */
  keepFilesDays?: number;
}

export interface InsertedJob {
  state: JobState;
  createdAt: string;
  runAt: string;
}

/**
 * Inserts jobs in one statement, which commits by itself. Safe to repeat: a row that exists is not changed and is
 * returned as it was inserted.
 */
export async function insertJobs(sql: Sql, jobs: readonly NewJob[]): Promise<InsertedJob[]> {
  const written = await writeJobs(sql, jobs);
  const missing = jobs.filter(({ id }) => !written.has(id));
  const earlier = missing.length > 0 ? await findJobs(sql, missing) : undefined;
  return jobs.map(({ id }) => {
    const job = written.get(id) ?? earlier?.get(id);
    if (job === undefined) throw new Error(`job ${id} was neither inserted nor found`);
    return job;
  });
}

/** Jobs by their ids. */
export type WrittenJobs = ReadonlyMap<string, InsertedJob>;

/** A condition for inserting a job. `parts` are further CTEs of the statement, each followed by a comma. */
export interface Gate {
  parts: Fragment;
  /** The job is `g`. */
  condition: Fragment;
}

const givenColumns = columnNames(schema.givenJobColumns);

/**
 * Inserts jobs; no other statement does. Returns the new jobs, without those that existed or that the gate excluded.
 */
export async function writeJobs(sql: Sql, jobs: readonly NewJob[], gate?: Gate): Promise<WrittenJobs> {
  const extended = extendNamedFiles(
    sql,
    jobs.flatMap((job) => (job.keepFilesDays === undefined ? [] : { ...job, keepDays: job.keepFilesDays })),
  );
  const given = sql.unsafe(givenColumns);
  const rows = await sql<WrittenRow[]>`
    WITH ${gate?.parts ?? sql``} ${extended === undefined ? sql`` : sql`extended AS (${extended}),`} given AS (
      SELECT *, coalesce(run_at_text::timestamptz, now() + delay_ms * interval '1 millisecond') AS run_at
      FROM unnest(
        ${givenArrays(sql, jobs)},
        ${jobs.map((job) => toArrayLiteral(job.tags))}::text[], ${jobs.map((job) => job.delayMs)}::float8[],
        ${jobs.map((job) => job.runAt)}::text[], ${jobs.map((job) => job.input)}::text[],
        ${jobs.map((job) => job.metadata)}::text[], ${jobs.map((job) => job.backoff)}::text[],
        ${jobs.map((job) => job.deadlineMs)}::float8[], ${jobs.map((job) => Number(job.backlog))}::int[],
        ${jobs.map((job) => Number(job.blocked))}::int[],
        ${jobs.map((job) => job.traceparent ?? null)}::text[], ${jobs.map((job) => job.webhooks ?? null)}::text[]
      ) AS g (${given}, tags, delay_ms, run_at_text, input, metadata, backoff, deadline_ms, backlog, blocked,
        traceparent,
        webhooks) ${gate ? sql`WHERE ${gate.condition}` : sql``}
    ), inserted AS (
      INSERT INTO jobs (${given}, state, tags, run_at, due_at, queued_at, deadline_at, backlog, blocked, webhooks)
      SELECT ${given}, CASE WHEN run_at > now() THEN 'scheduled' ELSE 'queued' END, tags::text[], run_at,
        CASE WHEN run_at > now() THEN run_at END, CASE WHEN run_at <= now() THEN now() END,
        now() + deadline_ms * interval '1 millisecond', backlog = 1 AND run_at <= now(),
        CASE WHEN blocked = 1 THEN true END, webhooks::jsonb
      FROM given
      ON CONFLICT (id) DO NOTHING
      RETURNING id, state, created_at, run_at
    ), inputs AS (
      INSERT INTO job_inputs (job_id, input, input_bytes, metadata, backoff, traceparent)
      SELECT id, input::json, octet_length(input), metadata::json, backoff::json, traceparent FROM given
      ON CONFLICT (job_id) DO NOTHING
    )
    SELECT id, state, created_at, run_at FROM inserted`;
  return byId(rows);
}

/** The arrays of the given columns, as arguments of unnest. Templates of an older version lack newer columns. */
function givenArrays(sql: Sql, jobs: readonly NewJob[]): Fragment {
  return schema.givenJobColumns
    .map((column) => sql`${jobs.map((job) => job[column] ?? null)}::${sql.unsafe(arrayType(column))}`)
    .reduce((all, array) => sql`${all}, ${array}`);
}

/** Reads jobs that an earlier statement has inserted. A statement of its own, to see later commits. */
export async function findJobs(sql: Sql, jobs: readonly NewJob[]): Promise<WrittenJobs> {
  return byId(
    await sql<WrittenRow[]>`
      SELECT id, CASE WHEN due_at IS NULL THEN 'queued' ELSE 'scheduled' END AS state, created_at, run_at
      FROM jobs WHERE id = ANY (${jobs.map(({ id }) => id)}::text[])`,
  );
}

interface WrittenRow {
  id: string;
  state: JobState;
  created_at: string;
  run_at: string;
}

function byId(rows: readonly WrittenRow[]): WrittenJobs {
  return new Map(
    rows.map((row) => [
      row.id,
      { state: row.state, createdAt: toRfc3339(row.created_at), runAt: toRfc3339(row.run_at) },
    ]),
  );
}
