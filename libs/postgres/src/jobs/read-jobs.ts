import { inlineBytesMax } from '@turno/contract';
import type { Sql } from 'postgres';
import { toRfc3339 } from '../connection/index.ts';
import { type FrozenJob, type JobRow, schema, selectColumns, toJobRow } from '../schema/index.ts';

/** A job and its tenant: another tenant's job is not found. */
export interface JobKey {
  tenantId: string;
  jobId: string;
}

/** The place where a queued job waits. */
export interface Place {
  queue: string;
  /** The job is in the backlog; else BullMQ has it. */
  backlog: boolean;
  /** The job is in the backlog and is skipped until its tenant may run one more. */
  blocked: boolean;
}

export type ReadJob = JobRow & Place;

const shownColumns = selectColumns(schema.shownJobColumns, 'j');

/** Reads many jobs in one statement, in the order of the keys; undefined where there is no such job. */
export async function readJobs(sql: Sql, keys: readonly JobKey[]): Promise<(ReadJob | undefined)[]> {
  const rows = await sql<(FrozenJob & Place)[]>`
    SELECT ${sql.unsafe(shownColumns)}, j.queue, j.backlog, j.blocked IS TRUE AS blocked,
      CASE WHEN i.input_bytes <= ${inlineBytesMax} THEN i.input::text END AS input,
      CASE WHEN o.output_bytes <= ${inlineBytesMax} THEN o.output::text END AS output,
      i.metadata::text AS metadata,
      CASE WHEN j.tries > 1 OR j.run > 1 OR j.ticket > 1 OR j.state = 'retrying' THEN (
        SELECT json_agg(json_build_object('run', a.run, 'number', a.number, 'startedAt', a.started_at::text,
          'finishedAt', a.finished_at::text, 'outcome', a.outcome, 'error', a.error) ORDER BY a.ticket)
        FROM job_attempts a WHERE a.job_id = j.id) END AS "earlierAttempts"
    FROM unnest(${keys.map((key) => key.jobId)}::text[], ${keys.map((key) => key.tenantId)}::text[]) AS k (id,
      tenant_id)
    JOIN jobs j ON j.id = k.id AND j.tenant_id = k.tenant_id
    JOIN job_inputs i ON i.job_id = j.id
    LEFT JOIN job_outputs o ON o.job_id = j.id AND j.state = 'completed'`;
  const found = new Map(
    rows.map((row) => [row.id, { ...toJobRow(row), queue: row.queue, backlog: row.backlog, blocked: row.blocked }]),
  );
  return keys.map((key) => {
    const row = found.get(key.jobId);
    return row?.tenantId === key.tenantId ? row : undefined;
  });
}

/** Reads the versions of many jobs in one statement, in the order of the keys; cheap enough for polling. */
export async function readVersions(sql: Sql, keys: readonly JobKey[]): Promise<(number | undefined)[]> {
  const rows = await sql<{ id: string; tenant_id: string; version: number }[]>`
    SELECT id, tenant_id, version FROM jobs WHERE id = ANY (${keys.map((key) => key.jobId)}::text[])`;
  const found = new Map(rows.map((row) => [row.id, row]));
  return keys.map(({ tenantId, jobId }) => {
    const row = found.get(jobId);
    return row?.tenant_id === tenantId ? row.version : undefined;
  });
}

/** The columns that show whether a job has changed since it was read, and where it waits. */
export interface JobRevision {
  version: number;
  startedAt: string | null;
  backlog: boolean;
  blocked: boolean;
}

/** Reads the revisions of many jobs in one statement, in the order of the keys; undefined for a missing job. */
export async function readRevisions(sql: Sql, keys: readonly JobKey[]): Promise<(JobRevision | undefined)[]> {
  const rows = await sql<(JobRevision & { id: string; tenantId: string })[]>`
    SELECT id, tenant_id AS "tenantId", version, started_at AS "startedAt", backlog, blocked IS TRUE AS blocked
    FROM jobs WHERE id = ANY (${keys.map((key) => key.jobId)}::text[])`;
  const found = new Map(rows.map((row) => [row.id, row]));
  return keys.map(({ tenantId, jobId }) => {
    const row = found.get(jobId);
    if (row?.tenantId !== tenantId) return undefined;
    const { version, startedAt, backlog, blocked } = row;
    return { version, startedAt: toRfc3339(startedAt), backlog, blocked };
  });
}

/** Reads the input of a job as JSON text of any size. */
export async function readJobInput(sql: Sql, { tenantId, jobId }: JobKey): Promise<string | undefined> {
  const [row] = await sql<{ input: string }[]>`
    SELECT i.input::text AS input FROM jobs j JOIN job_inputs i ON i.job_id = j.id
    WHERE j.id = ${jobId} AND j.tenant_id = ${tenantId}`;
  return row?.input;
}

/** Reads the output of a completed job as JSON text of any size. */
export async function readJobOutput(sql: Sql, { tenantId, jobId }: JobKey): Promise<string | undefined> {
  const [row] = await sql<{ output: string }[]>`
    SELECT o.output::text AS output FROM jobs j JOIN job_outputs o ON o.job_id = j.id
    WHERE j.id = ${jobId} AND j.tenant_id = ${tenantId} AND j.state = 'completed'`;
  return row?.output;
}
